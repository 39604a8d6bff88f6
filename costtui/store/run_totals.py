"""Totals of runs and steps: kept for folded calls, completed with pending ones when they are read."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from costtui.facts import CostSource, Status, UsageState
from costtui.store import codes
from costtui.store.overflow import summed

RUN_COUNTERS = ("calls", "errors", "unpriced", "estimated", "cost_nano", "input_tokens", "output_tokens")
STEP_COUNTERS = ("calls", "cost_nano", "unpriced")

_SUMS = {
    "calls": "count(*)",
    "errors": f"coalesce(sum(s.status = {codes.STATUS_CODE[Status.ERROR]}), 0)",
    "unpriced": "coalesce(sum(c.cost_nano IS NULL), 0)",
    "estimated": f"coalesce(sum(c.cost_source = {codes.COST_SOURCE_CODE[CostSource.HEURISTIC]}"
    f" OR c.usage_state = {codes.USAGE_STATE_CODE[UsageState.ESTIMATED]}), 0)",
    "cost_nano": "coalesce(sum(c.cost_nano), 0)",
    "input_tokens": "coalesce(sum(c.input_tokens), 0)",
    "output_tokens": "coalesce(sum(c.output_tokens), 0)",
}
_LAST_US = "max(c.started_us + coalesce(c.latency_ms, 0) * 1000)"
_RUN_SUMS = f"{', '.join(f'{_SUMS[name]} AS {name}' for name in RUN_COUNTERS)}, {_LAST_US} AS last_us"
_STEP_SUMS = ", ".join(f"{_SUMS[name]} AS {name}" for name in STEP_COUNTERS)
_CALLS = "call c JOIN series s ON s.id = c.series_id"


def fold(connection: sqlite3.Connection, first_id: int, last_id: int) -> None:
    """Add calls after an id, up to another, to their runs and steps."""
    for table, ref, counters, sums in (
        ("run", "run_ref", RUN_COUNTERS, _RUN_SUMS),
        ("step", "step_ref", STEP_COUNTERS, _STEP_SUMS),
    ):
        added = ", ".join(f"{name} = {table}.{name} + n.{name}" for name in counters)
        last = ", last_us = max(run.last_us, n.last_us)" if table == "run" else ""
        summed(
            connection,
            f"UPDATE {table} SET {added}{last} FROM (SELECT c.{ref} AS ref, {sums} FROM {_CALLS}"
            f" WHERE c.id > ? AND c.id <= ? AND +c.{ref} IS NOT NULL GROUP BY +c.{ref}) AS n WHERE {table}.id = n.ref",
            (first_id, last_id),
        )


def pending(connection: sqlite3.Connection, run_ref: int | None = None) -> dict[int, tuple[Any, ...]]:
    """Return what calls that are not folded add to runs: counters in their order, and the newest instant."""
    one = "AND c.run_ref = ?" if run_ref is not None else "AND +c.run_ref IS NOT NULL"
    rows = summed(
        connection,
        f"SELECT c.run_ref, {_RUN_SUMS} FROM {_CALLS}"
        f" WHERE c.id > (SELECT folded_id FROM meta) {one} GROUP BY +c.run_ref",
        () if run_ref is None else (run_ref,),
    )
    return {row[0]: row[1:] for row in rows}


def pending_steps(connection: sqlite3.Connection, run_id: str) -> dict[int, tuple[Any, ...]]:
    """Return what calls of a run that are not folded add to its steps."""
    rows = summed(
        connection,
        f"SELECT c.step_ref, {_STEP_SUMS} FROM {_CALLS}"
        " WHERE c.id > (SELECT folded_id FROM meta) AND c.run_ref = (SELECT id FROM run WHERE run_id = ?)"
        " AND c.step_ref IS NOT NULL GROUP BY c.step_ref",
        (run_id,),
    )
    return {row[0]: row[1:] for row in rows}


def recount(
    connection: sqlite3.Connection,
    touched: Iterable[tuple[int | None, int | None]],
    folded_id: int,
    revision: int,
) -> None:
    """Count the folded calls of runs and steps anew; ``touched`` names pairs of them."""
    pairs = set(touched)
    for ref in {ref for ref, _ in pairs if ref}:
        values = ", ".join(f"{name} = n.{name}" for name in RUN_COUNTERS)
        summed(
            connection,
            f"UPDATE run SET {values}, revision = ? FROM (SELECT {_RUN_SUMS} FROM {_CALLS}"
            " WHERE c.run_ref = ? AND c.id <= ?) AS n WHERE run.id = ?",
            (revision, ref, folded_id, ref),
        )
    for run, step in {(run, step) for run, step in pairs if step}:
        values = ", ".join(f"{name} = n.{name}" for name in STEP_COUNTERS)
        summed(
            connection,
            f"UPDATE step SET {values} FROM (SELECT {_STEP_SUMS} FROM {_CALLS}"
            " WHERE c.run_ref IS ? AND c.step_ref = ? AND c.id <= ?) AS n WHERE step.id = ?",
            (run, step, folded_id, step),
        )
