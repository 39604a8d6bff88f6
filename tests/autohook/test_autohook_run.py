import os
import re
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from costtui.facts import Status
from costtui.reading import CallQuery
from costtui.store import open_store

CALL = """
import httpx
body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Four score"}]}
httpx.post(URL, json=body)
"""


@pytest.fixture
def program(tmp_path, provider):
    """Return a function that writes a program and returns the command that runs it under ``costtui run``."""

    def command(text, *options, python=sys.executable, arguments=()):
        script = tmp_path / "app.py"
        script.write_text(f"URL = {provider.url!r}\n{textwrap.dedent(text)}")
        store = str(tmp_path / "calls.db")
        run = (sys.executable, "-m", "costtui", "run", "--store", store, "--run-id", "r1", *options)
        return [*run, "--", python, str(script), *arguments]

    return command


@pytest.fixture
def recorded(tmp_path):
    """Return a function that reads what was recorded: the run and its calls."""

    def read():
        with open_store(tmp_path / "calls.db") as opened:
            return opened.reader.run("r1"), opened.reader.calls(CallQuery(order="oldest"))

    return read


def run(command, **options):
    environment = {**os.environ, "COSTTUI_SETTINGS": "/nonexistent/settings.toml"}
    return subprocess.run(command, capture_output=True, timeout=60, env=environment, **options)


def test_a_program_runs_as_if_alone_and_its_calls_are_recorded(program, recorded):
    text = f"import sys\n{CALL}\nprint('out', sys.argv[1:], sys.stdin.read())\nprint('err', file=sys.stderr)\nsys.exit(3)"
    done = run(program(text, arguments=("--flag", "a b")), input=b"typed")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out ['--flag', 'a b'] typed\n", b"err\n")
    fact, (call,) = recorded()
    assert (fact.status, fact.error, fact.cost_nano) == (Status.ERROR, "exit code 3", 450_000)
    assert (call.run_id, call.model, call.cost.nano) == ("r1", "gpt-4o-mini", 450_000)


def test_what_follows_the_program_is_its_own_without_dashes_too(program, recorded):
    command = program(f"import sys\n{CALL}\nprint(sys.argv[1:])", arguments=("--store", "x", "-h", "--", "y"))
    command.remove("--")
    done = run(command)
    assert (done.returncode, done.stdout) == (0, b"['--store', 'x', '-h', '--', 'y']\n")
    assert len(recorded()[1]) == 1


def test_what_a_node_knows_of_its_calls_arrives_with_them(program, tmp_path):
    text = f"""
    import costtui
    tracker = costtui.CostTracker({str(tmp_path / "calls.db")!r})
    with tracker.run("own", subsystem="s") as run, run.node("write", lead_id="l1", tags={{"team": "red"}}):
        {CALL.strip().replace(chr(10), chr(10) + "        ")}
    """
    assert run(program(text)).returncode == 0
    with open_store(tmp_path / "calls.db") as opened:
        (call,) = opened.reader.calls(CallQuery())
    assert (call.subsystem, call.lead_id, dict(call.tags)) == ("s", "l1", {"team": "red"})


def test_a_summary_is_one_line_on_standard_error(program, recorded):
    done = run(program(CALL, "--summary"))
    assert done.stdout == b""
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("costtui: 1 call · $0.000450 · 1,000 tokens in, 500 out · run r1 · costtui ")
    assert recorded()[0].status == Status.OK


def test_children_of_the_program_are_recorded_too(program, recorded):
    text = """
    import multiprocessing, os, subprocess, sys, httpx
    body = {"model": "gpt-4o-mini", "messages": []}
    def work(number):
        httpx.post(URL, json=body, headers={"n": str(number)})
    if __name__ == "__main__":
        work(0)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            pool.map(work, range(4))
        subprocess.run([sys.executable, "-c", f"import httpx, os; httpx.post({URL!r}, json={body!r}); os._exit(0)"], check=True)
    """
    done = run(program(text))
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(recorded()[1]) == 6


def test_calls_before_a_kill_are_kept_and_the_run_is_interrupted(program, recorded):
    done = run(program(CALL + "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert done.returncode in (128 + signal.SIGKILL, -signal.SIGKILL)
    fact, calls = recorded()
    assert (fact.status, fact.error, len(calls)) == (Status.INTERRUPTED, "ended by SIGKILL", 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signals_reach_the_program_and_its_death_is_ours(program, recorded, number):
    command = program(CALL + "import time; print('ready', flush=True); time.sleep(60)")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    process.stdout.close()
    assert process.wait(30) == -number
    assert len(recorded()[1]) == 1


def test_a_program_that_handles_a_signal_goes_on(program, recorded):
    command = program(
        """
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: (print("handled", flush=True), sys.exit(7)))
        print("ready", flush=True)
        time.sleep(60)
        """
    )
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=30)[0] == b"handled\n"
    assert process.returncode == 7


def test_a_key_at_the_terminal_reaches_the_program_once(program, tmp_path):
    pty = pytest.importorskip("pty")
    command = program(
        """
        import signal, time
        count = []
        signal.signal(signal.SIGINT, lambda *_: count.append(1))
        print("ready", flush=True)
        while not count:
            time.sleep(0.01)
        time.sleep(0.3)
        print("interrupts:", len(count), flush=True)
        """
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    seen = b""
    end = time.monotonic() + 30
    while not re.search(rb"interrupts: \d", seen) and time.monotonic() < end:
        try:
            seen += os.read(terminal, 1024)
        except OSError:
            break
        if b"ready" in seen and b"^C" not in seen:
            os.write(terminal, b"\x03")
            seen += b"^C"
    os.waitpid(pid, 0)
    os.close(terminal)
    assert b"interrupts: 1" in seen


def test_another_sitecustomize_still_runs(program, recorded, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text("print('mine')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "other"))
    done = run(
        program(
            "import sitecustomize, sys; print(sitecustomize.__file__, any('inject' in p for p in sys.path))"
        )
    )
    ours, *theirs = done.stdout.decode().splitlines()
    assert (ours, theirs) == ("mine", ["mine", f"{tmp_path}/other/sitecustomize.py False"])


def test_a_program_that_does_not_exist_says_so(program):
    done = run(program("", python="/no/such/python"))
    assert done.returncode == 127
    assert done.stderr == b"costtui: cannot run '/no/such/python': no such program\n"


def test_a_store_that_cannot_be_used_is_an_error_before_the_program_starts(program, tmp_path):
    (tmp_path / "calls.db").write_text("this is no database, it is a text file of some length")
    done = run(program("print('started')"))
    assert done.returncode == 3
    assert b"started" not in done.stdout


def test_nothing_is_imported_into_programs_that_call_no_model(program):
    done = run(program("import sys; print([name for name in sys.modules if name.startswith('costtui.')])"))
    assert done.stdout == b"[]\n"


def test_runs_of_the_program_itself_keep_their_names(program, tmp_path):
    text = f"""
    import costtui
    with costtui.CostTracker({str(tmp_path / "calls.db")!r}).run("own", subsystem="s") as run, run.node("write"):
        pass
        {CALL.strip().replace(chr(10), chr(10) + "        ")}
    """
    done = run(program(text))
    assert (done.returncode, done.stderr) == (0, b"")
    with open_store(tmp_path / "calls.db") as opened:
        (call,) = opened.reader.calls(CallQuery())
    assert (call.run_id, call.node) == ("own", "write")


def test_a_program_that_records_itself_is_recorded_once_as_part_of_the_run(program, recorded, tmp_path):
    done = run(
        program(f"import costtui\ncosttui.instrument({str(tmp_path / 'calls.db')!r})\n{CALL}", "--summary")
    )
    assert done.returncode == 0
    fact, (call,) = recorded()
    assert (call.run_id, fact.calls, fact.cost_nano) == ("r1", 1, 450_000)
