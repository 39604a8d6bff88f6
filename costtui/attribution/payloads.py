"""Captured bodies of events: files of requests, or bare arrays of events."""

import base64
import binascii
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from costtui.errors import PayloadError

GZIP = b"\x1f\x8b"
"""How a gzip stream begins."""
UNPACKED_LIMIT = 256 * 2**20
"""Bytes of a body, unpacked, that are read."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One body as an SDK posted it."""

    body: Any
    path: str = "/bulk"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload_id(self) -> str:
        """The id that stays the same when an SDK sends a body again, empty where there is none."""
        return next((v for k, v in self.headers.items() if k.lower() == "x-launchdarkly-payload-id"), "")


def parse_json(text: str | bytes) -> Any:
    """Return parsed JSON; bare ``NaN`` is tolerated, because SDKs send it. Raises PayloadError."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"no JSON: {error}") from None


def read_payload(text: str | bytes, where: str) -> list[Sent]:
    """Return the bodies in a captured file: ``{"requests": [{path, headers, body}]}``, one such request, or an array
    of events (one JSON object per line does as well). Raises PayloadError that names the place.
    """
    try:
        found = _parsed(text)
    except PayloadError as error:
        raise PayloadError(f"{where}: {error}; expected captured requests or an array of events") from None
    sent = list(_sent(found))
    if not sent:
        raise PayloadError(
            f'{where}: no captured events: expected {{"requests": [{{path, headers, body}}]}} or an array of events'
        )
    return sent


def _parsed(text: str | bytes) -> Any:
    """Return parsed JSON, or the values of one JSON text per line, None for a line that is none. Raises PayloadError."""
    try:
        return parse_json(text)
    except PayloadError:
        whole = text if isinstance(text, str) else text.decode("utf-8", "replace")
        values = [_value(line) for line in whole.splitlines() if line.strip()]
        # A file that was cut off has one bad line; what is no capture at all has little else.
        if len(values) < 2 or sum(isinstance(value, dict | list) for value in values) * 2 < len(values):
            raise
        return values


def _value(line: str) -> Any:
    try:
        return parse_json(line)
    except PayloadError:
        return None


def _sent(found: Any) -> Iterator[Sent]:
    if isinstance(found, dict):
        if isinstance(found.get("requests"), list):
            for request in found["requests"]:
                yield from _sent(request)
        elif "body" in found:
            yield from _request(found)
        elif isinstance(found.get("events"), list):
            yield from _sent(found["events"])
        elif "kind" in found:
            yield Sent([found])
    elif isinstance(found, list):
        requests = [
            each for each in found if isinstance(each, dict) and ("body" in each or "requests" in each)
        ]
        if requests:
            for each in found:
                yield from _sent(each) if isinstance(each, dict | list) else [Sent([each])]
        else:
            yield Sent([event for each in found for event in (each if isinstance(each, list) else [each])])


def _request(request: Mapping[str, Any]) -> Iterator[Sent]:
    body, path = request["body"], request.get("path")
    if isinstance(body, str):
        try:
            body = _parsed(_packed(body) or body)
        except PayloadError:
            body = [None]  # counted as an event that could not be read
    yield Sent(
        body if isinstance(body, list) else [body],
        path if isinstance(path, str) else "/bulk",
        dict(_headers(request.get("headers"))),
    )


def _headers(found: Any) -> Iterator[tuple[str, str]]:
    """Return headers that stand in an object, in pairs, or in objects of name and value."""
    for each in found.items() if isinstance(found, dict) else found if isinstance(found, list) else ():
        if isinstance(each, dict):
            each = (each.get("name"), each.get("value"))
        if isinstance(each, list | tuple) and len(each) == 2:
            yield str(each[0]), str(each[1])


def _packed(text: str) -> bytes | None:
    """Return the bytes of a body that was captured as base64, unpacked where it is gzip; None for other text."""
    try:
        content = base64.b64decode(text, validate=True)
        if not content.startswith(GZIP):
            return content
        inflater = zlib.decompressobj(wbits=31)
        unpacked = inflater.decompress(content, UNPACKED_LIMIT)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return unpacked if inflater.eof else None
