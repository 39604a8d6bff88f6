"""LangChain messages and results, saved as JSON, as the answers that they were made of."""

from collections.abc import Mapping
from typing import Any

from costtui.pricing.blocks import Document, items, mapping

_OWN_BLOCKS = ("usage", "token_usage", "usage_metadata")
_MODEL_KEYS = ("model_name", "model", "model_id")


def as_answer(document: Document) -> Document:
    """Return a message or a result of LangChain as an answer of a provider; any other document as it is.

    The provider's own usage block comes before LangChain's summary of it: it tells more, and the two never add up.
    """
    message = _message(document)
    metadata = message.get("response_metadata")
    if not isinstance(metadata, dict):
        return document
    blocks = [*(metadata.get(key) for key in _OWN_BLOCKS), message.get("usage_metadata")]
    own = {key: value for key, value in metadata.items() if key not in _OWN_BLOCKS}
    return {
        **own,
        "model": next((metadata[key] for key in _MODEL_KEYS if metadata.get(key)), ""),
        "usage": next((block for block in blocks if isinstance(block, dict) and block), None),
        "id": metadata.get("id") or message.get("id"),
        "content": message.get("content"),
    }


def _message(document: Document) -> Document:
    """Return the message with the metadata, wherever it was saved; an empty one where there is none."""
    if isinstance(document.get("llm_output"), dict) and isinstance(document.get("generations"), list):
        return _of_result(document)
    for key in ("kwargs", "data"):  # dumped by LangChain's serializer, or by its history
        inner = document.get(key)
        if isinstance(inner, dict) and "response_metadata" in inner:
            return inner
    for inner in reversed(items(document.get("messages"))):  # the state of a graph
        found = mapping(inner)
        if "response_metadata" in found or "response_metadata" in mapping(found.get("kwargs")):
            return _message(found)
    return document


def _of_result(document: Document) -> Document:
    first: Any = document["generations"]
    while isinstance(first, list):
        first = first[0] if first else {}
    generation: Mapping[str, Any] = mapping(first)
    message = _message(mapping(generation.get("message")))
    output = {key: value for key, value in document["llm_output"].items() if value}
    return {
        **message,
        "content": message.get("content") or generation.get("text"),
        "response_metadata": {**mapping(message.get("response_metadata")), **output},
    }
