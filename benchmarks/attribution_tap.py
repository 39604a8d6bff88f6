"""What the tap adds to a post of 500 events that is passed on."""

import http.client
import json
import statistics
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from benchmarks.attribution_verdicts import HEADERS, body_of
from benchmarks.measure import Measure
from costtui.launchdarkly.capture import Capture
from costtui.launchdarkly.forward import Upstream
from costtui.launchdarkly.tap import Tap

POSTS = 60
PAUSE_S = 0.02
"""Between posts: SDKs send every few seconds, so that reading one body never meets the next."""


def run() -> list[Measure]:
    """Return the time of a post to an endpoint, and of one through the tap to the same endpoint."""
    body = json.dumps(body_of(0)[:500]).encode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    upstream, capture = Upstream(url), Capture(lambda facts: None)
    tap = Tap(capture, upstream)
    try:
        direct, through = _posts(url, body), _posts(tap.url, body)
    finally:
        tap.close()
        upstream.close()
        capture.close()
        server.shutdown()
        server.server_close()
    return [
        Measure("tap: a post of 500 events, added", through - direct, "ms", goal="≤ 5 ms"),
        Measure(
            "tap: a post of 500 events",
            through,
            "ms",
            through / direct,
            against="posted straight to the endpoint",
        ),
    ]


def _posts(url: str, body: bytes) -> float:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    spent: list[float] = []
    for _ in range(POSTS):
        started = time.perf_counter()
        connection.request("POST", "/bulk", body, HEADERS)
        connection.getresponse().read()
        spent.append(1000 * (time.perf_counter() - started))
        time.sleep(PAUSE_S)
    connection.close()
    return statistics.median(spent)


class _Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Read a body and answer 202."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response_only(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Stay silent."""
