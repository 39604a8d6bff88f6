"""One HTTP request to a model, timed, and what came of it as an exchange."""

import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import httpx

from costtui.errors import ProviderError
from costtui.facts import Status
from costtui.llm.exchange import OWN, Exchange
from costtui.llm.ids import new_id
from costtui.llm.plan import Plan
from costtui.llm.retries import RETRIED
from costtui.llm.stream import StreamReader
from costtui.llm.wire import outgoing

BODY_LIMIT = 64 * 1024 * 1024
_KEY_LENGTH = 8
"""Shorter keys are placeholders, and may be part of any word."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(slots=True)
class Attempt:
    """A request that is made once; ``exchange`` tells at any time what is known of it."""

    plan: Plan
    operation: str
    number: int
    exchange: Exchange
    retry_after: str | None = None
    retryable: bool = False
    started_s: float = 0.0

    @classmethod
    def first(cls, plan: Plan) -> "Attempt":
        """Return the first attempt of a new operation."""
        return cls(plan, new_id(), 1, Exchange("", "", 0, Status.OK))

    def next(self) -> "Attempt":
        """Return the attempt after this one, of the same operation."""
        return Attempt(self.plan, self.operation, self.number + 1, self.exchange)

    async def run(self, client: httpx.AsyncClient) -> AsyncGenerator[str, None]:
        """Make the request and yield the visible text as it comes; ends with ``exchange`` complete.

        Raises ProviderError where no answer could be had; what is known is in ``exchange`` then, too.
        """
        request = self._begin(client)
        reader = StreamReader()
        status, error = Status.CANCELLED, ""
        try:
            response = await client.send(request, stream=True)
            self._headers(response)
            try:
                if not response.is_success or not self.plan.ask.stream:
                    await self._whole(response)
                    self._ensure_ok(response)
                else:
                    async with aclosing(self._events(response, reader)) as texts:
                        async for text in texts:
                            yield text
                    self._ensure_ended(reader)
                status = Status.OK
            finally:
                await response.aclose()
        except httpx.HTTPError as failure:
            status = Status.PARTIAL if reader.written_bytes else Status.ERROR
            error = f"{type(failure).__name__}: {failure}".rstrip(": ")
            self.retryable = isinstance(failure, _NEVER_SENT)
            self.exchange = replace(self.exchange, sent=not isinstance(failure, _NEVER_SENT))
            raise ProviderError(self._unreachable(failure)) from failure
        except ProviderError as failure:
            status = Status.PARTIAL if reader.written_bytes else Status.ERROR
            error = str(failure)
            raise
        finally:
            self._finish(reader, status, error)

    def _begin(self, client: httpx.AsyncClient) -> httpx.Request:
        out = outgoing(self.plan.provider, self.plan.key, self.plan.ask)
        body = json.dumps(out.body).encode()
        headers = {"content-type": "application/json", **out.headers}
        try:
            request = client.build_request(
                "POST", out.url, content=body, headers=headers, extensions={OWN: True}
            )
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise ProviderError(f"{self.plan.provider.name}: cannot build the request: {error}") from None
        self.exchange = Exchange(
            key=new_id(),
            url=str(request.url.copy_with(query=None)),
            started_us=time.time_ns() // 1000,
            status=Status.ERROR,
            provider=self.plan.provider.name,
            model=self.plan.ask.model,
            request=body,
            operation=self.operation,
            attempt=self.number,
        )
        self.started_s = time.perf_counter()
        return request

    def _headers(self, response: httpx.Response) -> None:
        self.retry_after = response.headers.get("retry-after")
        self.retryable = response.status_code in RETRIED
        self.exchange = replace(self.exchange, http_status=response.status_code)

    async def _whole(self, response: httpx.Response) -> None:
        body = bytearray()
        async for part in response.aiter_bytes():
            body += part
            if len(body) > BODY_LIMIT:
                raise ProviderError(
                    f"{self.plan.provider.name}: the answer is longer than {BODY_LIMIT >> 20} MB; ask for less"
                )
        self.exchange = replace(self.exchange, response=bytes(body))

    async def _events(self, response: httpx.Response, reader: StreamReader) -> AsyncGenerator[str, None]:
        async for part in response.aiter_bytes():
            if text := reader.feed(part, time.perf_counter()):
                yield text
        if text := reader.finish(time.perf_counter()):
            yield text

    def _ensure_ended(self, reader: StreamReader) -> None:
        if reader.ended or b"error" in reader.body():
            return
        raise ProviderError(
            f"{self.plan.provider.name} broke off the stream before the answer was complete; try again"
        )

    def _ensure_ok(self, response: httpx.Response) -> None:
        if response.is_success:
            self._ensure_json()
            return
        said = _said(self._without_key(self.exchange.response)) or response.reason_phrase
        advice = {401: "check the key", 403: "check the key and its rights", 404: "check the model's name"}
        hint = advice.get(response.status_code, "")
        if hint and self.plan.provider.key_names:
            hint += f" ({' or '.join(self.plan.provider.key_names)})" if "key" in hint else ""
        raise ProviderError(
            f"{self.plan.provider.name} answered {response.status_code} for {self.plan.ask.model}: "
            + (f"{said.rstrip('.')}; {hint}" if hint else said)
        )

    def _ensure_json(self) -> None:
        try:
            json.loads(self.exchange.response)
        except ValueError:
            start = self.exchange.response[:80].decode("utf-8", "replace").strip()
            raise ProviderError(
                f"{self.plan.provider.name} answered with something that is no JSON: {start!r}; "
                f"is base_url right ({self.exchange.url})?"
            ) from None

    def _unreachable(self, failure: httpx.HTTPError) -> str:
        name, url = self.plan.provider.name, self.exchange.url
        if isinstance(failure, httpx.TimeoutException):
            return f"{name} did not answer in time ({type(failure).__name__} at {url}); raise timeout_s in [calls]"
        if self.exchange.http_status is not None:
            return f"{name} broke off its answer ({failure or type(failure).__name__}); try again"
        return f"{name} cannot be reached at {url}: {failure or type(failure).__name__}; is base_url right?"

    def _without_key(self, body: bytes) -> bytes:
        key = self.plan.key.reveal().encode()
        return body.replace(key, b"***") if len(key) >= _KEY_LENGTH else body

    def _finish(self, reader: StreamReader, status: Status, error: str) -> None:
        first = reader.first_token_s
        if status == Status.CANCELLED and reader.ended:
            status = Status.OK
        self.exchange = replace(
            self.exchange,
            status=status,
            error=error,
            latency_ms=round((time.perf_counter() - self.started_s) * 1000),
            ttft_ms=None if first is None else round((first - self.started_s) * 1000),
            response=self._without_key(self.exchange.response or reader.body()),
            text=reader.text,
            written_bytes=reader.written_bytes,
        )


def _said(body: bytes) -> str:
    try:
        said: Any = json.loads(body)
    except ValueError:
        return body[:200].decode("utf-8", "replace").strip()
    said = said[0] if isinstance(said, list) and said else said
    error = said.get("error", said) if isinstance(said, dict) else said
    if isinstance(error, dict):
        kind = error.get("code") or error.get("type") or error.get("status")
        error = ": ".join(str(part) for part in (kind, error.get("message") or error.get("detail")) if part)
    return str(error)[:500]
