"""Calls become rows: prepared for the fast way, tidied for the careful one."""

import json
import re
from dataclasses import fields, replace
from hashlib import blake2b
from typing import Any

from costtui import money
from costtui.facts import Call, Cost, CostLine, CostSource, Mode, Status, Usage, UsageState
from costtui.settings import TEXT_LIMIT
from costtui.store import codes
from costtui.store.words import Words

COLUMNS = (
    "id",
    "key_hash",
    "key",
    "started_us",
    "series_id",
    "run_ref",
    "step_ref",
    "mode",
    "cost_nano",
    "cost_source",
    "price_id",
    "line_counts",
    "priced_nano",
    "saved_nano",
    "cache_hit",
    "usage_state",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
    "latency_ms",
    "ttft_ms",
    "attempt",
    "complexity",
    "quality",
    "feedback_count",
    "model_asked",
    "operation",
    "service_tier",
    "error",
    "decision",
    "lead_id",
    "session_id",
    "user_id",
    "tags",
    "usage_more",
    "context_ref",
    "variation_id",
)
MAX_NANO = 10**15
"""The most that one call can cost in the store ($1,000,000): sums of nonsense stay within 64 bits for long."""
MAX_COUNT = 10**12
"""The most tokens, milliseconds or attempts of one call."""
_MAX_US = 2**53
_WORD_LIMIT = 1000
"""Characters of any other text of a call."""


def key_hash(key: str) -> int:
    """Return the number under which a key is found (64 bits, signed)."""
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def call_row(call: Call, words: Words, call_id: int) -> tuple[Any, ...]:
    """Return the row of a call, in the order of COLUMNS. Raises whatever a malformed call leads to."""
    usage, cost = call.usage, call.cost
    series = (call.node, call.provider, call.model, call.subsystem, call.status)
    run_ref = step_ref = price_id = line_counts = context_ref = variation_id = None
    if call.run_id:
        run_ref = words.runs.get(call.run_id) or words.run_ref(call.run_id, call.started_us)
    if call.step_key:
        step_ref = words.steps.get(call.step_key) or words.step_ref(call, run_ref)
    if cost.lines or cost.price_ref is not None:
        price_id, line_counts = _price(cost, words)
    if call.context_id:
        context_ref = words.contexts.get(call.context_id) or words.context_ref(call.context_id)
    if call.config_key or call.variation_key:
        served = (call.config_key, call.variation_key, call.config_version)
        variation_id = words.variations.get(served) or words.variation_id(*served)  # type: ignore[arg-type]
    return (
        call_id,
        key_hash(call.key),
        call.key,
        call.started_us,
        words.series.get(series) or words.series_id(series),
        run_ref,
        step_ref,
        codes.MODE_CODE[call.mode],
        cost.nano,
        codes.COST_SOURCE_CODE[cost.source],
        price_id,
        line_counts,
        cost.priced_nano,
        call.saved_nano,
        1 if call.cache_hit else 0,
        codes.USAGE_STATE_CODE[usage.state],
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
        usage.reasoning_tokens,
        call.latency_ms,
        call.ttft_ms,
        call.attempt,
        call.complexity,
        call.quality,
        call.feedback_count,
        None if call.model_asked == call.model else call.model_asked,
        call.operation or None,
        call.service_tier or None,
        call.error[:_WORD_LIMIT] or None,
        call.decision[:_WORD_LIMIT] or None,
        call.lead_id or None,
        call.session_id or None,
        call.user_id or None,
        _json(call.tags) if call.tags else None,
        _usage_more(usage) if usage.units or usage.problems else None,
        context_ref,
        variation_id,
    )


def is_sane(call: Call) -> bool:
    """Return whether the numbers of a call lie within what a store keeps; others are tidied first."""
    usage, cost = call.usage, call.cost
    return (
        min(
            call.started_us,
            usage.input_tokens or 0,
            usage.output_tokens or 0,
            usage.cache_read_tokens,
            usage.cache_write_tokens,
            usage.reasoning_tokens,
            call.latency_ms or 0,
            call.ttft_ms or 0,
            cost.nano or 0,
        )
        >= 0
        and max(
            usage.input_tokens or 0,
            usage.output_tokens or 0,
            usage.cache_read_tokens,
            usage.cache_write_tokens,
            usage.reasoning_tokens,
            call.latency_ms or 0,
            call.ttft_ms or 0,
        )
        <= MAX_COUNT
        and (cost.nano or 0) <= MAX_NANO
        and call.started_us <= _MAX_US
        and call.saved_nano <= MAX_NANO
    )


def texts_of(call: Call, redact: tuple[re.Pattern[str], ...]) -> tuple[str | None, str | None]:
    """Return prompt and completion as they are kept: redacted, then cut."""
    return _text(call.prompt, redact), _text(call.completion, redact)


def tidy(call: Call) -> Call:
    """Return a call in which every field has its type and every number its bounds, whatever was given."""
    given: Any = call
    usage: Usage = given.usage if isinstance(given.usage, Usage) else Usage()
    cost: Cost = given.cost if isinstance(given.cost, Cost) else Cost(None, CostSource.UNKNOWN)
    numbers = {
        name: _number(getattr(usage, name)) or 0
        for name in ("cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "reasoning_tokens")
    }
    words: dict[str, Any] = {
        item.name: _word(getattr(call, item.name)) for item in fields(Call) if item.type is str
    }
    return replace(
        call,
        **words,
        started_us=_number(call.started_us, _MAX_US) or 0,
        mode=_one_of(Mode, call.mode, Mode.PASSTHROUGH),
        status=_one_of(Status, call.status, Status.OK),
        usage=Usage(
            _number(usage.input_tokens),
            _number(usage.output_tokens),
            **numbers,
            state=_one_of(UsageState, usage.state, UsageState.MISSING),
            units={_word(unit): _number(count) or 0 for unit, count in _items(usage.units)},
            problems=tuple(_word(problem) for problem in usage.problems or ()),
        ),
        cost=_tidy_cost(cost),
        latency_ms=_number(call.latency_ms),
        ttft_ms=_number(call.ttft_ms),
        attempt=max(_number(call.attempt) or 1, 1),
        cache_hit=bool(call.cache_hit),
        saved_nano=_number(call.saved_nano, MAX_NANO) or 0,
        complexity=_real(call.complexity),
        quality=_real(call.quality),
        feedback_count=_number(call.feedback_count) or 0,
        tags={_word(name): _word(value) for name, value in _items(call.tags)},
        config_version=_number(call.config_version),
    )


def word(value: object) -> str:
    """Return anything as text that a store can keep: encodable, of bounded length."""
    return _word(value)


def _tidy_cost(cost: Cost) -> Cost:
    lines = tuple(
        CostLine(
            _word(line.unit),
            *(_number(getattr(line, name), MAX_NANO) or 0 for name in ("count", "rate_nano", "cost_nano")),
        )
        for line in cost.lines or ()
        if isinstance(line, CostLine)
    )
    return Cost(
        _number(cost.nano, MAX_NANO),
        _one_of(CostSource, cost.source, CostSource.UNKNOWN),
        None if cost.price_ref is None else _word(cost.price_ref),
        lines,
        _number(cost.priced_nano, MAX_NANO),
    )


def _price(cost: Cost, words: Words) -> tuple[int, str | None]:
    rates, counts = [], []
    for unit, count, rate_nano, cost_nano in cost.lines:
        rates.append(f"{unit.replace(' ', '_')}={rate_nano}")
        counts.append(str(count) if money.cost(count, rate_nano) == cost_nano else f"{count}={cost_nano}")
    key = (cost.price_ref or "", " ".join(rates))
    return words.prices.get(key) or words.price_id(*key), " ".join(counts) or None


def _usage_more(usage: Usage) -> str:
    return _json({"units": dict(usage.units), "problems": list(usage.problems)})


def _json(value: Any) -> str:
    return json.dumps(dict(value), ensure_ascii=False, separators=(",", ":"))


def _text(text: str, redact: tuple[re.Pattern[str], ...]) -> str | None:
    # A pattern may need context beyond the cut; far beyond it, a huge prompt would only cost time.
    text = text[: 4 * TEXT_LIMIT]
    for pattern in redact:
        text = pattern.sub("█████", text)
    return text[:TEXT_LIMIT] or None


def _word(value: object) -> str:
    if value is None:
        return ""
    text = str(value) if not isinstance(value, str) else value[: 4 * TEXT_LIMIT]
    return str.__str__(text)[: 4 * TEXT_LIMIT].encode("utf-8", "replace").decode()


def _number(value: object, most: int = MAX_COUNT) -> int | None:
    if value is None or isinstance(value, str | bytes):
        return None
    try:
        return min(max(int(value), 0), most)  # type: ignore[call-overload, no-any-return]
    except OverflowError:
        return most
    except (TypeError, ValueError):
        return None


def _real(value: object) -> float | None:
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            return None
    return None


def _items(value: object) -> list[tuple[Any, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _one_of(kind: Any, value: object, default: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        return default
