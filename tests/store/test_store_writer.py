import os
import re
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing
from dataclasses import replace
from unittest.mock import patch

import pytest
from stored_calls import START_US, a_call, store

from costtui.errors import StoreForeign, StoreNewer
from costtui.facts import Run, Status
from costtui.reading import CallQuery
from costtui.settings import Recording, Settings
from costtui.store import open_store, open_writer
from costtui.store import writer as writer_module
from costtui.store.spool_files import spool_files, spooled_calls


def keys_in(path) -> list[str]:
    with open_store(path) as opened:
        return [call.key for call in opened.reader.calls(CallQuery(order="oldest", limit=10**6))]


def run_python(program: str, *arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_key_recorded_again_replaces_the_call(tmp_path):
    path = tmp_path / "s.db"
    with open_writer(path) as writer:
        writer.write(a_call("k", latency_ms=1), a_call("k", latency_ms=2))
        writer.flush()
        writer.write(a_call("k", latency_ms=3))
    with open_store(path) as opened:
        (call,) = opened.reader.calls(CallQuery())
        assert (call.latency_ms, call.id) == (3, 1)


def test_the_same_call_again_changes_nothing(tmp_path):
    path = tmp_path / "s.db"
    store(path, a_call())
    with open_store(path) as opened:
        opened.tail.start(1)
        opened.tail.poll()
        store(path, a_call())
        assert not opened.tail.poll()


def test_a_durable_write_is_committed_when_it_returns(tmp_path):
    with open_writer(tmp_path / "s.db", durable=True) as writer:
        writer.write(a_call("one"))
        assert keys_in(tmp_path / "s.db") == ["one"]


def test_every_call_is_committed_unasked_however_soon_it_follows_the_one_before(tmp_path):
    pause = threading.Event()
    with open_writer(tmp_path / "s.db") as writer, closing(sqlite3.connect(tmp_path / "s.db")) as other:
        for place in range(50):
            writer.write(a_call(str(place)))
            deadline = time.monotonic() + 30
            while other.execute("SELECT count(*) FROM call").fetchone() != (place + 1,):
                assert time.monotonic() < deadline
                pause.wait(0.0005)
            pause.wait(place % 10 * 0.0005)


def test_threads_write_together(tmp_path):
    def record(name: str) -> None:
        for place in range(200):
            writer.write(a_call(f"{name}-{place}"))

    with open_writer(tmp_path / "s.db") as writer:
        threads = [threading.Thread(target=record, args=(str(name),)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(keys_in(tmp_path / "s.db")) == 1600


def test_more_facts_than_the_queue_holds_are_committed_by_the_caller(tmp_path):
    with patch.object(writer_module, "_QUEUE", 50), open_writer(tmp_path / "s.db") as writer:
        for place in range(2000):
            writer.write(a_call(str(place)))
        assert len(writer._queue) <= 101
    assert len(keys_in(tmp_path / "s.db")) == 2000
    assert writer.dropped == 0


def test_texts_can_be_left_out_and_redacted(tmp_path):
    secret = a_call(prompt="key sk-12345 " + "x" * 2000, completion="fine")
    store_settings = Settings(recording=Recording(redact=(re.compile(r"sk-\d+"),)))
    with open_writer(tmp_path / "redacted.db", settings=store_settings) as writer:
        writer.write(secret)
    with open_writer(tmp_path / "none.db", settings=Settings(recording=Recording(texts=False))) as writer:
        writer.write(secret)
    with open_store(tmp_path / "redacted.db") as opened:
        assert opened.reader.call(1).prompt.startswith("key █████ xxx")
    with open_store(tmp_path / "none.db") as opened:
        assert opened.reader.call(1).prompt == ""
    for file in tmp_path.iterdir():
        assert b"sk-12345" not in file.read_bytes()


def test_another_programs_file_is_refused_and_never_altered(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StoreForeign, match="another program"):
        open_writer(path)
    assert path.read_bytes() == before
    (tmp_path / "text").write_text("not a database, but long enough to look at its header" * 20)
    with pytest.raises(StoreForeign):
        open_writer(tmp_path / "text")


def test_a_newer_store_is_read_and_never_written(tmp_path):
    path = tmp_path / "s.db"
    store(path, a_call())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(StoreNewer, match="schema 99"):
        open_writer(path)
    assert keys_in(path) == ["one"]


def test_a_run_whose_process_is_gone_is_interrupted_and_later_marked_so(tmp_path):
    path = tmp_path / "s.db"
    done = run_python(
        """
        import os, platform, sys
        from costtui.facts import Call, Run
        from costtui.store import open_writer
        writer = open_writer(sys.argv[1], durable=True)
        writer.write(Run("dead", 1, host=platform.node(), pid=os.getpid()), Call("k", 1, run_id="dead", saved_nano=0))
        os.kill(os.getpid(), 9)
        """,
        path,
    )
    assert done.returncode == -9
    with open_store(path) as opened:
        run = opened.reader.run("dead")
        assert (run.status, run.calls) == (Status.INTERRUPTED, 1)
        opened.tail.start(0)
        store(path)
        assert [run.run_id for run in opened.tail.poll().runs] == ["dead"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT status FROM run").fetchall() == [(5,)]


def test_a_run_of_this_process_is_running_and_one_of_a_silent_host_is_not(tmp_path):
    import platform
    import time

    now_us = time.time_ns() // 1000
    store(
        tmp_path / "s.db",
        Run("here", now_us, host=platform.node(), pid=os.getpid()),
        Run("there", now_us, host="elsewhere", pid=1),
        Run("silent", now_us - 61_000_000, host="elsewhere", pid=1),
    )
    with open_store(tmp_path / "s.db") as opened:
        found = {run.run_id: run.status for run in opened.reader.runs(None)}
    assert found == {"here": Status.RUNNING, "there": Status.RUNNING, "silent": Status.INTERRUPTED}


def test_what_is_queued_is_committed_when_the_program_ends(tmp_path):
    done = run_python(
        """
        import sys
        from costtui.facts import Call
        from costtui.store import open_writer
        writer = open_writer(sys.argv[1])
        for place in range(500):
            writer.write(Call(str(place), place + 1))
        """,
        tmp_path / "s.db",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(keys_in(tmp_path / "s.db")) == 500


def test_a_forked_child_writes_for_itself(tmp_path):
    done = run_python(
        """
        import os, sys
        from costtui.facts import Call
        from costtui.store import open_writer
        writer = open_writer(sys.argv[1])
        writer.write(*(Call(f"before-{place}", 1) for place in range(50)))
        child = os.fork()
        name = "parent" if child else "child"
        writer.write(*(Call(f"{name}-{place}", 2) for place in range(50)))
        assert writer.flush() and writer.dropped == 0
        if child:
            assert os.waitpid(child, 0)[1] == 0
            writer.close()
        else:
            os._exit(0)
        """,
        tmp_path / "s.db",
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = keys_in(tmp_path / "s.db")
    assert len(found) == 150
    assert len(set(found)) == 150


def test_a_locked_store_costs_no_call(tmp_path):
    path = tmp_path / "s.db"
    with (
        patch("costtui.store.connect._WRITER_WAIT_MS", 50),
        patch.object(writer_module, "_RETRY_S", 3600.0),
        open_writer(path) as writer,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        writer.write(a_call("one"), a_call("two"))
        assert not writer.flush()
        assert spooled_calls(path) == 2
        other.execute("COMMIT")
        writer._retry_at = 0.0
        writer.write(a_call("three"))
        assert writer.flush()
        assert writer.dropped == 0
    assert sorted(keys_in(path)) == ["one", "three", "two"]
    assert spool_files(path) == []


def test_a_spool_left_by_a_dead_process_is_replayed_by_the_next(tmp_path):
    path = tmp_path / "s.db"
    done = run_python(
        """
        import os, sys
        from costtui.facts import Call
        from costtui.store.spool import Spool
        from pathlib import Path
        Spool(Path(sys.argv[1])).append([Call("one", 1), Call("two", 1)])
        os._exit(1)
        """,
        path,
    )
    assert done.stderr == ""
    (left,) = spool_files(path)
    with left.open("ab") as file:
        file.write(b'{"fact":"Call","key":"torn')
    store(path, a_call("two"), a_call("three"))
    assert sorted(keys_in(path)) == ["one", "three", "two"]
    assert spool_files(path) == []


def test_a_store_deleted_or_replaced_under_the_writer_is_made_again(tmp_path):
    path = tmp_path / "s.db"
    with open_writer(path) as writer:
        writer.write(a_call("one"))
        writer.flush()
        for name in ("s.db", "s.db-wal", "s.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        writer.write(a_call("two"))
        writer.flush()
        assert keys_in(path) == ["two"]


@pytest.mark.parametrize("calls", [700, 1500])
def test_a_full_disk_costs_no_call_that_fits_the_spool_and_the_others_are_counted(tmp_path, calls):
    done = run_python(
        """
        import resource, signal, sys
        from pathlib import Path
        from costtui.facts import Call
        from costtui.store import open_writer
        from costtui.store.spool_files import spooled_calls
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        path = Path(sys.argv[1])
        writer = open_writer(path)
        resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, resource.RLIM_INFINITY))
        for place in range(int(sys.argv[2])):
            writer.write(Call(str(place), 1, prompt="x" * 1000))
            if place % 50 == 0:
                writer.flush()
        writer.flush()
        assert spooled_calls(path) > 0
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        writer._retry_at = 0
        writer.write(Call("0", 1, prompt="x" * 1000))
        assert writer.flush(), "recovered"
        writer.close()
        print(writer.dropped, spooled_calls(path))
        """,
        tmp_path / "s.db",
        calls,
    )
    assert done.stderr == ""
    dropped, left = map(int, done.stdout.split())
    assert left == 0
    assert len(keys_in(tmp_path / "s.db")) == calls - dropped
    assert (dropped > 0) == (calls > 1000)
    with open_store(tmp_path / "s.db") as opened:
        assert opened.reader.info().dropped == dropped


def test_a_directory_that_cannot_be_written_sends_calls_to_the_state_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "s.db"
    with open_writer(path) as writer:
        writer.write(a_call())
        assert not writer.flush()
    assert spooled_calls(path) == 1
    assert writer.dropped == 0
    (tmp_path / "file").unlink()
    store(path)
    assert keys_in(path) == ["one"]


def test_sixteen_processes_lose_and_double_nothing(tmp_path):
    path = tmp_path / "s.db"
    program = """
import sys
from costtui.facts import Call, Cost, CostSource
from costtui.store import open_writer
with open_writer(sys.argv[1]) as writer:
    for place in range(100):
        writer.write(Call(f"{sys.argv[2]}-{place}", 1 + place, run_id="r", cost=Cost(1, CostSource.PRICED)))
        if place % 10 == 0:
            writer.flush()
        writer.write(Call(f"shared-{place}", 1, run_id="r"))
assert writer.dropped == 0
"""
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(path), str(number)]) for number in range(16)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0] * 16
    assert len(keys_in(path)) == 16 * 100 + 100
    with open_store(path) as opened:
        run = opened.reader.run("r")
        assert (run.calls, run.cost_nano, run.unpriced) == (1700, 1600, 100)


def test_a_killed_writer_loses_nothing_that_was_acknowledged(tmp_path):
    path = tmp_path / "s.db"
    program = """
import os, sys
from costtui.facts import Call
from costtui.store import open_writer
writer = open_writer(sys.argv[1], durable=True)
place = 0
while True:
    writer.write(Call(f"{os.getpid()}-{place}", START + place, run_id="r"))
    os.write(1, b"%d %d\\n" % (os.getpid(), place))
    place += 1
""".replace("START", str(START_US))
    acknowledged: set[str] = set()
    with patch("costtui.store.rollups.FOLD_AT", 50):
        for lines in (1, 7, 40, 90):
            process = subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE)
            for _ in range(lines):
                process.stdout.readline()
            process.kill()
            rest = process.stdout.read()
            process.stdout.close()
            process.wait()
            for line in rest.splitlines(keepends=True):
                if line.endswith(b"\n"):
                    acknowledged.add("-".join(line.decode().split()))
    found = keys_in(path)
    assert acknowledged <= set(found)
    assert len(found) == len(set(found))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with open_store(path) as opened:
        assert opened.reader.run("r").calls == len(found)


def test_nothing_is_left_open(tmp_path):
    writer = open_writer(tmp_path / "s.db")
    writer.write(replace(a_call(), run_id=""))
    writer.close()
    writer.close()
    assert not any(thread.name == "costtui-writer" for thread in threading.enumerate())
    assert sorted(file.name for file in tmp_path.iterdir()) == ["s.db"]
