"""Alerts are delivered by real HTTP and real programs, and nothing waits for them."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from costtui.alerts.channels import Channels
from costtui.alerts.deliver import WAITING, Delivery, payload
from costtui.facts import Alert, Severity

ALERT = Alert("daily_spend", "", Severity.WARNING, "$51.20 today, above $50.00 <!channel> & more", 1)


class Endpoint(ThreadingHTTPServer):
    """Answers the first requests with the statuses given, the rest with 200; an event stands for hanging."""

    daemon_threads = True

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses = list(statuses)
        self.bodies: list[dict[str, str]] = []
        self.hang: threading.Event | None = None
        self.done = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}/hook/secret-token"


class Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.hang is not None:
            self.server.hang.wait(30)
        self.server.bodies.append(json.loads(body))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
        if status == 200:
            self.server.done.set()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    server = Endpoint()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_gets_slack_compatible_json_with_inert_names(endpoint: Endpoint) -> None:
    delivery = Delivery(Channels(webhook=endpoint.url))
    delivery.send([ALERT])
    assert endpoint.done.wait(10)
    delivery.close(10)
    assert endpoint.bodies == [payload(ALERT)]
    assert "&lt;!channel&gt; &amp; more" in endpoint.bodies[0]["text"]


def test_a_busy_webhook_is_tried_again(endpoint: Endpoint) -> None:
    endpoint.statuses = [503, 429]
    delivery = Delivery(Channels(webhook=endpoint.url), backoff_s=(0.0,))
    delivery.send([ALERT])
    assert endpoint.done.wait(10)
    delivery.close(10)
    assert len(endpoint.bodies) == 3
    assert delivery.failed == 0


def test_a_refused_alert_is_counted_and_not_repeated(endpoint: Endpoint) -> None:
    endpoint.statuses = [404]
    delivery = Delivery(Channels(webhook=endpoint.url), backoff_s=(0.0,))
    delivery.send([ALERT])
    delivery.close(10)
    assert (len(endpoint.bodies), delivery.failed) == (1, 1)


def test_a_webhook_that_hangs_blocks_nobody_and_what_waits_is_bounded(endpoint: Endpoint) -> None:
    endpoint.hang = threading.Event()
    delivery = Delivery(Channels(webhook=endpoint.url), backoff_s=(0.0,))
    delivery.send([ALERT] * (WAITING + 50))
    assert 48 <= delivery.dropped <= 50
    delivery.close(0.0)
    endpoint.hang.set()


def test_a_command_finds_the_alert_on_its_standard_input(tmp_path: Path) -> None:
    script = "import sys, os, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read() + os.environ['COSTTUI_ALERT'])"
    out = tmp_path / "alert"
    delivery = Delivery(Channels(command=(sys.executable, "-c", script, str(out))))
    delivery.send([ALERT])
    delivery.close(20)
    text = out.read_text()
    assert text[: len(text) // 2] == text[len(text) // 2 :]
    assert json.loads(text[: len(text) // 2])["rule"] == "daily_spend"


def test_a_channel_that_fails_leaves_the_other_one_working(endpoint: Endpoint) -> None:
    delivery = Delivery(Channels(webhook=endpoint.url, command=("/no/such/program",)))
    delivery.send([ALERT, ALERT])
    delivery.close(10)
    assert (len(endpoint.bodies), delivery.failed) == (2, 2)


def test_the_address_of_a_webhook_is_never_shown() -> None:
    assert "secret" not in repr(Channels(webhook="https://example.test/secret"))
