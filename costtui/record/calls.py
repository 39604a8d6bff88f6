"""The facts of one call as callers give them, turned into a ``Call``."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from os import urandom
from time import time_ns
from typing import Any, TypedDict, cast

from costtui.errors import PayloadError
from costtui.facts import Call, Cost, CostSource, Mode, Status, Usage, UsageState
from costtui.money import nano

Dollars = Decimal | str | float | int
"""An amount of money as callers give it; a float is read by its shortest decimal form."""

Price = Callable[[Usage, str, str, int, str, int | None], Cost]
"""(usage, provider, model, started_us, service_tier, provider_cost_nano) → cost."""

log = logging.getLogger("costtui")


class Labels(TypedDict, total=False):
    """Facts that all calls of a run or a node may share."""

    mode: Mode
    lead_id: str
    session_id: str
    user_id: str
    tags: Mapping[str, str]
    context_id: str
    config_key: str
    variation_key: str
    config_version: int | None


class Place(Labels, total=False):
    """Where a call was made, and what its run and node know of it."""

    run_id: str
    subsystem: str
    node: str
    step_key: str


class CallFacts(Labels, total=False):
    """What may be said of a call; what is left out is not known."""

    key: str
    """Idempotency key: recording a key again replaces the call. Default: the answer's id, else a new one."""
    answer: Any
    """The provider's raw answer (JSON text or object, event stream): tokens, model and id are read from it."""
    url: str
    """Where the answer came from; helps to tell whose shape it has."""
    node: str
    """Path of the node; default: the one that is open here."""
    model: str
    """The model; where a raw answer names the one that answered, this is the one that was asked for."""
    model_asked: str
    provider: str
    usage: Usage
    """Token counts in canonical form; else the counts below, else the answer's, else estimated from the texts."""
    input_tokens: int | None
    """All input tokens, cached ones included."""
    output_tokens: int | None
    """All output tokens, reasoning included."""
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    estimated: bool
    """Whether the token counts are estimates."""
    cost: Dollars | None
    """Dollars, where the caller knows them; left out: priced from the tokens."""
    cost_source: CostSource
    """Where a given cost comes from; default ``provider``."""
    started_us: int
    """UTC microseconds; default: now less the latency."""
    latency_ms: int | None
    ttft_ms: int | None
    status: Status
    """Default ``error`` where an error is given, else ``ok``."""
    error: str
    operation: str
    attempt: int
    cache_hit: bool
    service_tier: str
    prompt: str
    completion: str
    complexity: float | None
    decision: str
    quality: float | None
    feedback_count: int
    subsystem: str


_OF_CALL = frozenset(Call.__dataclass_fields__) & frozenset(
    CallFacts.__annotations__ | Place.__annotations__
) - {"cost", "usage"}
"""Facts that go into the call as they are."""

_NOT_KNOWN = Usage()


def joined(outer: Labels, inner: Labels) -> Labels:
    """Return the labels of something inside something: the inner ones count, tags of both are kept."""
    return cast(Labels, _known(outer, inner))


def placed(call: Call, place: Place) -> Call:
    """Return a call with what is known where it was made, where it does not say itself."""
    missing: dict[str, Any] = {
        name: value for name, value in place.items() if value and not getattr(call, name)
    }
    return replace(call, **missing) if missing else call


def build_call(facts: CallFacts, price: Price, place: Place | None = None) -> Call:
    """Return the call that some facts and the place where it was made describe, priced where no cost is given.

    What cannot be read (an answer of no known shape, a cost that is no amount) is not known, and logged.
    """
    given = _known(place or {}, facts)
    own = {name: value for name, value in given.items() if name in _OF_CALL}
    own["usage"], reported_nano = _usage(given, own)
    if own.get("error"):
        own.setdefault("status", Status.ERROR)
    if "key" not in own:
        own["key"] = urandom(16).hex()
    own.setdefault("model", own.get("model_asked", ""))
    own.setdefault("started_us", time_ns() // 1000 - int(own.get("latency_ms", 0)) * 1000)
    if "cost" in facts:
        own["cost"] = _given_cost(facts["cost"], given.get("cost_source", CostSource.PROVIDER))
    elif own["model"] and (own["usage"].state != UsageState.MISSING or reported_nano is not None):
        own["cost"] = _price(own, price, reported_nano)
        if own.get("cache_hit") and own["cost"].nano is not None:
            own["saved_nano"] = own["cost"].nano
            own["cost"] = Cost(0, CostSource.PRICED, "response cache")
    return Call(**own)


def _known(outer: Labels, inner: Labels | CallFacts) -> dict[str, Any]:
    known = {name: value for name, value in (*outer.items(), *inner.items()) if value is not None}
    if outer.get("tags") and inner.get("tags"):
        known["tags"] = {**outer["tags"], **inner["tags"]}
    return known


def _usage(given: Mapping[str, Any], own: dict[str, Any]) -> tuple[Usage, int | None]:
    """Return the tokens and the cost that the provider reported; what the answer says of itself goes to ``own``."""
    reported, reported_nano = _NOT_KNOWN, None
    if "answer" in given:
        reported, reported_nano = _read(given, own)
    if "usage" in given:
        return given["usage"], reported_nano
    state = UsageState.ESTIMATED if given.get("estimated") else UsageState.REPORTED
    if "input_tokens" in given or "output_tokens" in given:
        counts = (
            "input_tokens",
            "output_tokens",
            "cache_read_tokens",
            "cache_write_tokens",
            "reasoning_tokens",
        )
        return Usage(**{name: given[name] for name in counts if name in given}, state=state), reported_nano
    if reported.state == UsageState.MISSING and own.get("completion"):
        from costtui.pricing import estimate_usage

        return estimate_usage(own.get("prompt"), own["completion"]), reported_nano
    return reported, reported_nano


def _read(given: Mapping[str, Any], own: dict[str, Any]) -> tuple[Usage, int | None]:
    from costtui.pricing import read_answer

    try:
        answer = read_answer(
            given["answer"], provider=given.get("provider"), model=given.get("model"), url=given.get("url")
        )
    except PayloadError as error:
        log.warning("costtui: no usage could be read from an answer: %s", error)
        return _NOT_KNOWN, None
    if answer.model:
        own.setdefault("model_asked", own.get("model", ""))
        own["model"] = answer.model
    found = {
        "key": answer.response_id,
        "provider": answer.provider,
        "service_tier": answer.service_tier,
        "completion": answer.text,
        "error": answer.error,
    }
    for name, value in found.items():
        if value:
            own.setdefault(name, value)
    return answer.usage, answer.provider_cost_nano


def _price(own: Mapping[str, Any], price: Price, reported_nano: int | None) -> Cost:
    return price(
        own["usage"],
        own.get("provider", ""),
        own["model"],
        own["started_us"],
        own.get("service_tier", ""),
        reported_nano,
    )


def _given_cost(dollars: Dollars | None, source: CostSource) -> Cost:
    if dollars is None:
        return Cost(None, CostSource.UNKNOWN)
    try:
        return Cost(nano(dollars), source)
    except ValueError as error:
        log.warning("costtui: recorded as unpriced: %s", error)
        return Cost(None, CostSource.UNKNOWN)
