"""Passing events on to LaunchDarkly: byte for byte, to hosts that are allowed, again later where that failed."""

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from costtui.errors import SettingsError

ALLOWED = ("launchdarkly.com", "launchdarkly.us")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HOP_BY_HOP = frozenset(
    [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)
_RELAYED = frozenset(("date", "content-type", "retry-after", "cache-control"))
_KEPT_BYTES = 64 * 2**20
_PAUSES_S = (1.0, 2.0, 5.0, 15.0, 30.0)
_ATTEMPTS = 40


@dataclass(frozen=True, slots=True)
class Post:
    """One request to pass on."""

    path: str
    headers: Sequence[tuple[str, str]] = field(repr=False)
    """With the SDK key: never shown."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is told."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (408, 429) or self.status >= 500


class Destination(Protocol):
    """Where the tap passes events on to."""

    def send(self, post: Post) -> Answer:
        """Send one request and return the answer; 503 where there is none."""
        ...

    def keep(self, post: Post) -> bool:
        """Take a request to send it later; False where there is no room."""
        ...

    def close(self) -> None:
        """Stop sending."""
        ...


def check_upstream(url: str, allowed: Sequence[str] = ()) -> str:
    """Return the base URL of an upstream. Raises SettingsError where its host is not allowed.

    LaunchDarkly's own hosts (over https) and this machine are; others must be named.
    """
    parts = urlsplit(url if "//" in url else f"https://{url}")
    host = (parts.hostname or "").lower()
    ours = any(host == name or host.endswith(f".{name}") for name in ALLOWED)
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        raise SettingsError(f"tap: {url!r} is no URL to forward to; use https://events.launchdarkly.com")
    if not (ours or host in _LOOPBACK or host in allowed):
        raise SettingsError(
            f"tap: {host} is not allowed: events carry SDK keys; name it with --allow-host {host} if it is yours"
        )
    if ours and parts.scheme != "https":
        raise SettingsError(f"tap: {url!r} would send SDK keys in the clear; use https")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


class Upstream:
    """Sends requests on; what failed twice is kept, within bounds, and sent until it arrives."""

    def __init__(self, base: str, *, timeout_s: float = 10.0) -> None:
        import httpx

        self._httpx = httpx
        self._base = base
        self._client = httpx.Client(timeout=httpx.Timeout(timeout_s, connect=5.0), trust_env=True)
        self._kept: deque[tuple[int, Post]] = deque()
        self._kept_bytes = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        self.lost = 0
        """Requests that were given up."""

    @property
    def waiting(self) -> int:
        """Requests that wait to be sent again."""
        return len(self._kept)

    def send(self, post: Post) -> Answer:
        """Send one request with its own headers and bytes; 503 where the upstream does not answer."""
        httpx = self._httpx
        headers = [(name, value) for name, value in post.headers if name.lower() not in _HOP_BY_HOP]
        try:
            request = httpx.Request("POST", self._base + post.path, headers=headers, content=post.body)
            response = self._client.send(request, stream=True)
            try:
                body = b"".join(response.iter_raw())
            finally:
                response.close()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return Answer(503)
        relayed = {name: value for name, value in response.headers.items() if name.lower() in _RELAYED}
        if body and "content-encoding" in response.headers:
            relayed["content-encoding"] = response.headers["content-encoding"]
        return Answer(response.status_code, relayed, body)

    def keep(self, post: Post) -> bool:
        """Take a request to send it later; False where there is no room."""
        with self._changed:
            if self._closed or self._kept_bytes + len(post.body) > _KEPT_BYTES:
                self.lost += 1
                return False
            self._kept.append((0, post))
            self._kept_bytes += len(post.body)
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_kept, name="costtui-tap-later", daemon=True)
                self._thread.start()
            self._changed.notify()
        return True

    def close(self) -> None:
        """Try what waits once more, and stop."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(timeout=15.0)
        self._client.close()

    def _send_kept(self) -> None:
        while True:
            with self._changed:
                while not self._kept and not self._closed:
                    self._changed.wait()
                if not self._kept:
                    return
                attempts, post = self._kept[0]
                if not self._closed:
                    until = time.monotonic() + _PAUSES_S[min(attempts, len(_PAUSES_S) - 1)]
                    while not self._closed and (left := until - time.monotonic()) > 0:
                        self._changed.wait(left)
            again = self.send(post).may_pass
            with self._changed:
                self._kept.popleft()
                self._kept_bytes -= len(post.body)
                if again and not self._closed and attempts + 1 < _ATTEMPTS:
                    self._kept.appendleft((attempts + 1, post))
                    self._kept_bytes += len(post.body)
                elif again:
                    self.lost += 1
                    if self._closed:
                        self.lost += len(self._kept)
                        self._kept.clear()
