import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from costtui.cli import main
from costtui.reading import CallQuery
from costtui.store import open_store


class Provider(BaseHTTPRequestHandler):
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        events = (
            {
                "id": "chatcmpl-0123456789abcdefghij",
                "model": asked["model"],
                "choices": [{"delta": {"content": "Rhine,\n\x1b[31mOder"}}],
            },
            {"choices": [{"delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}},
        )
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events))

    def log_message(self, *arguments):
        pass


@pytest.fixture
def environment(tmp_path, monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    monkeypatch.setenv("COSTTUI_STORE", str(tmp_path / "calls.db"))
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    yield monkeypatch
    server.shutdown()
    server.server_close()


def test_a_call_shows_its_estimate_its_answer_and_what_it_took(environment, capsys, tmp_path):
    environment.setenv("OPENAI_API_KEY", "sk-12345678")
    assert main(["call", "Name two rivers", "--model", "openai/gpt-4o-mini", "--yes", "--node", "geo"]) == 0
    shown = capsys.readouterr()
    assert shown.out == "Rhine,\n␛[31mOder\n"
    before, after = shown.err.splitlines()
    assert before.startswith("openai/gpt-4o-mini · at most $0.000")
    assert after.startswith("gpt-4o-mini · $0.000450 (priced) · 1,000 tokens in, 500 out · ")
    assert "first token" in after
    with open_store(tmp_path / "calls.db") as opened:
        (call,) = opened.reader.calls(CallQuery())
    assert (call.node, call.cost.nano) == ("geo", 450_000)


def test_without_a_key_it_says_what_to_set(environment, capsys):
    assert main(["call", "Hi", "--model", "openai/gpt-4o-mini"]) == 1
    said = capsys.readouterr().err
    assert "set OPENAI_API_KEY in the environment" in said
    assert "at hand" in said


def test_a_model_without_provider_is_an_error(environment, capsys):
    assert main(["call", "Hi", "--model", "gpt-4o-mini"]) == 1
    assert "provider/model, such as openai/gpt-4o-mini" in capsys.readouterr().err


def test_repeating_sums_up(environment, capsys):
    environment.setenv("OPENAI_API_KEY", "sk-12345678")
    assert main(["call", "Hi", "--model", "openai/gpt-4o-mini", "--repeat", "3", "--yes"]) == 0
    shown = capsys.readouterr().err
    assert "openai/gpt-4o-mini × 3 · at most" in shown
    assert "3 calls · cost $0.0014 (mean $0.000450) · p50 " in shown
