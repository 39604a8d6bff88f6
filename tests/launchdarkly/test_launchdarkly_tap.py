"""The tap between real SDK clients and a local upstream."""

import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ld_rig import Upstream, client, flag_file
from ldclient import Context

from costtui.attribution.debugger import Debugger
from costtui.attribution.events import Fact
from costtui.attribution.groups import Report
from costtui.attribution.verdicts import Metric
from costtui.errors import SettingsError
from costtui.launchdarkly.capture import Capture
from costtui.launchdarkly.forward import Upstream as Forward
from costtui.launchdarkly.forward import check_upstream
from costtui.launchdarkly.tap import Tap


class Rig:
    """A tap with or without an upstream, and what it recorded."""

    def __init__(self, upstream: Upstream | None = None) -> None:
        self.facts: list[Fact] = []
        self.capture = Capture(self.facts.extend)
        self.forward = Forward(upstream.url, timeout_s=2.0) if upstream else None
        self.tap = Tap(self.capture, self.forward)

    def report(self) -> Report:
        self.capture.close()
        debugger = Debugger([Metric("ai_cost_per_request")])
        debugger.feed(self.facts)
        return debugger.report()

    def post(self, body: bytes, path: str = "/bulk", **headers: str) -> http.client.HTTPResponse:
        address = urlsplit(self.tap.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        named = {
            "Authorization": "sdk-k",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        connection.request("POST", path, body, named)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def close(self) -> None:
        self.tap.close()
        self.capture.close()
        if self.forward:
            self.forward.close()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    yield made
    made.close()


@pytest.fixture
def rig(upstream: Upstream) -> Iterator[Rig]:
    made = Rig(upstream)
    yield made
    made.close()


@pytest.fixture
def alone() -> Iterator[Rig]:
    made = Rig()
    yield made
    made.close()


def events(*found: dict[str, Any]) -> bytes:
    return json.dumps(found).encode()


ALICE = {"kind": "user", "key": "alice", "plan": "pro"}
TRACKED = {
    "kind": "custom",
    "creationDate": 1795333287017,
    "key": "ai_cost_per_request",
    "context": ALICE,
    "metricValue": 0.5,
}


@pytest.mark.parametrize("compressed", [False, True])
def test_a_real_sdk_is_judged_while_its_bytes_pass_through(
    rig: Rig, upstream: Upstream, tmp_path: Path, compressed: bool
) -> None:
    with client(flag_file(tmp_path), rig.tap.url + "/env-a/", enable_event_compression=compressed) as ld:
        evaluated = Context.builder("u1").set("plan", "pro").build()
        ld.variation("exp-user", evaluated, "d")
        ld.track(
            "ai_cost_per_request",
            Context.builder("u1").set("plan", "pro").set("user", "u1").build(),
            None,
            0.01,
        )
    (group,) = rig.report().groups
    assert (group.verdict.value, [d.attribute for d in group.differences]) == ("attributes_differ", ["user"])
    path, headers, body = upstream.requests[0]
    assert path == "/bulk"
    assert headers["Authorization"] == "sdk-test-key"
    assert headers["User-Agent"].startswith("PythonClient/")
    kinds = [event["kind"] for event in json.loads(gzip.decompress(body) if compressed else body)]
    assert kinds == ["index", "feature", "custom", "summary"]
    assert {fact.environment.split("/")[0] for fact in rig.facts} == {"env-a"}
    assert "sdk-test-key" not in repr(rig.facts)


def test_prompts_in_flag_values_are_not_recorded(rig: Rig, tmp_path: Path) -> None:
    with client(flag_file(tmp_path), rig.tap.url) as ld:
        ld.variation("support-bot", Context.create("u1"), {})
    rig.capture.close()
    assert any(getattr(fact, "flag", "") == "support-bot" and fact.witness == "feature" for fact in rig.facts)
    assert "secret prompt" not in repr(rig.facts)


def test_bytes_and_headers_of_a_body_are_passed_on_as_they_are(rig: Rig, upstream: Upstream) -> None:
    body = gzip.compress(b'[{"kind": "custom",   "odd spacing": NaN}]')
    answer = rig.post(
        body, "/p/mobile/events/bulk", Content_Encoding="gzip", X_LaunchDarkly_Payload_ID="p1", X_Odd="1"
    )
    path, headers, passed = upstream.requests[0]
    assert (path, passed) == ("/mobile/events/bulk", body)
    assert headers["X-LaunchDarkly-Payload-ID"] == "p1"
    assert headers["X-Odd"] == "1"
    assert answer.getheader("Date") == "Tue, 01 Jan 2030 00:00:00 GMT"


def test_chunked_bodies_are_read(rig: Rig, upstream: Upstream) -> None:
    body = events(TRACKED)
    address = urlsplit(rig.tap.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as raw:
        head = b"POST /bulk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]))
        raw.sendall(head + chunks + b"0\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 202")
    assert upstream.requests[0][2] == body
    assert rig.report().events == 1


def test_a_body_sent_twice_is_recorded_once(rig: Rig, upstream: Upstream) -> None:
    for _ in range(2):
        rig.post(events(TRACKED), X_LaunchDarkly_Payload_ID="same")
    assert rig.report().events == 1
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("status", [202, 401, 429, 500])
def test_the_status_of_the_upstream_is_relayed(rig: Rig, upstream: Upstream, status: int) -> None:
    upstream.status = status
    assert rig.post(events(TRACKED), X_LaunchDarkly_Payload_ID="p").status == status
    assert rig.report().events == 1


def test_what_failed_twice_is_kept_and_arrives_later(rig: Rig, upstream: Upstream) -> None:
    upstream.status = 500
    assert rig.post(events(TRACKED), X_LaunchDarkly_Payload_ID="p").status == 500
    assert rig.post(events(TRACKED), X_LaunchDarkly_Payload_ID="p").status == 202
    upstream.status = 202
    assert upstream.arrived.wait(30)
    assert upstream.requests[-1][2] == events(TRACKED)


def test_an_upstream_that_is_down_is_a_503_first(alone: Rig) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        forward = Forward(f"http://127.0.0.1:{unused.getsockname()[1]}", timeout_s=1.0)
    tap = Tap(alone.capture, forward)
    alone.tap.close()
    alone.tap = tap
    try:
        assert alone.post(events(TRACKED), X_LaunchDarkly_Payload_ID="p").status == 503
    finally:
        forward.close()


def test_capturing_alone_answers_202_with_a_date(alone: Rig) -> None:
    answer = alone.post(events(TRACKED))
    assert answer.status == 202
    assert answer.getheader("Date")


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[" * 100_000, b'{"kind": []}', b"[1, null, {}]", b"\xff\xfe", b"\x1f\x8b broken"],
    ids=["empty", "no JSON", "deep", "no array", "no events", "no text", "no gzip"],
)
def test_bodies_that_are_nonsense_do_no_harm(alone: Rig, body: bytes) -> None:
    assert alone.post(body).status == 202
    assert alone.post(body, Content_Encoding="gzip").status == 202
    assert alone.post(events(TRACKED)).status == 202
    assert alone.report().events == 1


def test_nothing_that_arrives_gets_a_status_that_silences_an_sdk(alone: Rig) -> None:
    address = urlsplit(alone.tap.url)
    for request in (
        b"POST /bulk HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /bulk HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /bulk HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"BREW /bulk HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"POST /bulk HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ):
        with socket.create_connection((address.hostname, address.port), timeout=30) as raw:
            raw.sendall(request)
            assert raw.recv(64).split()[1] in (b"503", b"202")


def test_browsers_may_send(alone: Rig) -> None:
    address = urlsplit(alone.tap.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request(
        "OPTIONS",
        "/events/bulk/abc",
        headers={"Access-Control-Request-Headers": "x-launchdarkly-event-schema"},
    )
    answer = connection.getresponse()
    assert answer.status == 204
    assert answer.getheader("Access-Control-Allow-Origin") == "*"
    assert answer.getheader("Access-Control-Allow-Headers") == "x-launchdarkly-event-schema"
    connection.close()


def test_a_token_guards_other_addresses() -> None:
    capture = Capture(lambda facts: None)
    with pytest.raises(SettingsError, match="--token"):
        Tap(capture, host="0.0.0.0")
    capture.close()


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://events.launchdarkly.com", True),
        ("events.launchdarkly.us", True),
        ("http://127.0.0.1:9", True),
        ("http://events.launchdarkly.com", False),
        ("https://launchdarkly.com.evil.example", False),
        ("https://evil.example/launchdarkly.com", False),
        ("https://user@events.launchdarkly.com", False),
        ("file:///etc/passwd", False),
        ("https://relay.example", False),
    ],
)
def test_events_go_to_allowed_hosts_only(url: str, allowed: bool) -> None:
    if allowed:
        assert check_upstream(url)
    else:
        with pytest.raises(SettingsError):
            check_upstream(url)
    assert check_upstream("https://relay.example/", ["relay.example"]) == "https://relay.example"
