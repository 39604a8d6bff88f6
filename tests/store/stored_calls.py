"""Calls for the tests of the store: sane ones, and strategies that make all kinds."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from hypothesis import Phase
from hypothesis import strategies as st

from costtui.facts import Call, Cost, CostLine, CostSource, Mode, Status, Usage, UsageState
from costtui.store import open_writer
from costtui.sums import Sums, series_of

START_US = 1_795_000_000_000_000 // 900_000_000 * 900_000_000
"""A quarter of an hour in November 2026."""

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes where each example makes a store."""

LINES = (CostLine("input", 100, 2_500_000_000, 250_000), CostLine("output", 20, 10_000_000_000, 200_000))


def a_call(key: str = "one", **changes) -> Call:
    """Return an ordinary call with some fields changed."""
    call = Call(
        key=key,
        started_us=START_US,
        node="extract",
        run_id="run-1",
        subsystem="reports",
        provider="openai",
        model="gpt-4o",
        model_asked="gpt-4o",
        usage=Usage(100, 20, state=UsageState.REPORTED),
        cost=Cost(450_000, CostSource.PRICED, "test openai/gpt-4o", LINES),
        latency_ms=800,
        ttft_ms=120,
    )
    return replace(call, **changes)


def store(path: Path, *facts: object) -> None:
    """Write facts into a store with a writer of their own."""
    with open_writer(path) as writer:
        writer.write(*facts)


def by_series(calls) -> dict:
    """Return what totals over some calls must be."""
    totals: dict = {}
    for call in calls:
        totals.setdefault(series_of(call), Sums()).add(call)
    return totals


def same_sums(left: dict, right: dict) -> bool:
    """Return whether two totals by series agree in every counter and latency bucket."""
    return left.keys() == right.keys() and all(
        left[key].counters() == right[key].counters() and left[key].latency == right[key].latency
        for key in left
    )


keys = st.uuids().map(str)
words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), max_size=8)
counts = st.integers(0, 10**7)
maybe = st.none() | counts


@st.composite
def calls(draw, key: st.SearchStrategy[str] = keys, within_us: int = 40 * 86_400_000_000) -> Call:
    """Any call that a well-behaved program can record."""
    model = draw(st.sampled_from(["gpt-4o", "claude", ""]))
    lines = draw(
        st.lists(
            st.builds(CostLine, st.sampled_from(["input", "output", "x"]), counts, counts, counts), max_size=3
        )
    )
    config = draw(st.sampled_from(["", "ai-config"]))
    return Call(
        key=draw(key),
        started_us=START_US + draw(st.integers(0, within_us)),
        node=draw(st.sampled_from(["a", "a/b", "ÄB"])),
        run_id=draw(st.sampled_from(["", "run-1", "run-2"])),
        subsystem=draw(st.sampled_from(["", "s"])),
        step_key=draw(st.sampled_from(["", "step-1"])),
        mode=draw(st.sampled_from(Mode)),
        provider=draw(st.sampled_from(["openai", "anthropic"])),
        model=model,
        model_asked=draw(st.sampled_from([model, "auto", ""])),
        usage=Usage(
            draw(maybe),
            draw(maybe),
            draw(counts),
            draw(counts),
            draw(counts),
            draw(counts),
            draw(st.sampled_from(UsageState)),
            draw(st.dictionaries(st.sampled_from(["web", "audio"]), counts, max_size=2)),
            tuple(draw(st.lists(words, max_size=1))),
        ),
        cost=Cost(
            draw(maybe),
            draw(st.sampled_from(CostSource)),
            "price" if lines else None,
            tuple(lines),
            draw(maybe),
        ),
        latency_ms=draw(maybe),
        ttft_ms=draw(maybe),
        status=draw(st.sampled_from([Status.OK, Status.ERROR, Status.CANCELLED, Status.PARTIAL])),
        error=draw(words),
        operation=draw(words),
        attempt=draw(st.integers(1, 4)),
        cache_hit=draw(st.booleans()),
        saved_nano=draw(counts),
        service_tier=draw(words),
        prompt=draw(words),
        completion=draw(words),
        complexity=draw(st.none() | st.floats(0, 1)),
        decision=draw(words),
        quality=draw(st.none() | st.floats(0, 1)),
        feedback_count=draw(st.integers(0, 9)),
        lead_id=draw(words),
        session_id=draw(words),
        user_id=draw(words),
        tags=draw(st.dictionaries(words.filter(bool), words, max_size=2)),
        context_id=draw(st.sampled_from(["", "c0ffee"])),
        config_key=config,
        variation_key=draw(st.sampled_from(["", "premium"])) if config else "",
        config_version=draw(st.none() | st.integers(0, 9)) if config else None,
    )


def as_version_2(path):
    """Make a store what version 2 of the schema had."""
    with closing(sqlite3.connect(path)) as connection:
        for table in ("issue", "agent_execution", "pipeline", "debugging_cycle", "tool_call", "run_error"):
            connection.execute(f"DROP TABLE {table}")
        for column in ("issues", "issues_completed"):
            connection.execute(f"ALTER TABLE run DROP COLUMN {column}")
        connection.execute(
            "CREATE TABLE price_override (provider VARCHAR NOT NULL, model VARCHAR NOT NULL, from_us BIGINT NOT"
            " NULL, rates VARCHAR NOT NULL, PRIMARY KEY (provider, model, from_us))"
        )
        connection.execute("PRAGMA user_version = 2")
