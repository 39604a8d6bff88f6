"""A model's answer read off the wire: who answered, what it used, what it cost, how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from costtui.facts import Usage
from costtui.money import MAX_NANO, nano
from costtui.pricing.blocks import Document, holders, items, mapping, read_blocks
from costtui.pricing.estimate import of_cut_stream
from costtui.pricing.messages import as_answer
from costtui.pricing.origin import provider_of, provider_of_url
from costtui.pricing.texts import hidden_pieces, pieces
from costtui.pricing.wire import CUT_OFF, Wire, documents

_ENDINGS = ("message_stop", "response.completed", "response.incomplete", "response.failed", "message-end")
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
    docs = [as_answer(_unwrapped(document)) for document in wire.documents]
    by_url, model_by_url = provider_of_url(url or "")
    found_model = _model(docs)
    name = (provider or "").strip().lower() or by_url or provider_of(docs, found_model or model or "")
    answered = found_model or model or model_by_url
    usage, blocks = read_blocks(docs, name, answered)
    if wire.cut_off:
        usage = replace(usage, problems=(*usage.problems, CUT_OFF))
    text, written = _text(docs, streamed=wire.streamed)
    finish = _finish(docs)
    complete = _complete(wire, docs, finish)
    if not complete:
        usage = of_cut_stream(usage, written)
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
        complete=complete,
    )


def _unwrapped(document: Document) -> Document:
    """Return the answer inside a line of a batch's results, else the document."""
    response, result = document.get("response"), document.get("result")
    if isinstance(response, dict) and isinstance(response.get("body"), dict):
        return {"service_tier": "batch", **response["body"]}
    if isinstance(result, dict) and isinstance(result.get("message"), dict):
        return {**result["message"], "service_tier": "batch"}
    return document


def _model(docs: Sequence[Document]) -> str:
    for document in docs:
        for holder in holders(document):
            for key in ("model", "modelVersion", "model_version", "model_id"):
                value = holder.get(key)
                if isinstance(value, str) and value:
                    return value
    return ""


def _response_id(docs: Sequence[Document]) -> str:
    for document in docs:
        if str(document.get("object", "")).startswith("thread.") and document.get("object") != "thread.run":
            continue
        for holder in holders(document):
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
    for holder in (*blocks, *(holder for document in reversed(docs) for holder in holders(document))):
        for key in ("service_tier", "serviceTier"):
            value = holder.get(key)
            if isinstance(value, str) and value:
                return value.lower()
    return ""


def _provider_cost(blocks: Sequence[Document]) -> int | None:
    """Return what the provider says the call cost; a genuine zero is a cost."""
    for block in blocks:
        cost = block.get("cost")
        if isinstance(cost, dict):  # Perplexity
            cost = cost.get("total_cost")
        ticks = block.get("cost_in_usd_ticks")
        if cost is None and isinstance(ticks, int) and 0 <= ticks <= MAX_NANO:
            return (ticks + _XAI_TICKS_PER_NANO // 2) // _XAI_TICKS_PER_NANO
        amount = _amount(cost)
        if amount is not None and block.get("is_byok"):
            details = block.get("cost_details")
            upstream = details.get("upstream_inference_cost") if isinstance(details, dict) else None
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
        found = [piece for document in docs for piece in pieces(mapping(document.get("response")))]
    hidden = sum(
        len(piece.encode("utf-8", "replace")) for document in docs for piece in hidden_pieces(document)
    )
    text = "".join(found)
    return text, len(text.encode("utf-8", "replace")) + hidden


def _finish(docs: Sequence[Document]) -> str:
    for document in reversed(docs):
        choices = (*items(document.get("choices")), *items(document.get("candidates")))
        for holder in (*choices, *holders(document), mapping(document.get("messageStop"))):
            if not isinstance(holder, dict):
                continue
            for key in ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason"):
                if isinstance(holder.get(key), str | int) and holder[key] != "":
                    return str(holder[key])
            if holder.get("object") in ("response", "interaction", "thread.run"):
                return str(holder.get("status") or "")
    return ""


def _error(docs: Sequence[Document]) -> str:
    for document in docs:
        for holder in (*holders(document), mapping(document.get("result"))):
            error = holder.get("error") or holder.get("last_error")
            if isinstance(error, dict):
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
