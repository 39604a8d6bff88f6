"""What is read off a request, an answer and an error in passing."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

from costtui.facts import Status

REQUEST_LIMIT = 262_144
BODY_LIMIT = 8 * 1024 * 1024
"""Bytes of a streamed answer that are kept where it is no stream of events."""
_CANCELLATIONS = ("CancelledError", "KeyboardInterrupt", "GeneratorExit", "SystemExit")
_ERROR_LENGTH = 500
_KEY_LENGTH = 8


def inflate(body: bytes) -> bytes:
    """Return gzip or zlib data unpacked, as far as it goes where it was cut."""
    return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, 8 * BODY_LIMIT)


def decoded(decode: Callable[[bytes], bytes], body: bytes) -> bytes:
    """Return a body decoded, nothing where it was cut so that it cannot be: the call is recorded all the same."""
    try:
        return decode(body)
    except Exception:
        return b""


def body_of(request: Any) -> tuple[bytes, int]:
    """Return the body of a request, cut where it is long, and how long it is."""
    try:
        body: bytes = request.content
    except Exception:  # a body that is itself a stream: it must not be read here
        return b"", 0
    if len(body) <= REQUEST_LIMIT:
        return body, len(body)
    return body[: REQUEST_LIMIT // 2] + body[-REQUEST_LIMIT // 2 :], len(body)


def secrets_of(headers: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the credentials of a request, so that no error that repeats them is stored with them."""
    values = (headers.get(name, "") for name in ("authorization", "x-api-key", "api-key", "x-goog-api-key"))
    keys = (value.rpartition(" ")[2].encode() for value in values)
    return tuple(key for key in keys if len(key) >= _KEY_LENGTH)


def status_of(error: BaseException) -> Status:
    """Return how a request ended that raised."""
    return Status.CANCELLED if type(error).__name__ in _CANCELLATIONS else Status.ERROR


def status_of_cut(error: BaseException | None, at_end: bool) -> Status:
    """Return how a stream ended that the provider never completed."""
    if at_end:
        return Status.PARTIAL
    return Status.CANCELLED if error is None or status_of(error) == Status.CANCELLED else Status.PARTIAL


def in_words(error: BaseException | None) -> str:
    """Return an error as its type and message, cut to a readable length."""
    return "" if error is None else f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
