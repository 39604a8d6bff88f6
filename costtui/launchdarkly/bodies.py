"""Bodies of HTTP requests: read whole from the wire, chunked or not, and unpacked within limits."""

import gzip
import io
import zlib
from email.message import Message
from typing import Protocol

from costtui.errors import PayloadError

_LINE_LIMIT = 8192


class Stream(Protocol):
    """Where a request is read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to a number of bytes."""
        ...

    def readline(self, size: int, /) -> bytes:
        """Return a line, or the part of it that is no longer than a number of bytes."""
        ...


def read_body(headers: Message, stream: Stream, limit: int) -> bytes:
    """Return the body of a request as it was sent, without its chunks' framing.

    Raises PayloadError where it is longer than the limit, cut off, or framed in a way that is no HTTP.
    """
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        return _read_chunks(stream, limit)
    text = headers.get("Content-Length", "0")
    if not text.isdecimal() or int(text) > limit:
        raise PayloadError(f"a body of {text!r} bytes: up to {limit} are read")
    return _exactly(stream, int(text))


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """Return a body decoded: gzip, deflate or as it is. Raises PayloadError for anything else, or beyond the limit."""
    names = [
        name.strip().lower() for name in encoding.split(",") if name.strip().lower() not in ("", "identity")
    ]
    if not names:
        return body
    if names not in (["gzip"], ["x-gzip"], ["deflate"]):
        raise PayloadError(f"a body encoded as {encoding!r}: gzip and deflate are read")
    try:
        if names == ["deflate"]:
            inflater = zlib.decompressobj()
            text = inflater.decompress(body, limit + 1)
        else:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
                text = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise PayloadError(f"a body that is no {encoding}: {error}") from None
    if len(text) > limit:
        raise PayloadError(f"a body of more than {limit} bytes when unpacked")
    return text


def _read_chunks(stream: Stream, limit: int) -> bytes:
    parts: list[bytes] = []
    total = 0
    while True:
        size = _chunk_size(stream.readline(_LINE_LIMIT))
        total += size
        if total > limit:
            raise PayloadError(f"a body of more than {limit} bytes")
        if size == 0:
            break
        parts.append(_exactly(stream, size))
        if stream.readline(_LINE_LIMIT).strip():
            raise PayloadError("a chunk that is longer than it says")
    for _ in range(100):  # trailers, which nobody needs
        if not stream.readline(_LINE_LIMIT).strip():
            return b"".join(parts)
    raise PayloadError("a body with endless trailers")


def _chunk_size(line: bytes) -> int:
    text = line.split(b";", 1)[0].strip()
    if not text or not all(char in b"0123456789abcdefABCDEF" for char in text) or len(text) > 12:
        raise PayloadError("a body that is no sequence of chunks")
    return int(text, 16)


def _exactly(stream: Stream, size: int) -> bytes:
    body = stream.read(size)
    if len(body) != size:
        raise PayloadError(f"a body that ends after {len(body)} of {size} bytes")
    return body
