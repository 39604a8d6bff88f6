"""What a model wrote, out of an answer or one event of a stream."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def pieces(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the pieces of visible text of a document, whichever provider sent it."""
    kind = document.get("type")
    if kind == "response.output_text.delta":
        yield from _strings(document.get("delta"))
        return
    if isinstance(kind, str) and kind.startswith("response."):
        return  # the other events of the Responses API repeat the text
    for choice in _mappings(document.get("choices")):
        yield from _strings(choice.get("text"))
        for key in ("message", "delta"):
            yield from _content(_mapping(choice.get(key)).get("content"))
    for candidate in _mappings(document.get("candidates")):
        for part in _mappings(_mapping(candidate.get("content")).get("parts")):
            if not part.get("thought"):
                yield from _strings(part.get("text"))
    for item in (*_mappings(document.get("output")), *_mappings(document.get("steps"))):
        if item.get("type") in ("message", "model_output"):
            yield from _content(item.get("content"))
    delta = _mapping(document.get("delta") or _mapping(document.get("contentBlockDelta")).get("delta"))
    yield from _strings(delta.get("text") if delta.get("type") != "thought" else None)
    if document.get("object") == "thread.message.delta":
        yield from _content(delta.get("content"))
    for holder in (
        document,
        _mapping(document.get("message")),
        _mapping(delta.get("message")),
        _mapping(_mapping(document.get("output")).get("message")),
    ):
        yield from _content(holder.get("content"))
    for key in ("response", "generation", "outputText"):
        yield from _strings(document.get(key))
    for result in _mappings(document.get("results")):
        yield from _strings(result.get("outputText") or result.get("generated_text"))


def hidden_pieces(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a model wrote that is no text of the answer, but is billed: reasoning and arguments of tools."""
    for choice in _mappings(document.get("choices")):
        for key in ("message", "delta"):
            message = _mapping(choice.get(key))
            yield from _strings(message.get("reasoning_content") or message.get("reasoning"))
            for call in _mappings(message.get("tool_calls")):
                yield from _strings(_mapping(call.get("function")).get("arguments"))
    delta = _mapping(document.get("delta"))
    yield from _strings(delta.get("partial_json"))
    yield from _strings(delta.get("thinking"))


def _content(value: Any) -> Iterator[str]:
    """Yield the texts of a content that is a string, a block, or a list of blocks."""
    yield from _strings(value)
    for block in (_mapping(value), *_mappings(value)):
        if block.get("type") in (None, "text", "output_text"):
            text = block.get("text")
            yield from _strings(text.get("value") if isinstance(text, dict) else text)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (item for item in value if isinstance(item, dict))
