"""``ai_cost_tracking``: one row per request to a model."""

import re
import sqlite3
from collections.abc import Iterator

from costtui.facts import Call, CostSource, Mode, Usage, UsageState
from costtui.sources.foreign import columns
from costtui.sources.rows import Row, Table, dollars, number, same, select, text, truth, whole

_SQLITE_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_COLUMNS = (
    "id",
    "timestamp",
    "agent_type",
    "agent_mode",
    "lead_id",
    "session_id",
    "user_id",
    "prompt_text",
    "prompt_tokens",
    "prompt_complexity",
    "completion_text",
    "completion_tokens",
    "provider",
    "model",
    "cost_usd",
    "latency_ms",
    "cache_hit",
    "quality_score",
    "feedback_count",
)


def tables(connection: sqlite3.Connection) -> list[Table]:
    """Return how the table is read.

    Where SQLite itself fills in the time (``DEFAULT CURRENT_TIMESTAMP``), texts in its form are UTC.
    """
    have = columns(connection, "ai_cost_tracking")
    default = have.get("timestamp", "").lower()
    filled_in = "current_timestamp" in default or "datetime('now')" in default
    sql = select("ai_cost_tracking", have, _COLUMNS)
    return [Table("ai_cost_tracking", sql, 2, _call, moment=_filled_in if filled_in else same)]


def _call(row: Row) -> Iterator[Call]:
    value = dict(zip(_COLUMNS, row[1:-1], strict=True))
    yield Call(
        key=f"ai_cost_tracking:{row[0]}",
        started_us=row[-1],
        node=text(value["agent_type"]),
        mode=_mode(value["agent_mode"]),
        provider=text(value["provider"]),
        model=text(value["model"]),
        usage=_usage(whole(value["prompt_tokens"]), whole(value["completion_tokens"])),
        cost=dollars(value["cost_usd"], CostSource.PRICED),
        latency_ms=whole(value["latency_ms"]),
        cache_hit=truth(value["cache_hit"]),
        prompt=text(value["prompt_text"]),
        completion=text(value["completion_text"]),
        complexity=number(value["prompt_complexity"]),
        quality=number(value["quality_score"]),
        feedback_count=whole(value["feedback_count"]) or 0,
        lead_id=text(value["lead_id"]),
        session_id=text(value["session_id"]),
        user_id=text(value["user_id"]),
    )


def _filled_in(value: object) -> object:
    """Return a time in SQLite's own form (``2026-11-01 02:03:04``) as what it is: UTC."""
    written = text(value)
    return f"{written}+00:00" if _SQLITE_TIME.fullmatch(written) else value


def _mode(value: object) -> Mode:
    return Mode.SMART_ROUTER if text(value).strip().lower() == Mode.SMART_ROUTER else Mode.PASSTHROUGH


def _usage(input_tokens: int | None, output_tokens: int | None) -> Usage:
    if input_tokens is None and output_tokens is None:
        return Usage()
    return Usage(input_tokens, output_tokens, state=UsageState.REPORTED)
