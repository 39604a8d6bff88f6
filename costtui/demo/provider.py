"""A simulated model provider on loopback: OpenAI's and Anthropic's shapes, latency, rate limits, failures."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from random import Random
from types import TracebackType
from typing import Any, ClassVar, Self

from costtui.demo.workload import ANSWERS, QUESTION, SUBSYSTEMS, NodeSpec, Outcome, outcome

NODE_HEADER = "x-demo-node"
"""Names the node that asks, so that the answer is like those of that node."""

_SPECS = {spec.path: spec for spec in (QUESTION, *(each for one in SUBSYSTEMS for each in one.nodes))}
_REASONS = {
    429: "Rate limit reached for requests",
    500: "The server had an error while processing your request",
    503: "The engine is currently overloaded",
}


class SimulatedProvider:
    """An HTTP server on loopback that answers like providers do; a context manager."""

    def __init__(self, seed: int, speed: float) -> None:
        """Prepare a server whose answers follow from a seed; ``speed`` divides its latencies."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.random = Random(seed)  # noqa: S311 - traffic, not secrets
        self._server.speed = speed
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    random: Random
    speed: float
    numbers = count(1)
    lock = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet where the caller has hung up: a cancelled call is part of the workload."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: else each answer waits 40 ms for an acknowledgement
    timeout: ClassVar[int] = 60
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # the caller was cancelled
            return
        request = json.loads(body)
        spec = _SPECS[self.headers[NODE_HEADER]]
        with self.server.lock:
            turned_out = outcome(spec, self.server.random)
            number = next(self.server.numbers)
        time.sleep(turned_out.latency_ms / 1000 / self.server.speed)
        if turned_out.http_status != 200:
            self._answer(turned_out.http_status, {"error": {"message": _REASONS[turned_out.http_status]}})
        elif self.path == "/v1/messages":
            self._answer(200, _anthropic(spec, turned_out, number))
        elif self.path == "/v1/chat/completions":
            self._answer(200, _openai(spec, turned_out, number, str(request.get("model"))))
        else:
            self._answer(404, {"error": {"message": f"no such path: {self.path}"}})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(raw)))
        if status == 429:
            self.send_header("retry-after", "0.4")
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log: the terminal belongs to the monitor."""


def _anthropic(spec: NodeSpec, turned_out: Outcome, number: int) -> dict[str, Any]:
    return {
        "id": f"msg_demo_{number:08}",
        "type": "message",
        "role": "assistant",
        "model": spec.model,
        "content": [{"type": "text", "text": ANSWERS[number % len(ANSWERS)]}],
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": turned_out.input_tokens - turned_out.cached_tokens,
            "cache_read_input_tokens": turned_out.cached_tokens,
            "cache_creation_input_tokens": 0,
            "output_tokens": turned_out.output_tokens,
        },
    }


def _openai(spec: NodeSpec, turned_out: Outcome, number: int, model: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": ANSWERS[number % len(ANSWERS)]}
    body: dict[str, Any] = {
        "id": f"chatcmpl-demo-{number:08}",
        "object": "chat.completion",
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
    }
    if not spec.silent:
        body["usage"] = {
            "prompt_tokens": turned_out.input_tokens,
            "completion_tokens": turned_out.output_tokens,
            "total_tokens": turned_out.input_tokens + turned_out.output_tokens,
            "prompt_tokens_details": {"cached_tokens": turned_out.cached_tokens},
        }
    return body
