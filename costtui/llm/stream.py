"""Reads a stream of server-sent events as it passes by, keeping only what usage and a first look at the text need."""

import json
import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from costtui.pricing.texts import hidden_pieces, pieces

EVENT_LIMIT = 4 * 1024 * 1024
"""Bytes of one event beyond which it is not read."""
HEAD_CHARS = 16_384
"""Characters of the answer's text that are kept."""
_KEPT_FIRST = 4
_KEPT_LAST = 6
_USAGE = re.compile(
    rb'"(?:usage|usageMetadata|x_groq|billed_units|eval_count)"\s*:\s*(?!null)|"error"\s*:\s*(?!null)|Usage"'
)
_ENDS = frozenset(
    (
        "message_stop",
        "message-end",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "interaction.complete",
        "interaction.completed",
        "thread.run.completed",
    )
)


class StreamReader:
    """What is known of a stream of events so far; memory is bounded whatever passes by."""

    def __init__(self) -> None:
        self.first_token_s: float | None = None
        """Clock reading at the first event that carried a part of the answer."""
        self.ended = False
        """Whether the provider said that the answer is complete."""
        self.text = ""
        self.written_bytes = 0
        """UTF-8 bytes that the model wrote so far, reasoning and arguments of tools included."""
        self._rest = b""
        self._skipping = False
        self._first: list[bytes] = []
        self._last: deque[bytes] = deque(maxlen=_KEPT_LAST)

    def feed(self, chunk: bytes, now_s: float) -> str:
        """Read the next bytes of the stream; return the visible text that they carried."""
        data = self._rest + chunk if self._rest else chunk
        if b"\r" in data:
            held = data.endswith(b"\r")
            data = (data[:-1] if held else data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            tail = b"\r" if held else b""
        else:
            tail = b""
        *events, rest = data.split(b"\n\n")
        self._rest = rest + tail
        if len(self._rest) > EVENT_LIMIT:
            self._rest, self._skipping = b"", True
        return "".join(self._event(event, now_s) for event in events if event)

    def finish(self, now_s: float) -> str:
        """Read what is left when the stream is over; return the visible text in it."""
        rest, self._rest = self._rest.strip(), b""
        return self._event(rest, now_s) if rest else ""

    def body(self) -> bytes:
        """Return the kept events as a shorter stream, from which usage can be read."""
        return b"\n\n".join((*self._first, *self._last, b""))

    def _event(self, raw: bytes, now_s: float) -> str:
        if self._skipping:
            self._skipping = False
            return ""
        data = b"\n".join(line[5:].strip() for line in raw.split(b"\n") if line.startswith(b"data:"))
        if data == b"[DONE]":
            self.ended = True
            return ""
        self._keep(raw)
        try:
            event = json.loads(data)
        except ValueError:
            return ""
        if not isinstance(event, dict):
            return ""
        shown = "".join(pieces(event))
        written = len(shown.encode(errors="replace")) + sum(
            len(text.encode(errors="replace")) for text in hidden_pieces(event)
        )
        if written:
            self.written_bytes += written
            if self.first_token_s is None:
                self.first_token_s = now_s
            if shown and len(self.text) < HEAD_CHARS:
                self.text += shown[: HEAD_CHARS - len(self.text)]
        self.ended = self.ended or _is_end(event)
        return shown

    def _keep(self, raw: bytes) -> None:
        if len(self._first) < _KEPT_FIRST:
            self._first.append(raw)
        elif _USAGE.search(raw):
            self._last.append(raw)


def _is_end(event: Mapping[str, Any]) -> bool:
    if event.get("type") in _ENDS or event.get("event_type") in _ENDS or event.get("done") is True:
        return True
    return any(choice.get("finish_reason") for choice in _dicts(event.get("choices"))) or any(
        candidate.get("finishReason") for candidate in _dicts(event.get("candidates"))
    )


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
