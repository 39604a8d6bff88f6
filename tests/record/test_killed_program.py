"""A program is killed in the middle of a run: the run is interrupted, and every acknowledged call is there."""

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest

from costtui.facts import Status, UsageState
from costtui.reading import CallQuery
from costtui.store import open_store

PROGRAM = Path(__file__).with_name("recorded_program.py")


class _Answering(BaseHTTPRequestHandler):
    numbers = count(1)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        answer = {
            "id": f"chatcmpl-{next(self.numbers)}",
            "model": "gpt-4o-mini",
            "choices": [{"message": {"content": "yes"}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
        }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


@contextmanager
def _endpoint():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _watched_and_killed(store: Path, url: str, calls: int) -> None:
    with subprocess.Popen(
        [sys.executable, PROGRAM, store, url], stdout=subprocess.PIPE, text=True
    ) as program:
        keys = [program.stdout.readline().strip() for _ in range(calls)]
        with open_store(store) as opened:
            opened.tail.start(0)
            assert opened.reader.run("killed").status == Status.RUNNING
            assert len(opened.tail.poll().calls) >= calls
        program.kill()
        keys += program.stdout.read().split()
    with open_store(store) as opened:
        run = opened.reader.run("killed")
        assert run.status == Status.INTERRUPTED
        stored = opened.reader.calls(CallQuery(run_id="killed", limit=10_000))
        assert set(keys) <= {call.key for call in stored}
        assert len(stored) - len(keys) in (0, 1)  # one may be stored and not yet acknowledged
        assert run.calls == len(stored)
        assert {call.usage.state for call in stored} == {UsageState.REPORTED}
        assert all(call.latency_ms is not None for call in stored)


def test_a_killed_program_leaves_an_interrupted_run_with_all_its_calls(tmp_path):
    with _endpoint() as url:
        _watched_and_killed(tmp_path / "calls.db", url, calls=20)


@pytest.mark.rig
def test_a_program_that_calls_a_real_model_is_killed(tmp_path):
    url = os.environ.get("COSTTUI_RIG_LLM")
    if not url:
        pytest.skip("set COSTTUI_RIG_LLM to the URL of an OpenAI-compatible server, such as llama.cpp's")
    _watched_and_killed(tmp_path / "calls.db", url, calls=5)
