"""Runs and steps: which are still going on, and how they are read."""

import platform
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from costtui.facts import Call, Run, Status, Step
from costtui.store import codes, run_totals
from costtui.store.liveness import is_alive
from costtui.store.migrate import keeps_issues
from costtui.store.rows import integer, mapping, of_code, optional, real, string
from costtui.sums import is_estimated

RUN_COLUMNS = (
    "id, run_id, started_us, subsystem, status, ended_us, source_method, error, config, budget_nano, host, pid,"
    " calls, errors, unpriced, estimated, cost_nano, input_tokens, output_tokens, last_us, quality,"
    " quality_passed, process_started"
)
STEP_COLUMNS = (
    "s.id, s.key, r.run_id, s.node, s.started_us, s.ended_us, s.status, s.error, s.detail, s.calls, s.cost_nano,"
    " s.unpriced"
)
_NOTHING = (0,) * 8
_RUNNING = codes.STATUS_CODE[Status.RUNNING]


def beat(connection: sqlite3.Connection, runs: Iterable[str], now_us: int) -> None:
    """Say that runs go on."""
    connection.executemany(
        f"UPDATE run SET last_us = max(last_us, ?) WHERE run_id = ? AND status = {_RUNNING}",
        [(now_us, run) for run in runs],
    )


def mark_interrupted(connection: sqlite3.Connection) -> None:
    """Mark the runs of this host whose process is gone."""
    rows = connection.execute(
        f"SELECT id, host, pid, process_started FROM run WHERE status = {_RUNNING} AND host = ? AND pid > 0",
        (platform.node(),),
    ).fetchall()
    dead = [(row[0],) for row in rows if not is_alive(string(row[1]), integer(row[2]), integer(row[3]), 0, 0)]
    if dead:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE meta SET revision = revision + 1")
        connection.executemany(
            f"UPDATE run SET status = {codes.STATUS_CODE[Status.INTERRUPTED]},"
            f" revision = (SELECT revision FROM meta) WHERE id = ? AND status = {_RUNNING}",
            dead,
        )
        connection.execute("COMMIT")


def read_runs(connection: sqlite3.Connection, rest: str, values: Sequence[object], now_us: int) -> list[Run]:
    """Return the runs that the rest of a query means (``WHERE … ORDER BY … LIMIT``), with all of their calls."""
    issues = ", issues, issues_completed" if keeps_issues(connection) else ", 0, 0"
    rows = connection.execute(f"SELECT {RUN_COLUMNS}{issues} FROM run {rest}", tuple(values)).fetchall()
    more = run_totals.pending(connection, rows[0][0] if len(rows) == 1 else None) if rows else {}
    return [_run_of(row, more.get(row[0], _NOTHING), now_us) for row in rows]


def read_steps(connection: sqlite3.Connection, run_id: str) -> list[Step]:
    """Return the steps of a run in the order of their start, with all of their calls."""
    rows = connection.execute(
        f"SELECT {STEP_COLUMNS} FROM step s JOIN run r ON r.id = s.run_ref WHERE r.run_id = ?"
        " ORDER BY s.started_us, s.id",
        (run_id,),
    ).fetchall()
    more = run_totals.pending_steps(connection, run_id)
    return [_step_of(row, more.get(row[0], _NOTHING)) for row in rows]


def with_call(run: Run, call: Call) -> Run:
    """Return a run with one more of its calls."""
    return replace(
        run,
        calls=run.calls + 1,
        errors=run.errors + (call.status == Status.ERROR),
        unpriced=run.unpriced + (call.cost.nano is None),
        estimated=run.estimated + is_estimated(call),
        cost_nano=run.cost_nano + (call.cost.nano or 0),
        input_tokens=run.input_tokens + (call.usage.input_tokens or 0),
        output_tokens=run.output_tokens + (call.usage.output_tokens or 0),
        last_us=max(run.last_us, call.started_us + (call.latency_ms or 0) * 1000),
    )


def _run_of(row: tuple[Any, ...], more: Sequence[Any], now_us: int) -> Run:
    status = of_code(codes.STATUS, row[4], Status.RUNNING)
    host, pid = string(row[10]), integer(row[11])
    last_us = max(integer(row[19]), integer(more[7]))
    if status == Status.RUNNING and pid > 0 and not is_alive(host, pid, integer(row[22]), last_us, now_us):
        status = Status.INTERRUPTED
    calls, errors, unpriced, estimated, cost_nano, input_tokens, output_tokens = (
        integer(known) + integer(new) for known, new in zip(row[12:19], more, strict=False)
    )
    return Run(
        run_id=string(row[1]),
        started_us=integer(row[2]),
        subsystem=string(row[3]),
        status=status,
        ended_us=optional(row[5]),
        source_method=string(row[6]),
        error=string(row[7]),
        config=mapping(row[8]),
        budget_nano=optional(row[9]),
        host=host,
        pid=pid,
        calls=calls,
        errors=errors,
        unpriced=unpriced,
        estimated=estimated,
        cost_nano=cost_nano,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        last_us=last_us,
        quality=real(row[20]),
        quality_passed=None if row[21] is None else bool(row[21]),
        issues=integer(row[23]),
        issues_completed=integer(row[24]),
    )


def _step_of(row: tuple[Any, ...], more: Sequence[Any]) -> Step:
    return Step(
        key=string(row[1]),
        run_id=string(row[2]),
        node=string(row[3]),
        started_us=integer(row[4]),
        ended_us=optional(row[5]),
        status=of_code(codes.STATUS, row[6], Status.OK),
        error=string(row[7]),
        detail=string(row[8]),
        calls=integer(row[9]) + integer(more[0]),
        cost_nano=integer(row[10]) + integer(more[1]),
        unpriced=integer(row[11]) + integer(more[2]),
    )
