"""Rows become facts: every value may be anything, every text is made printable here, once."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from costtui import money
from costtui.facts import Call, Cost, CostLine, CostSource, Mode, Quality, Status, Usage, UsageState
from costtui.store import codes
from costtui.text import plain, plain_lines

_T = TypeVar("_T")

CALL_COLUMNS = (
    "c.id, c.key, c.started_us, s.node, r.run_id, s.subsystem, t.key, c.mode, s.provider, s.model, c.model_asked,"
    " c.usage_state, c.input_tokens, c.output_tokens, c.cache_read_tokens, c.cache_write_tokens,"
    " c.cache_write_1h_tokens, c.reasoning_tokens, c.usage_more, c.cost_nano, c.cost_source, p.ref,"
    " c.priced_nano, c.latency_ms, c.ttft_ms, s.status, c.error, c.operation, c.attempt, c.cache_hit,"
    " c.saved_nano, c.service_tier, c.complexity, c.decision, c.quality, c.feedback_count, c.lead_id,"
    " c.session_id, c.user_id, c.tags, x.fingerprint, v.config_key, v.variation_key, v.config_version,"
    " p.rates, c.line_counts"
)
CALL_TABLES = (
    "call c LEFT JOIN series s ON s.id = c.series_id LEFT JOIN run r ON r.id = c.run_ref"
    " LEFT JOIN step t ON t.id = c.step_ref LEFT JOIN price p ON p.id = c.price_id"
    " LEFT JOIN context x ON x.id = c.context_ref LEFT JOIN variation v ON v.id = c.variation_id"
)
QUALITY_COLUMNS = (
    "run_id, recorded_us, subsystem, overall_score, completeness, clarity, testability, traceability,"
    " validation_passed, iteration_count, requirements_count"
)


def string(value: object) -> str:
    """Return a stored text, printable, on one line; anything else as its text."""
    if isinstance(value, str):
        return plain(value) if value else ""
    return "" if value is None else plain(str(value))


def lines(value: object) -> str:
    """Return a stored text, printable, with its line breaks."""
    return "" if value is None else plain_lines(str(value))


def integer(value: object) -> int:
    """Return a stored whole number, 0 for what is none."""
    found = optional(value)
    return 0 if found is None else found


def optional(value: object) -> int | None:
    """Return a stored whole number, None for what is none."""
    if type(value) is int:
        return value
    return int(value) if isinstance(value, float) and abs(value) < 2**63 else None


def real(value: object) -> float | None:
    """Return a stored number, None for what is none."""
    return float(value) if isinstance(value, int | float) else None


def of_code(words: Sequence[_T], value: object, default: _T) -> _T:
    """Return the word of a stored code, a default for a code that we do not know."""
    return words[value] if isinstance(value, int) and 0 <= value < len(words) else default


def mapping(value: object) -> Mapping[str, Any]:
    """Return a stored JSON object with printable words, empty for anything else."""
    if not isinstance(value, str):
        return {}
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return _printable(found) if isinstance(found, dict) else {}


def call_of(row: Sequence[Any]) -> Call:
    """Return the call of a row of CALL_COLUMNS, without texts and cost lines."""
    model = string(row[9])
    return Call(
        key=string(row[1]),
        started_us=integer(row[2]),
        node=string(row[3]),
        run_id=string(row[4]),
        subsystem=string(row[5]),
        step_key=string(row[6]),
        mode=of_code(codes.MODE, row[7], Mode.PASSTHROUGH),
        provider=string(row[8]),
        model=model,
        model_asked=model if row[10] is None else string(row[10]),
        usage=_usage(row),
        cost=Cost(
            optional(row[19]),
            of_code(codes.COST_SOURCE, row[20], CostSource.UNKNOWN),
            string(row[21]) or None,
            (),
            optional(row[22]),
        ),
        latency_ms=optional(row[23]),
        ttft_ms=optional(row[24]),
        status=of_code(codes.STATUS, row[25], Status.OK),
        error=lines(row[26]) if row[26] else "",
        operation=string(row[27]),
        attempt=integer(row[28]),
        cache_hit=bool(row[29]),
        saved_nano=integer(row[30]),
        service_tier=string(row[31]),
        complexity=real(row[32]),
        decision=string(row[33]),
        quality=real(row[34]),
        feedback_count=integer(row[35]),
        lead_id=string(row[36]),
        session_id=string(row[37]),
        user_id=string(row[38]),
        tags={name: string(value) for name, value in mapping(row[39]).items()} if row[39] else {},
        context_id=string(row[40]),
        config_key=string(row[41]),
        variation_key=string(row[42]),
        config_version=None if row[43] == -1 else optional(row[43]),
        id=integer(row[0]),
    )


def cost_lines(rates: object, counts: object) -> tuple[CostLine, ...]:
    """Return the lines of a bill from the rates of its price and the units of the call."""
    found: list[CostLine] = []
    for rate, count in zip(string(rates).split(), string(counts).split(), strict=False):
        unit, _, rate_text = rate.rpartition("=")
        count_text, _, cost_text = count.partition("=")
        try:
            number, rate_nano = int(count_text), int(rate_text)
            cost = int(cost_text) if cost_text else money.cost(number, rate_nano)
        except ValueError:
            continue
        found.append(CostLine(unit, number, rate_nano, cost))
    return tuple(found)


def quality_of(row: Sequence[Any]) -> Quality:
    """Return the quality record of a row of QUALITY_COLUMNS."""
    return Quality(
        string(row[0]),
        integer(row[1]),
        string(row[2]),
        real(row[3]) or 0.0,
        real(row[4]) or 0.0,
        real(row[5]) or 0.0,
        real(row[6]) or 0.0,
        real(row[7]) or 0.0,
        bool(row[8]),
        integer(row[9]),
        integer(row[10]),
    )


def _usage(row: Sequence[Any]) -> Usage:
    more = mapping(row[18]) if row[18] else {}
    units, problems = more.get("units"), more.get("problems")
    return Usage(
        input_tokens=optional(row[12]),
        output_tokens=optional(row[13]),
        cache_read_tokens=integer(row[14]),
        cache_write_tokens=integer(row[15]),
        cache_write_1h_tokens=integer(row[16]),
        reasoning_tokens=integer(row[17]),
        state=of_code(codes.USAGE_STATE, row[11], UsageState.MISSING),
        units={unit: integer(count) for unit, count in units.items()} if isinstance(units, dict) else {},
        problems=tuple(map(string, problems)) if isinstance(problems, list) else (),
    )


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(name): _printable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_printable(inner) for inner in value]
    return value
