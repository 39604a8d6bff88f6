"""A local endpoint in LaunchDarkly's place, flags with an experiment, and real SDK clients against them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ldclient import Config, LDClient
from ldclient.integrations import Files

CONFIGS = [
    {
        "_ldMeta": {"enabled": True, "variationKey": key, "version": 1, "mode": "completion"},
        "model": {"name": "gpt-4o-mini"},
        "provider": {"name": "openai"},
        "messages": [{"role": "system", "content": "the secret prompt"}],
    }
    for key in ("control", "treatment")
]


def _flag(key: str, variations: list[Any], fallthrough: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": key, "version": 7, "on": True, "variations": variations, "fallthrough": fallthrough, "offVariation": 0,
        "salt": key, "targets": [], "rules": [], "prerequisites": [],
    }  # fmt: skip


def _experiment() -> dict[str, Any]:
    weights = [{"variation": 0, "weight": 50_000}, {"variation": 1, "weight": 50_000}]
    return {"rollout": {"kind": "experiment", "contextKind": "user", "seed": 61, "variations": weights}}


def flag_file(folder: Path) -> Path:
    """Write a file with a flag and an AI Config in experiments, and a plain flag."""
    flags = {
        "exp-user": _flag("exp-user", ["control", "treat"], _experiment()),
        "support-bot": _flag("support-bot", CONFIGS, _experiment()),
        "plain": _flag("plain", ["a", "b"], {"variation": 0}),
    }
    path = folder / "flags.json"
    path.write_text(json.dumps({"flags": flags, "segments": {}}))
    return path


@contextmanager
def client(flags: Path, events_uri: str, **options: Any) -> Iterator[LDClient]:
    """Give a real SDK client that reads flags from a file and sends events to a URI."""
    config = Config(
        options.pop("sdk_key", "sdk-test-key"),
        update_processor_class=Files.new_data_source([str(flags)]),
        events_uri=events_uri,
        diagnostic_opt_out=True,
        **options,
    )
    made = LDClient(config, start_wait=5)
    try:
        yield made
    finally:
        made.close()


class Upstream:
    """An endpoint that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 202
        self.arrived = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.path, dict(self.headers.items()), body))
                self.send_response_only(outer.status)
                self.send_header("Date", "Tue, 01 Jan 2030 00:00:00 GMT")
                self.send_header("Content-Length", "0")
                self.end_headers()
                if outer.status < 300:
                    outer.arrived.set()

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
