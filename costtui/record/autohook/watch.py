"""Watches one request and its answer from outside, and tells a sink what it saw; it never disturbs either."""

import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from costtui.errors import BudgetExceeded, PriceUnknown
from costtui.facts import Status
from costtui.llm.bodies import shorter
from costtui.llm.endpoints import Endpoint, recognise
from costtui.llm.exchange import OWN, Exchange
from costtui.llm.ids import new_id
from costtui.llm.stream import StreamReader
from costtui.record.aside import aside
from costtui.record.autohook.asked import Guard, asked_of
from costtui.record.autohook.attempts import Attempts, Print
from costtui.record.autohook.glances import (
    BODY_LIMIT,
    body_of,
    decoded,
    in_words,
    secrets_of,
    status_of,
    status_of_cut,
)
from costtui.record.autohook.origin import current_origin

_NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol", "LocalProtocolError")
_TOO_EARLY = ("closed before the answer was complete", "the stream ended before the answer was complete")

Sink = Callable[[Exchange, Any], None]
"""Takes an exchange, and the open node or run that it belongs to."""
Skipped = Callable[[str], None]
"""Takes the URL, without its query, of a request that is none to a model."""

log = logging.getLogger("costtui")


class Observer:
    """Begins a watch for each request to a model; whatever goes wrong in here stays in here."""

    def __init__(
        self,
        sink: Sink,
        hosts: Mapping[str, str],
        skipped: Skipped | None = None,
        guard: Guard | None = None,
    ) -> None:
        self.failures = 0
        self.guard = guard
        """What must have room for a request before it is sent."""
        self._sink = sink
        self._hosts = hosts
        self._skipped = skipped
        self.attempts = Attempts()
        """What is known of failed requests."""
        self._open: dict[int, Watch] = {}
        os.register_at_fork(after_in_child=self._open.clear)  # what is under way is the parent's

    def begin(self, request: Any) -> "Watch | None":
        """Return the watch of a request, None where it is none to a model."""
        try:
            if request.method != "POST" or request.extensions.get(OWN):
                return None
            url = request.url
            host = url.netloc.decode("ascii").rpartition("@")[2]
            endpoint = recognise(host, url.path, self._hosts)
            if endpoint is None:
                if self._skipped is not None:
                    self._skipped(f"{url.scheme}://{host}{url.path}")
                return None
            watch = Watch(self, endpoint, f"{url.scheme}://{host}{url.path}", request)
            self._open[id(watch)] = watch
        except Exception as error:
            self.failed(error)
            return None
        return watch

    def report(self, watch: "Watch", exchange: Exchange, owner: Any) -> None:
        """Hand over what a watch saw, once."""
        if self._open.pop(id(watch), None) is not None:
            self._sink(exchange, owner)

    def forget(self, watch: "Watch") -> None:
        """Leave out a request that is not sent after all."""
        self._open.pop(id(watch), None)

    def finish_open(self) -> None:
        """End the watches whose answers never came to an end, when the program does."""
        for watch in list(self._open.values()):
            watch.closed(None)

    def failed(self, error: BaseException) -> None:
        """Count a failure of the observer itself; the first one is logged."""
        self.failures += 1
        if self.failures == 1:
            log.warning("costtui: a call was not recorded: %s: %s", type(error).__name__, error)


class Watch:
    """What is seen of one request so far."""

    def __init__(self, observer: Observer, endpoint: Endpoint, url: str, request: Any) -> None:
        self._observer = observer
        self._endpoint = endpoint
        self._url = url
        self._request, self._length = body_of(request)
        self._secrets = secrets_of(request.headers)
        self._origin, self._owner = current_origin()
        self._print: Print = (url, self._origin.node, self._origin.run_id, self._request)
        self._operation, self._attempt = observer.attempts.begin(
            self._print, request.headers.get("x-stainless-retry-count")
        )
        self._http_status: int | None = None
        self._reader: StreamReader | None = None
        self._copy: bytearray | None = None
        self._encoding = ""
        self._first_s: float | None = None
        self._events = False
        self._over = False
        self._decode: Callable[[bytes], bytes] | None = None
        self._hold = ""
        self._start()

    def reserve(self) -> None:
        """Set aside what the request may cost. Raises BudgetExceeded and PriceUnknown; then it must not be sent."""
        guard = self._observer.guard
        if guard is None:
            return
        try:
            if not guard.concerns(self._origin, self._owner):
                return
            asked = asked_of(self._endpoint, self._url, self._request, self._length, self._origin)
            if asked is not None:
                self._hold = guard.reserve(asked, self._owner)
        except (BudgetExceeded, PriceUnknown):
            self._observer.forget(self)
            raise
        except Exception as error:
            self._observer.failed(error)
        self._start()

    async def reserve_aside(self) -> None:
        """Do what ``reserve`` does without holding up the event loop."""
        if self._observer.guard is not None:
            await aside(self.reserve, self._give_up)

    def _give_up(self, _: None) -> None:
        """The request is not sent: nobody waits for it any more."""
        self._observer.forget(self)
        if self._hold and self._observer.guard is not None:
            self._observer.guard.release(self._hold, self._owner)

    def _start(self) -> None:
        self._started_us = time.time_ns() // 1000
        self._started_s = time.perf_counter()

    def raised(self, error: BaseException) -> None:
        """The request ended in an exception."""
        self._end(status_of(error), error)

    def answered(self, response: Any, streamed: bool, decode: Callable[[str, bytes], bytes]) -> bool:
        """The headers of the answer are there; return whether its stream is to be watched.

        ``decode`` undoes a content encoding by its name.
        """
        try:
            self._http_status = response.status_code
            events = response.headers.get("content-type", "").startswith("text/event-stream")
            if not streamed or response.is_closed:
                self._whole(response.content, events)
                return False
            self._encoding = response.headers.get("content-encoding", "").strip().lower()
            if self._encoding not in ("", "identity"):
                encoding = self._encoding
                self._decode = lambda body: decode(encoding, body)
            if events and self._decode is None:
                self._reader = StreamReader()
            else:
                self._copy = bytearray()
            self._events = events
        except Exception as error:
            self._observer.failed(error)
            return False
        return True

    def chunk(self, data: bytes) -> None:
        """Bytes of the answer passed by."""
        try:
            now_s = time.perf_counter()
            if self._first_s is None:
                self._first_s = now_s
            if self._reader is not None:
                self._reader.feed(data, now_s)
            elif self._copy is not None and len(self._copy) < BODY_LIMIT:
                self._copy += data
        except Exception as error:
            self._observer.failed(error)

    def exhausted(self) -> None:
        """The stream came to its end."""
        self._end_stream(None, at_end=True)

    def closed(self, error: BaseException | None) -> None:
        """The stream was closed, or failed, before its end."""
        self._end_stream(error, at_end=False)

    def _whole(self, body: bytes, events: bool) -> None:
        if events:
            self._reader = StreamReader()
            self._reader.feed(body, time.perf_counter())
            self._reader.finish(time.perf_counter())
            self._reader.first_token_s = None  # it was read as a whole
            complete = self._reader.ended
            error = "" if complete else _TOO_EARLY[True]
            self._finish(Status.OK if complete else Status.PARTIAL, error, self._reader.body())
        else:
            self._finish(Status.OK, "", shorter(body))

    def _end_stream(self, error: BaseException | None, *, at_end: bool) -> None:
        if self._over:
            return
        try:
            now_s = time.perf_counter()
            if self._copy is not None and self._decode is not None:
                whole, self._copy = decoded(self._decode, bytes(self._copy)), None
                if self._events:
                    self._reader = StreamReader()
                    self._reader.feed(whole, now_s)
                    self._reader.first_token_s = self._first_s
                else:
                    self._copy = bytearray(whole)
            if self._reader is not None:
                self._reader.finish(now_s)
                complete, body = self._reader.ended, self._reader.body()
            else:
                complete, body = at_end, shorter(bytes(self._copy or b""))
            status = Status.OK if complete else status_of_cut(error, at_end)
            self._finish(status, "" if complete else in_words(error) or _TOO_EARLY[at_end], body)
        except Exception as failure:
            self._observer.failed(failure)

    def _end(self, status: Status, error: BaseException) -> None:
        try:
            self._finish(status, in_words(error), b"", sent=type(error).__name__ not in _NEVER_SENT)
        except Exception as failure:
            self._observer.failed(failure)

    def _finish(self, status: Status, error: str, body: bytes, *, sent: bool = True) -> None:
        self._over = True
        reader = self._reader
        first_s = reader.first_token_s if reader is not None else self._first_s
        failed = status == Status.ERROR or (self._http_status or 0) >= 400
        if failed:
            self._observer.attempts.failed(self._print, self._operation, self._attempt)
            for secret in self._secrets:
                body = body.replace(secret, b"***")
        exchange = Exchange(
            key=new_id(),
            url=self._url,
            started_us=self._started_us,
            status=status,
            provider=self._endpoint.provider,
            model=self._endpoint.model,
            sure=self._endpoint.sure,
            sent=sent,
            latency_ms=round((time.perf_counter() - self._started_s) * 1000),
            ttft_ms=None if first_s is None or failed else round((first_s - self._started_s) * 1000),
            http_status=self._http_status,
            error=error,
            request=self._request,
            response=body,
            text=reader.text if reader is not None else "",
            written_bytes=reader.written_bytes if reader is not None else 0,
            operation=self._operation,
            attempt=self._attempt,
            origin=self._origin,
            hold=self._hold,
        )
        self._observer.report(self, exchange, self._owner)
