"""Captured bodies of events: files of requests, or bare arrays of events."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from costtui.errors import PayloadError


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
        found = parse_json(text)
    except PayloadError as error:
        lines = [
            line
            for line in (text if isinstance(text, str) else text.decode("utf-8", "replace")).splitlines()
            if line
        ]
        try:
            found = [parse_json(line) for line in lines]
        except PayloadError:
            found = []
        if not found:
            raise PayloadError(
                f"{where}: {error}; expected captured requests or an array of events"
            ) from None
    sent = list(_sent(found))
    if not sent:
        raise PayloadError(
            f'{where}: no captured events: expected {{"requests": [{{path, headers, body}}]}} or an array of events'
        )
    return sent


def _sent(found: Any) -> Iterator[Sent]:
    if isinstance(found, dict):
        if isinstance(found.get("requests"), list):
            for request in found["requests"]:
                yield from _sent(request)
        elif "body" in found:
            yield from _request(found)
        elif "kind" in found:
            yield Sent([found])
    elif isinstance(found, list):
        requests = [
            each for each in found if isinstance(each, dict) and ("body" in each or "requests" in each)
        ]
        if requests:
            for each in requests:
                yield from _sent(each)
        else:
            yield Sent([event for each in found for event in (each if isinstance(each, list) else [each])])


def _request(request: Mapping[str, Any]) -> Iterator[Sent]:
    body, path, headers = request["body"], request.get("path"), request.get("headers")
    if isinstance(body, str):
        try:
            body = parse_json(body)
        except PayloadError:
            body = [None]  # counted as an event that could not be read
    named = headers.items() if isinstance(headers, dict) else ()
    yield Sent(
        body if isinstance(body, list) else [body],
        path if isinstance(path, str) else "/bulk",
        {str(name): str(value) for name, value in named},
    )
