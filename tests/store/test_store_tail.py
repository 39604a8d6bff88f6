import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_calls import QUICK, START_US, a_call, calls, store

from costtui.errors import StoreError, StoreForeign, StoreMissing, StoreUnavailable
from costtui.facts import Quality, Run, Status
from costtui.reading import CallQuery
from costtui.store import open_store, open_writer
from costtui.store import tail as tail_module
from costtui.window import HOUR_US, Span

HOUR = Span((START_US, START_US + HOUR_US))
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def questions(reader):
    """Every question that a reader answers."""
    return [
        reader.info,
        reader.first_us,
        lambda: reader.totals(HOUR),
        lambda: reader.calls(CallQuery()),
        lambda: reader.call(1),
        lambda: reader.context("c"),
        lambda: reader.runs(None),
        lambda: reader.run("run-1"),
        lambda: reader.steps("run-1"),
        lambda: reader.quality(None),
        lambda: reader.budgets((), START_US),
    ]


def test_a_tail_hands_on_what_others_commit_and_nothing_twice(tmp_path):
    path = tmp_path / "s.db"
    with open_writer(path) as writer, open_store(path) as opened:
        writer.write(a_call("before"))
        writer.flush()
        opened.tail.start(opened.reader.totals(HOUR).cursor)
        assert not opened.tail.poll()
        seen = []
        for place in range(20):
            writer.write(a_call(str(place)), a_call(f"{place}b"))
            writer.flush()
            seen += [call.key for call in opened.tail.poll().calls]
        assert seen == [key for place in range(20) for key in (str(place), f"{place}b")]
        assert not opened.tail.poll()


def test_runs_come_with_the_totals_of_all_of_their_calls(tmp_path):
    path = tmp_path / "s.db"
    with open_writer(path) as writer, open_store(path) as opened:
        opened_at = time.time_ns() // 1000
        writer.write(Run("run-1", opened_at, host="h", pid=1), a_call("one"))
        writer.flush()
        opened.tail.start(opened.reader.totals(HOUR).cursor)
        opened.tail.poll()
        for place in range(5):
            writer.write(a_call(str(place), status=Status.ERROR if place == 3 else Status.OK))
            writer.flush()
            (run,) = opened.tail.poll().runs
            assert run == opened.reader.run("run-1")
        writer.write(Run("run-1", opened_at, host="h", pid=1, status=Status.OK, ended_us=opened_at + 1))
        writer.flush()
        (run,) = opened.tail.poll().runs
        assert (run.status, run.calls, run.errors) == (Status.OK, 6, 1)


def test_quality_is_handed_on(tmp_path):
    path = tmp_path / "s.db"
    quality = Quality("run-1", START_US, "s", 0.5, 0.5, 0.5, 0.5, 0.5, True, 1, 2)
    with open_writer(path) as writer, open_store(path) as opened:
        writer.write(a_call())
        writer.flush()
        opened.tail.start(1)
        opened.tail.poll()
        writer.write(quality)
        writer.flush()
        delta = opened.tail.poll()
        assert delta.quality == (quality,)
        assert [run.quality for run in delta.runs] == [0.5]


def test_a_backlog_comes_in_pieces_and_completely(tmp_path):
    path = tmp_path / "s.db"
    store(path, *(a_call(str(place)) for place in range(95)))
    with patch.object(tail_module, "_MOST_CALLS", 20), open_store(path) as opened:
        opened.tail.start(0)
        seen, sizes = [], []
        while delta := opened.tail.poll():
            seen += [call.key for call in delta.calls]
            sizes.append(len(delta.calls))
            last = {run.run_id: run.calls for run in delta.runs}
    assert seen == [str(place) for place in range(95)]
    assert max(sizes) == 20
    assert last == {"run-1": 95}


def test_a_corrected_call_asks_for_a_new_start(tmp_path):
    path = tmp_path / "s.db"
    store(path, a_call())
    with open_store(path) as opened:
        opened.tail.start(1)
        opened.tail.poll()
        store(path, a_call(latency_ms=1))
        assert opened.tail.poll().reset
        assert not opened.tail.poll().reset


def test_a_tail_survives_checkpoints_vacuum_and_new_writers(tmp_path):
    path = tmp_path / "s.db"
    store(path, a_call("one"))
    with open_store(path) as opened:
        opened.tail.start(1)
        for number, statement in enumerate(("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "ANALYZE")):
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute(statement).fetchall()
            store(path, a_call(str(number)))
            assert [call.key for call in opened.tail.poll().calls] == [str(number)]
            assert not opened.tail.poll()


def test_a_store_that_appears_vanishes_and_is_replaced(tmp_path):
    path, other = tmp_path / "s.db", tmp_path / "other.db"
    with open_store(path) as opened:
        with pytest.raises(StoreMissing, match="no store at"):
            opened.tail.poll()
        with pytest.raises(StoreMissing):
            opened.reader.totals(HOUR)
        store(path, a_call("one"))
        assert opened.tail.poll().reset
        totals = opened.reader.totals(HOUR)
        opened.tail.start(totals.cursor)
        assert not opened.tail.poll()
        store(other, a_call("two"), a_call("three"))
        other.replace(path)
        assert opened.tail.poll().reset
        assert len(opened.reader.calls(CallQuery())) == 2
        path.unlink()
        with pytest.raises(StoreMissing):
            opened.tail.poll()
        store(path, a_call("four"))
        assert opened.tail.poll().reset
        assert [call.key for call in opened.reader.calls(CallQuery())] == ["four"]


def foreign_files(folder: Path) -> dict[str, tuple[Path, type[StoreError]]]:
    made = {
        name: folder / name for name in ("text", "empty", "short", "theirs", "folder", "header", "nothing")
    }
    made["text"].write_text("SELECT * FROM call;\n" * 100)
    made["empty"].touch()
    made["short"].write_bytes(b"SQLite")
    made["folder"].mkdir()
    made["header"].write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with closing(sqlite3.connect(made["theirs"])) as connection:
        connection.execute("CREATE TABLE call (id, key)")
    with closing(sqlite3.connect(made["nothing"])) as connection:
        connection.execute("VACUUM")
    kinds = {"empty": StoreMissing, "nothing": StoreMissing}
    return {name: (path, kinds.get(name, StoreForeign)) for name, path in made.items()}


@pytest.mark.parametrize("name", ["text", "empty", "short", "theirs", "folder", "header", "nothing"])
def test_what_is_no_store_is_called_so_and_left_alone(tmp_path, name):
    path, kind = foreign_files(tmp_path)[name]
    before = path.read_bytes() if path.is_file() else b""
    with open_store(path) as opened:
        for question in [*questions(opened.reader), opened.tail.poll, lambda: opened.tail.start(0)]:
            with pytest.raises(kind, match=str(path)):
                question()
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_damaged_store_is_a_store_error_and_never_another(tmp_path):
    path = tmp_path / "s.db"
    store(path, *(a_call(str(place), prompt="x" * 500) for place in range(300)))
    whole = path.read_bytes()
    for page in range(1, len(whole) // 4096, 3):
        path.write_bytes(whole[: page * 4096] + b"\xa5" * 4096 + whole[(page + 1) * 4096 :])
        with open_store(path) as opened:
            for question in [*questions(opened.reader), opened.tail.poll]:
                try:
                    question()
                except StoreError as error:
                    assert str(path) in str(error)
    path.write_bytes(whole[:50_000])
    with open_store(path) as opened:
        for question in questions(opened.reader):
            try:
                question()
            except StoreError as error:
                assert str(path) in str(error)


def test_a_store_that_another_program_holds_exclusively_is_unavailable_and_then_recovers(tmp_path):
    path = tmp_path / "s.db"
    store(path, a_call())
    with closing(sqlite3.connect(path, isolation_level=None)) as other, open_store(path) as opened:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        start = time.monotonic()
        with pytest.raises(StoreUnavailable, match="locked"):
            opened.tail.poll()
        assert time.monotonic() - start < 5
        other.execute("COMMIT")
        other.close()
        assert opened.tail.poll().reset
        assert opened.reader.info().calls == 1


def test_a_store_in_a_directory_that_cannot_be_written_is_read(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    store(folder / "s.db", a_call())
    program = """
import os, sys
sys.path.insert(0, os.getcwd())
from costtui.store import open_store
from costtui.reading import CallQuery
with open_store(sys.argv[1]) as opened:
    print(len(opened.reader.calls(CallQuery())), opened.tail.poll().reset, bool(opened.tail.poll()))
"""
    for inner in (folder / "s.db", folder):
        inner.chmod(0o555 if inner == folder else 0o444)
    command = [sys.executable, "-c", program, str(folder / "s.db")]
    if ROOT:
        mounted = (
            f'mount --bind "{folder}" "{folder}" && mount -o remount,ro,bind "{folder}" && exec "$0" "$@"'
        )
        if shutil.which("unshare") is None:
            pytest.skip("needs unshare to make a read-only directory as root")
        command = ["unshare", "-m", "sh", "-c", mounted, *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    folder.chmod(0o755)
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip(f"cannot make a read-only directory here: {done.stderr.strip()}")
    assert (done.stdout.strip(), done.stderr) == ("1 True False", "")


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["call", "run", "step", "series", "price", "rollup", "meta", "quality", "context"]
            ),
            st.integers(1, 45),
            st.sampled_from(
                [
                    "'nonsense \x1b[31m'",
                    "x'00ff'",
                    "-1",
                    "9e999",
                    "3.5",
                    "9223372036854775807",
                    "''",
                    "'{\"a\":1'",
                ]
            ),
        ),
        max_size=3,
    )
)
def test_nonsense_in_any_column_is_shown_as_far_as_it_is_readable(changes):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        quality = Quality("run-1", START_US, "s", 0.5, 0.5, 0.5, 0.5, 0.5, True, 1, 2)
        store(
            path,
            Run("run-1", START_US),
            quality,
            a_call(step_key="s", tags={"a": "b"}, prompt="p"),
            a_call("two"),
        )
        with closing(sqlite3.connect(path)) as connection:
            for table, place, value in changes:
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")][1:]
                try:
                    connection.execute(f"UPDATE {table} SET {columns[place % len(columns)]} = {value}")
                except sqlite3.IntegrityError:
                    pass
            connection.commit()
        with open_store(path) as opened:
            for question in questions(opened.reader):
                assert "\x1b" not in str(question())
            assert opened.reader.info() is not None
            opened.tail.start(0)
            assert len(opened.tail.poll().calls) == 2
        store(path, a_call("three"))


@settings(max_examples=15, deadline=None, phases=QUICK)
@given(st.lists(st.lists(calls(st.sampled_from("abcdef")), max_size=4), max_size=5))
def test_totals_and_deltas_together_are_always_all_calls(batches):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        with open_writer(path) as writer, open_store(path) as opened:
            known: dict[int, str] = {}
            recorded: set[str] = set()
            opened.tail.start(0)
            for batch in batches:
                writer.write(*batch)
                writer.flush()
                delta = opened.tail.poll()
                if delta.reset:
                    known = {call.id: call.key for call in opened.reader.calls(CallQuery())}
                    opened.tail.start(max(known))
                known |= {call.id: call.key for call in delta.calls}
                recorded |= {call.key for call in batch}
                assert sorted(known.values()) == sorted(recorded)
