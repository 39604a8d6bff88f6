"""A model's answer read off the wire: who answered, what it used, what it cost, how it ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from costtui.facts import Usage, UsageState
from costtui.money import nano
from costtui.pricing.origin import provider_of, provider_of_url
from costtui.pricing.texts import hidden_pieces, pieces
from costtui.pricing.usage import add_up, read_usage, shape_of
from costtui.pricing.wire import CUT_OFF, Wire, documents

Document = Mapping[str, Any]

_HOLDERS = ("message", "response", "delta", "interaction", "metadata", "x_groq")
_USAGE_KEYS = (
    "usage",
    "usageMetadata",
    "usage_metadata",
    "usage_info",
    "meta",
    "amazon-bedrock-invocationMetrics",
)
_ENDINGS = ("message_stop", "response.completed", "response.incomplete", "response.failed", "message-end")
_TOP_MARKS = (
    "prompt_eval_count",
    "eval_count",
    "prompt_token_count",
    "generation_token_count",
    "inputTextTokenCount",
    "generated_token_count",
)
"""A document with one of these is its own usage block (Ollama, models on Bedrock, watsonx)."""
_XAI_TICKS_PER_NANO = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What one answer says of itself; empty where it does not say."""

    provider: str = ""
    model: str = ""
    """The model that answered; the one that was asked for where the answer does not say."""
    response_id: str = ""
    usage: Usage = Usage()
    provider_cost_nano: int | None = None
    """What the provider itself says the call cost."""
    service_tier: str = ""
    """``flex``, ``priority``, ``batch``, ``fast`` …; empty where none is named."""
    text: str = ""
    written_bytes: int = 0
    """UTF-8 bytes that the model wrote: the text, its reasoning where shown, and arguments of tools."""
    finish: str = ""
    error: str = ""
    streamed: bool = False
    complete: bool = True
    """False where a stream ends before the model was done."""


def read_answer(
    body: bytes | str | Document,
    *,
    provider: str | None = None,
    model: str | None = None,
    url: str | None = None,
) -> Answer:
    """Return what an answer says: one JSON object, an array or lines of them, an event stream, AWS frames.

    ``provider`` is taken as given; ``model`` is the one that was asked for, used where the answer names none; ``url``
    tells both where nothing else does. Raises PayloadError where nothing can be read; an error of the provider is an
    answer without usage.
    """
    wire = documents(body)
    docs = [_unwrapped(document) for document in wire.documents]
    by_url, model_by_url = provider_of_url(url or "")
    found_model = _model(docs)
    name = (provider or "").strip().lower() or by_url or provider_of(docs, found_model or model or "")
    answered = found_model or model or model_by_url
    usage, blocks = _usage(docs, name, answered)
    if wire.cut_off:
        usage = replace(usage, problems=(*usage.problems, CUT_OFF))
    text, written = _text(docs, streamed=wire.streamed)
    finish = _finish(docs)
    return Answer(
        provider=name,
        model=answered,
        response_id=_response_id(docs),
        usage=usage,
        provider_cost_nano=_provider_cost(blocks),
        service_tier=_service_tier(docs, blocks),
        text=text,
        written_bytes=written,
        finish=finish,
        error=_error(docs),
        streamed=wire.streamed,
        complete=_complete(wire, docs, finish),
    )


def _unwrapped(document: Document) -> Document:
    """Return the answer inside a line of a batch's results, else the document."""
    response, result = document.get("response"), document.get("result")
    if isinstance(response, Mapping) and isinstance(response.get("body"), Mapping):
        return {"service_tier": "batch", **response["body"]}
    if isinstance(result, Mapping) and isinstance(result.get("message"), Mapping):
        return {**result["message"], "service_tier": "batch"}
    return document


def _holders(document: Document) -> Iterator[Document]:
    """Yield the places of a document that may hold usage, model and id, the innermost first."""
    for key in _HOLDERS:
        value = document.get(key)
        if isinstance(value, Mapping):
            yield value
    yield document


def _blocks(document: Document) -> Iterator[Document]:
    """Yield the usage blocks of a document."""
    for holder in _holders(document):
        for key in _USAGE_KEYS:
            block = holder.get(key)
            if isinstance(block, Mapping) and (shape_of(block) or "cost" in block):
                yield block
    results = [item for item in _list(document.get("results")) if isinstance(item, Mapping)]
    for holder in (document, *results[:1]):
        if any(holder.get(mark) is not None for mark in _TOP_MARKS):
            written = [item["tokenCount"] for item in results if isinstance(item.get("tokenCount"), int)]
            yield {"outputTextTokenCount": sum(written) if written else None, **holder}


def _usage(docs: Sequence[Document], provider: str, model: str) -> tuple[Usage, list[Document]]:
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
        if isinstance(timings, Mapping):
            cached, read, written = (timings.get(key) for key in ("cache_n", "prompt_n", "predicted_n"))
            if isinstance(read, int) and isinstance(written, int):
                cached = cached if isinstance(cached, int) else 0
                return Usage(cached + read, written, cached, state=UsageState.ESTIMATED)
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
    for item in _list(_last(docs, "output")):
        if not isinstance(item, Mapping) or item.get("status") == "failed":
            continue
        action = item.get("action")
        kind = action.get("type", "search") if isinstance(action, Mapping) else "search"
        unit = {"web_search_call": "web_searches", "file_search_call": "storage_searches"}.get(
            str(item.get("type"))
        )
        if unit and kind == "search":
            units[unit] = units.get(unit, 0) + 1
    return units


def _model(docs: Sequence[Document]) -> str:
    for document in docs:
        for holder in _holders(document):
            for key in ("model", "modelVersion", "model_version"):
                value = holder.get(key)
                if isinstance(value, str) and value:
                    return value
    return ""


def _response_id(docs: Sequence[Document]) -> str:
    for document in docs:
        if str(document.get("object", "")).startswith("thread.") and document.get("object") != "thread.run":
            continue
        for holder in _holders(document):
            if holder is document.get("x_groq"):
                continue  # the id of the request, not of the answer
            for key in ("id", "responseId", "response_id", "generation_id"):
                value = holder.get(key)
                if isinstance(value, str) and value:
                    return value
    return ""


def _service_tier(docs: Sequence[Document], blocks: Sequence[Document]) -> str:
    for block in blocks:
        if block.get("speed") == "fast":
            return "fast"
    for block in blocks:
        traffic = str(block.get("trafficType", ""))
        for word in ("flex", "priority", "provisioned"):
            if word in traffic.lower():
                return word
    for holder in (*blocks, *(holder for document in reversed(docs) for holder in _holders(document))):
        for key in ("service_tier", "serviceTier"):
            value = holder.get(key)
            if isinstance(value, str) and value:
                return value.lower()
    return ""


def _provider_cost(blocks: Sequence[Document]) -> int | None:
    """Return what the provider says the call cost; a genuine zero is a cost."""
    for block in blocks:
        cost = block.get("cost")
        if isinstance(cost, Mapping):  # Perplexity
            cost = cost.get("total_cost")
        ticks = block.get("cost_in_usd_ticks")
        if cost is None and isinstance(ticks, int) and ticks >= 0:
            return round(ticks / _XAI_TICKS_PER_NANO)
        amount = _amount(cost)
        if amount is not None and block.get("is_byok"):
            details = block.get("cost_details")
            upstream = details.get("upstream_inference_cost") if isinstance(details, Mapping) else None
            return amount + (_amount(upstream) or 0)  # the router's fee, and what the own key is charged
        if amount is not None:
            return amount
    return None


def _amount(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = nano(value)
    except ValueError:
        return None
    return amount if amount >= 0 else None


def _text(docs: Sequence[Document], *, streamed: bool) -> tuple[str, int]:
    found = [piece for document in docs for piece in pieces(document)]
    if streamed and not found:  # only the last event, with the whole answer in it
        found = [piece for document in docs for piece in pieces(_mapping(document.get("response")))]
    hidden = sum(
        len(piece.encode("utf-8", "replace")) for document in docs for piece in hidden_pieces(document)
    )
    text = "".join(found)
    return text, len(text.encode("utf-8", "replace")) + hidden


def _finish(docs: Sequence[Document]) -> str:
    for document in reversed(docs):
        choices = (*_list(document.get("choices")), *_list(document.get("candidates")))
        for holder in (*choices, *_holders(document), _mapping(document.get("messageStop"))):
            if not isinstance(holder, Mapping):
                continue
            for key in ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason"):
                if isinstance(holder.get(key), str | int) and holder[key] != "":
                    return str(holder[key])
            if holder.get("object") in ("response", "interaction", "thread.run"):
                return str(holder.get("status") or "")
    return ""


def _error(docs: Sequence[Document]) -> str:
    for document in docs:
        for holder in (*_holders(document), _mapping(document.get("result"))):
            error = holder.get("error") or holder.get("last_error")
            if isinstance(error, Mapping):
                return str(error.get("message") or error.get("type") or error.get("code") or "error")
            if isinstance(error, str) and error:
                return error
        message = document.get("message", document.get("Message", document.get("detail")))
        if message and isinstance(message, str | list) and _ERROR_KEYS.issuperset(document):
            return str(message)
    return ""


_ERROR_KEYS = {
    "message",
    "Message",
    "detail",
    "code",
    "type",
    "object",
    "param",
    "id",
    "status",
    "__type",
    "request_id",
}


def _complete(wire: Wire, docs: Sequence[Document], finish: str) -> bool:
    if not wire.streamed or wire.ended:
        return True
    if wire.cut_off:
        return False
    return finish not in ("", "in_progress", "queued") or any(
        doc.get("type") in _ENDINGS for doc in docs[-2:]
    )


def _last(docs: Sequence[Document], key: str) -> Any:
    for document in reversed(docs):
        for holder in _holders(document):
            if holder.get(key) is not None:
                return holder[key]
    return None


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _mapping(value: Any) -> Document:
    return value if isinstance(value, Mapping) else {}
