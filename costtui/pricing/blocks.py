"""Where the documents of an answer keep their usage blocks, and which of them count."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from costtui.facts import Usage, UsageState
from costtui.pricing.usage import add_up, read_usage, shape_of

Document = Mapping[str, Any]

_HOLDERS = ("message", "response", "delta", "interaction", "x_groq")
_USAGE_KEYS = (
    "usage",
    "usageMetadata",
    "usage_metadata",
    "usage_info",
    "meta",
    "amazon-bedrock-invocationMetrics",
)
_TOP_MARKS = (
    "prompt_eval_count",
    "eval_count",
    "prompt_token_count",
    "generation_token_count",
    "inputTextTokenCount",
    "generated_token_count",
)
"""A document with one of these is its own usage block (Ollama, models on Bedrock, watsonx)."""

_BARE_MARKS = ("prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens")
"""A document with one of these is a usage block without its answer."""


def holders(document: Document) -> Iterator[Document]:
    """Yield the places of a document that may hold usage, model and id, the innermost first."""
    for key in _HOLDERS:
        value = document.get(key)
        if isinstance(value, dict):
            yield value
    yield document


def _blocks(document: Document) -> Iterator[Document]:
    """Yield the usage blocks of a document."""
    # Elsewhere "metadata" is the user's own; in Bedrock's Converse stream it holds the usage.
    for holder in (mapping(document.get("metadata")), *holders(document)):
        for key in _USAGE_KEYS:
            block = holder.get(key)
            if isinstance(block, dict) and (shape_of(block) or "cost" in block):
                yield block
    for choice in items(document.get("choices")):  # Moonshot's streams
        block = mapping(choice).get("usage")
        if isinstance(block, dict) and shape_of(block):
            yield block
    if any(isinstance(document.get(key), int) for key in _BARE_MARKS):
        yield document
    if isinstance(document.get("predictions"), list):
        yield {"total_tokens": sum(_embedded(item) for item in document["predictions"])}
    results = [item for item in items(document.get("results")) if isinstance(item, dict)]
    for holder in (document, *results[:1]):
        if any(holder.get(mark) is not None for mark in _TOP_MARKS):
            written = [item["tokenCount"] for item in results if isinstance(item.get("tokenCount"), int)]
            yield {"outputTextTokenCount": sum(written) if written else None, **holder}


def _embedded(prediction: Any) -> int:
    """Return the tokens of one of Vertex's embeddings."""
    count = mapping(mapping(mapping(prediction).get("embeddings")).get("statistics")).get("token_count")
    return count if isinstance(count, int) else 0


def read_blocks(docs: Sequence[Document], provider: str, model: str) -> tuple[Usage, list[Document]]:
    """Return the usage of all documents together, and the blocks it was read from.

    Within a stream counts are cumulative and come in parts: the last value of each key holds. The steps of an
    assistant's run have usage of their own, which counts only where that of the run is missing.
    """
    merged: dict[str, dict[str, Any]] = {}
    steps: dict[str, Document] = {}
    for document in docs:
        for block in _blocks(document):
            if document.get("object") == "thread.run.step":
                steps[str(document.get("id"))] = block
                continue
            shape = shape_of(block)
            kept = merged.setdefault(shape.name if shape else "", {})
            kept.update((key, value) for key, value in block.items() if value is not None)
    if not merged:
        steps_read = add_up(read_usage(block) for block in steps.values())
        return (steps_read if steps else _by_timings(docs)), []
    blocks: list[Document] = list(merged.values())
    usages = [read_usage(block, provider=provider, model=model) for block in blocks]
    best = max(usages, key=lambda usage: (usage.input_tokens is not None) + (usage.output_tokens is not None))
    return _adjusted(best, docs), blocks


def _by_timings(docs: Sequence[Document]) -> Usage:
    """Return what llama.cpp's timings say where it sent no usage: an estimate, though a good one."""
    for document in reversed(docs):
        timings = document.get("timings")
        if isinstance(timings, dict):
            cached, read = timings.get("cache_n") or 0, timings.get("prompt_n")
            if isinstance(cached, int) and isinstance(read, int):
                block = {
                    "prompt_tokens": cached + read,
                    "completion_tokens": timings.get("predicted_n"),
                    "cached_tokens": cached,
                }
                return replace(read_usage(block), state=UsageState.ESTIMATED)
    return Usage()


def _adjusted(usage: Usage, docs: Sequence[Document]) -> Usage:
    """Return usage with what only the rest of the answer says: what kind of call it was, and its searches."""
    first = docs[0]
    if usage.output_tokens is None and any(key in first for key in ("embedding", "embeddings", "results")):
        problems = tuple(problem for problem in usage.problems if not problem.startswith("output tokens are"))
        usage = replace(usage, output_tokens=0, problems=problems)
    if str(first.get("name", "")).startswith("cachedContents/"):
        usage = replace(usage, cache_write_tokens=usage.input_tokens or 0)
    searches = _searches(docs)
    return replace(usage, units={**searches, **usage.units}) if searches else usage


def _searches(docs: Sequence[Document]) -> dict[str, int]:
    """Return how often OpenAI's built-in tools searched: they are billed, and not part of its usage."""
    units: dict[str, int] = {}
    for item in items(_last(docs, "output")):
        if not isinstance(item, dict) or item.get("status") == "failed":
            continue
        action = item.get("action")
        kind = action.get("type", "search") if isinstance(action, dict) else "search"
        unit = {"web_search_call": "web_searches", "file_search_call": "storage_searches"}.get(
            str(item.get("type"))
        )
        if unit and kind == "search":
            units[unit] = units.get(unit, 0) + 1
    return units


def _last(docs: Sequence[Document], key: str) -> Any:
    for document in reversed(docs):
        for holder in holders(document):
            if holder.get(key) is not None:
                return holder[key]
    return None


def items(value: Any) -> Sequence[Any]:
    """Return a list, or nothing of what is none."""
    return value if isinstance(value, list) else ()


def mapping(value: Any) -> Document:
    """Return a JSON object, or an empty one of what is none."""
    return value if isinstance(value, dict) else {}
