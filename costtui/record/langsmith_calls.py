"""Model calls as LangSmith knows them, read out of the runs that its API returns."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from costtui.facts import Usage
from costtui.money import nano
from costtui.pricing import usage_from_langchain
from costtui.record.autohook.origin import node_path
from costtui.record.langsmith import PROVIDERS
from costtui.text import plain
from costtui.window import to_us

RUN_LABEL = "costtui_run_id"
"""Key of LangSmith's metadata under which a program may say which of our runs a trace is."""
_DEPTH = 8
_ID_NAMES = frozenset({"id", "responseId", "response_id"})


@dataclass(frozen=True, slots=True)
class TracedCall:
    """One model call as LangSmith knows it."""

    id: str
    started_us: int
    trace_id: str = ""
    ended_us: int | None = None
    run_label: str = ""
    """Our run, where its metadata names one."""
    node: str = ""
    provider: str = ""
    model: str = ""
    usage: Usage = Usage()
    cost_nano: int | None = None
    """None: not computed yet, or LangSmith knows no price."""
    price_ref: str = "LangSmith"
    response_ids: frozenset[str] = frozenset()
    """Ids in its outputs, the provider's response id among them."""
    ancestors: frozenset[str] = frozenset()
    failed: bool = False

    def belongs_to(self, run_id: str) -> bool:
        """Return whether it says itself that it is of a run: by its trace, or by its metadata."""
        return run_id in (self.trace_id, self.run_label)


def read_traced(run: Mapping[str, Any]) -> TracedCall | None:
    """Return a model run of either version of the API as a traced call, None where it has no id or start."""
    started_us = _instant(run.get("start_time"))
    if not _text(run.get("id")) or started_us is None:
        return None
    metadata = _mapping(run.get("metadata")) or _mapping(_mapping(run.get("extra")).get("metadata"))
    provider = _text(metadata.get("ls_provider"))
    price = _text(run.get("price_model_id"))
    return TracedCall(
        id=_text(run["id"]),
        started_us=started_us,
        trace_id=_text(run.get("trace_id")),
        ended_us=_instant(run.get("end_time")),
        run_label=_text(metadata.get(RUN_LABEL)),
        node=node_path(metadata),
        provider=PROVIDERS.get(provider, provider),
        model=_text(metadata.get("ls_model_name")),
        usage=_usage(run),
        cost_nano=_nano(run.get("total_cost")),
        price_ref=f"LangSmith {price}" if price else "LangSmith",
        response_ids=frozenset(_ids(run.get("outputs"), _DEPTH)),
        ancestors=frozenset(map(_text, run.get("parent_run_ids") or ())),
        failed=_text(run.get("status")).lower() == "error",
    )


def without_inner(calls: Iterable[TracedCall]) -> list[TracedCall]:
    """Return the calls in the order of their start, each once: one inside another is the same request, traced twice."""
    by_id = {call.id: call for call in calls}
    outer: dict[str, TracedCall] = {}
    inner: list[TracedCall] = []
    for call in by_id.values():
        if call.ancestors & by_id.keys():
            inner.append(call)
        else:
            outer[call.id] = call
    for call in inner:
        for name in call.ancestors & outer.keys():
            around = outer[name]
            outer[name] = replace(
                around,
                response_ids=around.response_ids | call.response_ids,
                cost_nano=call.cost_nano if around.cost_nano is None else around.cost_nano,
            )
    return sorted(outer.values(), key=lambda call: (call.started_us, call.id))


def _usage(run: Mapping[str, Any]) -> Usage:
    """Return its tokens; input includes cached ones, as in LangChain's usage metadata."""
    if run.get("prompt_tokens") is None and run.get("completion_tokens") is None:
        return Usage()
    return usage_from_langchain(
        {
            "usage_metadata": {
                "input_tokens": run.get("prompt_tokens") or 0,
                "output_tokens": run.get("completion_tokens") or 0,
                "total_tokens": run.get("total_tokens"),
                "input_token_details": _details(run.get("prompt_token_details")),
                "output_token_details": _details(run.get("completion_token_details")),
            }
        }
    )


def _details(value: Any) -> Mapping[str, Any]:
    details = _mapping(value)
    return _mapping(details.get("raw")) or details


def _nano(dollars: Any) -> int | None:
    if isinstance(dollars, bool) or not isinstance(dollars, int | float | str):
        return None
    try:
        amount = nano(dollars)
    except ValueError:
        return None
    return amount if amount >= 0 else None


def _instant(value: Any) -> int | None:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _ids(value: Any, depth: int) -> Iterator[str]:
    if not depth:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in _ID_NAMES and isinstance(inner, str) and inner:
                yield inner
            else:
                yield from _ids(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner, depth - 1)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return plain(value) if isinstance(value, str) else ""
