"""Reads request and answer bodies of every format as far as recording needs: model, texts, sizes."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WHOLE_LIMIT = 131_072
"""Bytes of a body that are read as a whole; of a longer one only the parts that recording needs."""
TEXT_LIMIT = 16_384
"""Characters of a text that are kept for the store (which cuts again)."""
_MODEL = re.compile(rb'"model"\s*:\s*"((?:[^"\\]|\\.)*)"')
_STREAM = re.compile(rb'"stream"\s*:\s*true')
_PARTS = (
    b"usage",
    b"usageMetadata",
    b"model",
    b"modelVersion",
    b"id",
    b"responseId",
    b"object",
    b"service_tier",
    b"error",
)
_LIMITS = (
    "max_completion_tokens",
    "max_tokens",
    "max_output_tokens",
    "maxOutputTokens",
    "maxTokens",
    "max_tokens_to_sample",
    "num_predict",
)
_ANSWERS = ("n", "candidateCount", "candidate_count")
_LIMITED_IN = ("generationConfig", "generation_config", "inferenceConfig", "options")
_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request's body says."""

    model: str = ""
    stream: bool = False
    prompt: str = ""
    size: int = 0
    """UTF-8 bytes of all texts of the prompt."""
    is_model_call: bool = False
    """Whether the body has the fields that requests to models have."""
    wants_usage: bool = True
    """False for a stream of the chat format that does not ask for usage."""
    max_output: int | None = None
    """The most tokens that may be written in all answers together, where the body says so."""


def read_request(body: bytes) -> Asked:
    """Return what a request's body says; an unreadable or cut one says little, and never raises."""
    try:
        asked = json.loads(body)
    except ValueError:
        model = _MODEL.search(body)
        stream = bool(_STREAM.search(body))
        name = model.group(1).decode("utf-8", "replace") if model else ""
        return Asked(name, stream, size=len(body), is_model_call=bool(name))
    if not isinstance(asked, dict):
        return Asked()
    texts = [text for text in _prompt_texts(asked) if text]
    stream = asked.get("stream") is True
    options = asked.get("stream_options")
    fields = asked.keys() & {
        "messages",
        "input",
        "prompt",
        "contents",
        "inputText",
        "message",
        "texts",
        "instances",
    }
    return Asked(
        model=_text(asked.get("model")),
        stream=stream,
        prompt="\n\n".join(texts)[:TEXT_LIMIT],
        size=sum(len(text.encode(errors="replace")) for text in texts),
        is_model_call=bool(fields),
        wants_usage=not stream or (isinstance(options, dict) and options.get("include_usage") is True),
        max_output=_max_output(asked),
    )


def shorter(body: bytes) -> bytes:
    """Return a JSON answer as it is, or, where it is long, an object with only the parts that usage reading needs."""
    if len(body) <= WHOLE_LIMIT:
        return body
    parts = {name.decode(): value for name in _PARTS if (value := _last_value(body, name)) is not None}
    return json.dumps(parts).encode()


def _last_value(body: bytes, name: bytes) -> Any:
    """Return the value of the last member of this name that is near either end of a long object."""
    for region in (body[-WHOLE_LIMIT:], body[:WHOLE_LIMIT]):
        at = region.rfind(b'"' + name + b'"')
        if at < 0:
            continue
        text = region[at + len(name) + 2 :].decode("utf-8", "replace").lstrip()
        if not text.startswith(":"):
            continue
        try:
            return _decoder.raw_decode(text[1:].lstrip())[0]
        except ValueError:
            continue
    return None


def _prompt_texts(asked: Mapping[str, Any]) -> Iterator[str]:
    for key in ("system", "instructions", "systemInstruction", "system_instruction"):
        yield from _content(asked.get(key))
    for key in ("messages", "input", "contents"):
        value = asked.get(key)
        if isinstance(value, list):
            for message in value:
                yield from (
                    _content(message.get("content") or message)
                    if isinstance(message, dict)
                    else _content(message)
                )
        else:
            yield from _content(value)
    for key in ("prompt", "message", "inputText", "texts"):
        yield from _content(asked.get(key))


def _max_output(asked: Mapping[str, Any]) -> int | None:
    inner = [asked.get(key) for key in _LIMITED_IN]
    places = [asked, *(place for place in inner if isinstance(place, dict))]
    limits = _counts(places, _LIMITS)
    return min(limits) * max(_counts(places, _ANSWERS), default=1) if limits else None


def _counts(places: Iterable[Mapping[str, Any]], keys: Iterable[str]) -> list[int]:
    values = [place.get(key) for place in places for key in keys]
    return [value for value in values if isinstance(value, int) and value > 0]


def _content(value: Any) -> list[str]:
    """Return the texts of a message's content: text, a list of parts, or an object with parts."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _content(item)]
    if isinstance(value, dict) and not value.get("thought"):
        return _content(value.get("text") or value.get("parts") or value.get("content"))
    return []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
