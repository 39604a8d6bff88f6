"""Runs and steps: which are still going on, and how they are read."""

import platform
import sqlite3
from collections.abc import Iterable
from typing import Any

from costtui.facts import Run, Status, Step
from costtui.store import codes
from costtui.store.liveness import is_alive
from costtui.store.rows import integer, mapping, of_code, optional, real, string

RUN_COLUMNS = (
    "run_id, started_us, subsystem, status, ended_us, source_method, error, config, budget_nano, host, pid,"
    " calls, errors, unpriced, estimated, cost_nano, input_tokens, output_tokens, last_us, quality,"
    " quality_passed, process_started"
)
STEP_COLUMNS = (
    "s.key, r.run_id, s.node, s.started_us, s.ended_us, s.status, s.error, s.detail, s.calls, s.cost_nano,"
    " s.unpriced"
)
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


def run_of(row: tuple[Any, ...], now_us: int) -> Run:
    """Return the run of a row of RUN_COLUMNS; one whose process is gone is interrupted."""
    status = of_code(codes.STATUS, row[3], Status.RUNNING)
    host, pid, last_us = string(row[9]), integer(row[10]), integer(row[18])
    if status == Status.RUNNING and pid > 0 and not is_alive(host, pid, integer(row[21]), last_us, now_us):
        status = Status.INTERRUPTED
    return Run(
        run_id=string(row[0]),
        started_us=integer(row[1]),
        subsystem=string(row[2]),
        status=status,
        ended_us=optional(row[4]),
        source_method=string(row[5]),
        error=string(row[6]),
        config=mapping(row[7]),
        budget_nano=optional(row[8]),
        host=host,
        pid=pid,
        calls=integer(row[11]),
        errors=integer(row[12]),
        unpriced=integer(row[13]),
        estimated=integer(row[14]),
        cost_nano=integer(row[15]),
        input_tokens=integer(row[16]),
        output_tokens=integer(row[17]),
        last_us=last_us,
        quality=real(row[19]),
        quality_passed=None if row[20] is None else bool(row[20]),
    )


def step_of(row: tuple[Any, ...]) -> Step:
    """Return the step of a row of STEP_COLUMNS."""
    return Step(
        key=string(row[0]),
        run_id=string(row[1]),
        node=string(row[2]),
        started_us=integer(row[3]),
        ended_us=optional(row[4]),
        status=of_code(codes.STATUS, row[5], Status.OK),
        error=string(row[6]),
        detail=string(row[7]),
        calls=integer(row[8]),
        cost_nano=integer(row[9]),
        unpriced=integer(row[10]),
    )
