"""JSON documents out of what came over the wire: JSON, JSON lines, event streams, AWS frames, truncated or not."""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from costtui.errors import PayloadError

_FIELD = re.compile(r"^(data|event|id|retry)\s*:|^:", re.MULTILINE)
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+=*\s*")
_PRELUDE = 12
_CHECKSUM = 4
_USAGE_KEY = re.compile(r'"(usage|usageMetadata|usage_metadata)"\s*:\s*(?=\{)')
_NAME_KEY = re.compile(
    r'"(id|responseId|model|modelVersion|service_tier|object|type)"\s*:\s*("(?:[^"\\]|\\.)*")'
)

CUT_OFF = "the text is cut off"


@dataclass(frozen=True, slots=True)
class Wire:
    """The documents of one answer in the order of their arrival."""

    documents: tuple[Mapping[str, Any], ...]
    streamed: bool = False
    ended: bool = False
    """Whether the stream said that it is over (``[DONE]``)."""
    cut_off: bool = False
    """Whether the text ends in the middle of a document."""


def documents(body: bytes | str | Mapping[str, Any]) -> Wire:
    """Return the JSON documents of an answer, whatever it came as. Raises PayloadError where there are none."""
    if isinstance(body, Mapping):
        return Wire((dict(body),))
    if isinstance(body, bytes | bytearray):
        body = bytes(body)
        if _is_frame(body):
            return _frames(body)
        body = body.decode("utf-8", errors="replace")
    text = body.lstrip("\ufeff").strip()
    if not text:
        raise PayloadError("nothing to read: the answer is empty")
    try:
        return _read(text)
    except RecursionError:
        raise PayloadError("cannot read the answer: its JSON is nested too deeply") from None


def _read(text: str) -> Wire:
    if text[0] in "{[":
        return _json(text)
    if _FIELD.search(text):
        return _events(text)
    if len(text) > 16 and _BASE64.fullmatch(text):
        try:
            decoded = base64.b64decode(text, validate=False)
        except (binascii.Error, ValueError):
            decoded = b""
        if _is_frame(decoded):
            return _frames(decoded)
        if decoded.lstrip()[:1] in (b"{", b"["):
            return _json(decoded.decode("utf-8", errors="replace").strip())
    raise PayloadError(
        f"cannot read the answer: it is neither JSON nor an event stream; it starts with {text[:40]!r}"
    )


def _json(text: str) -> Wire:
    try:
        value = json.loads(text)
    except ValueError:
        found, cut_off = _values(text)
        if not found:
            found = _salvaged(text)
            cut_off = True
        if not found:
            raise PayloadError(
                f"cannot read the answer: its JSON is broken or cut off; it starts with {text[:40]!r}"
            ) from None
        return Wire(tuple(found), streamed=True, cut_off=cut_off)
    if isinstance(value, Mapping):
        return Wire((value,))
    items = tuple(item for item in value if isinstance(item, Mapping)) if isinstance(value, list) else ()
    if not items:
        raise PayloadError("cannot read the answer: its JSON holds no object")
    return Wire(items, streamed=True)


def _values(text: str) -> tuple[list[Mapping[str, Any]], bool]:
    """Return the complete objects of JSON lines or of an array that is cut off, and whether something is left."""
    decoder = json.JSONDecoder()
    found: list[Mapping[str, Any]] = []
    at = 1 if text[0] == "[" else 0
    while True:
        while at < len(text) and text[at] in ", \t\r\n]":
            at += 1
        if at >= len(text):
            return found, False
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            return found, True
        if isinstance(value, Mapping):
            found.append(value)


def _salvaged(text: str) -> list[Mapping[str, Any]]:
    """Return what a single object that is cut off says of its usage, model and id."""
    decoder = json.JSONDecoder()
    names: dict[str, Any] = {}
    for match in _NAME_KEY.finditer(text):
        names.setdefault(match[1], _text(match[2]))
    for match in _USAGE_KEY.finditer(text):
        try:
            names[match[1]], _ = decoder.raw_decode(text, match.end())
        except ValueError:
            continue
    return [names] if names else []


def _text(literal: str) -> str:
    try:
        value = json.loads(literal)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""


def _events(text: str) -> Wire:
    found: list[Mapping[str, Any]] = []
    ended = cut_off = False
    for data in _data(text):
        if data.strip() == "[DONE]":
            ended = True
            continue
        try:
            value = json.loads(data)
        except ValueError:
            cut_off = True
            continue
        found.extend(_objects(value))
    if not found and not ended:
        raise PayloadError("cannot read the event stream: no event holds a JSON object")
    return Wire(tuple(found), streamed=True, ended=ended, cut_off=cut_off)


def _data(text: str) -> Iterator[str]:
    """Yield the data of each server-sent event (WHATWG HTML, section 9.2.6)."""
    lines: list[str] = []
    for line in (*re.split(r"\r\n|\n|\r", text), ""):
        if not line.strip():
            if lines:
                yield "\n".join(lines)
            lines = []
            continue
        field, _, value = line.partition(":")
        if field.strip() == "data":
            lines.append(value.removeprefix(" "))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    values = value if isinstance(value, list) else [value]
    return [_inner(item) for item in values if isinstance(item, Mapping)]


def _inner(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what an event of Bedrock carries as base64, else the document itself."""
    chunk = document.get("chunk")
    packed = (chunk if isinstance(chunk, Mapping) else document).get("bytes")
    if not isinstance(packed, str):
        return document
    try:
        value = json.loads(base64.b64decode(packed))
    except (binascii.Error, ValueError):
        return document
    return value if isinstance(value, Mapping) else document


def _is_frame(data: bytes, at: int = 0) -> bool:
    if len(data) - at < _PRELUDE:
        return False
    return zlib.crc32(data[at : at + 8]) == int.from_bytes(data[at + 8 : at + 12], "big")


def _frames(data: bytes) -> Wire:
    """Read ``application/vnd.amazon.eventstream``: length, header length, checksum, headers, payload, checksum."""
    found: list[Mapping[str, Any]] = []
    at, cut_off = 0, False
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if not _is_frame(data, at) or not _PRELUDE + _CHECKSUM <= length <= len(data) - at:
            cut_off = True
            break
        start = at + _PRELUDE + int.from_bytes(data[at + 4 : at + 8], "big")
        try:
            found.extend(_objects(json.loads(data[start : at + length - _CHECKSUM] or b"{}")))
        except ValueError:
            cut_off = True
        at += length
    return Wire(tuple(found), streamed=True, ended=not cut_off, cut_off=cut_off)
