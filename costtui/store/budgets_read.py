"""The state of budgets: what was spent and what is reserved in the present window of each."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from costtui.facts import Budget, BudgetState, Period, Reservation, Run, Series, Status, UnknownPrice
from costtui.store import codes
from costtui.store.rows import integer, string
from costtui.store.runs import RUN_COLUMNS, run_of
from costtui.store.totals import read_sums
from costtui.window import from_us, to_us

_RUNS = 20
"""Running runs whose budgets are shown; without any, that of the newest run."""
_SERIES_SCOPES = ("subsystem", "node", "model", "provider")
_COLUMN_SCOPES = {"user": "c.user_id", "lead": "c.lead_id"}

Spent = dict[str, tuple[int, int]]
"""Value of the scope → what it spent, and how many of its calls have no price."""


class BudgetReader:
    """Reads budgets again and again; for scopes without rollups it adds only what is new since the last time."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], tuple[int, int, Spent]] = {}

    def read(
        self, connection: sqlite3.Connection, budgets: Sequence[Budget], now_us: int
    ) -> list[BudgetState]:
        """Return the states of budgets and of those in the store, inside a read transaction of the caller."""
        named = {budget.name: budget for budget in (*_stored(connection), *budgets)}
        states: list[BudgetState] = []
        for budget in named.values():
            if budget.period == Period.RUN:
                states += self._per_run(connection, budget, now_us)
            else:
                states += self._per_window(connection, budget, now_us)
        return states

    def _per_run(self, connection: sqlite3.Connection, budget: Budget, now_us: int) -> Iterator[BudgetState]:
        for run in _current_runs(connection, now_us):
            if budget.scope == "subsystem" and budget.scope_value not in ("", run.subsystem):
                continue
            spent, unpriced = run.cost_nano, run.unpriced
            if budget.scope not in ("everything", "subsystem"):
                found = self._scanned(connection, budget, run.started_us, None, run.run_id)
                spent, unpriced = found.get(budget.scope_value, (0, 0))
            if run.budget_nano is not None and budget.scope == "everything":
                limit = run.budget_nano
                budget = replace(budget, max_nano=limit, warning_nano=min(budget.warning_nano, limit))
            end = None if run.status == Status.RUNNING else run.ended_us
            yield _state(connection, budget, run.run_id, (run.started_us, end), (spent, unpriced), now_us)

    def _per_window(
        self, connection: sqlite3.Connection, budget: Budget, now_us: int
    ) -> Iterator[BudgetState]:
        start, end = window_of(budget.period, _zone(budget.time_zone), now_us)
        if budget.scope == "everything" or budget.scope in _SERIES_SCOPES:
            spent = _from_rollups(connection, budget.scope, start, end)
        else:
            spent = self._scanned(connection, budget, start, end)
        if budget.scope == "everything" or budget.scope_value:
            spent = {budget.scope_value: spent.get(budget.scope_value, (0, 0))}
        for value, amounts in sorted(spent.items()):
            yield _state(connection, budget, value, (start, end), amounts, now_us)

    def _scanned(
        self, connection: sqlite3.Connection, budget: Budget, start: int, end: int | None, run_id: str = ""
    ) -> Spent:
        """Return the spending by value from the calls themselves: all at first, then those that are new."""
        epoch, newest = connection.execute(
            "SELECT epoch, coalesce((SELECT max(id) FROM call), 0) FROM meta"
        ).fetchone()
        key = (budget.name, run_id, start)
        known_epoch, last, spent = self._known.get(key) or (epoch, 0, {})
        if known_epoch != epoch or last > newest:
            last, spent = 0, {}
        for value, cost, unpriced in _added(connection, budget.scope, start, end, run_id, last):
            old = spent.get(string(value), (0, 0))
            spent[string(value)] = old[0] + integer(cost), old[1] + integer(unpriced)
        self._known = {other: state for other, state in self._known.items() if other[:2] != key[:2]}
        self._known[key] = (epoch, newest, spent)
        return spent


def window_of(period: Period, zone: tzinfo, now_us: int) -> tuple[int, int]:
    """Return the first instant of the present hour, day, week (from Monday) or month in a zone, and of the next."""
    now = from_us(now_us, zone)
    if period == Period.HOUR:
        start_us = now_us - (now.minute * 60 + now.second) * 1_000_000 - now.microsecond
        return start_us, start_us + 3_600_000_000
    day = now.date()
    if period == Period.DAY:
        after = day + timedelta(days=1)
    elif period == Period.WEEK:
        day -= timedelta(days=day.weekday())
        after = day + timedelta(days=7)
    else:
        day = day.replace(day=1)
        after = (day + timedelta(days=31)).replace(day=1)
    first, last = (to_us(datetime(date.year, date.month, date.day, tzinfo=zone)) for date in (day, after))
    return first, last


def _stored(connection: sqlite3.Connection) -> Iterator[Budget]:
    rows = connection.execute(
        "SELECT name, max_nano, warning_nano, scope, scope_value, period, time_zone, unknown_price FROM budget"
    )
    for row in rows:
        with suppress(ValueError):
            yield Budget(
                name=string(row[0]),
                max_nano=integer(row[1]),
                warning_nano=integer(row[2]),
                scope=string(row[3]),
                scope_value=string(row[4]),
                period=Period(row[5]),
                time_zone=string(row[6]),
                unknown_price=UnknownPrice(row[7]),
                source="store",
            )


def _current_runs(connection: sqlite3.Connection, now_us: int) -> list[Run]:
    running = codes.STATUS_CODE[Status.RUNNING]
    rows = connection.execute(
        f"SELECT {RUN_COLUMNS} FROM run WHERE status = {running} ORDER BY started_us DESC LIMIT {_RUNS}"
    ).fetchall()
    live = [run for run in (run_of(row, now_us) for row in rows) if run.status == Status.RUNNING]
    if live:
        return live
    rows = connection.execute(f"SELECT {RUN_COLUMNS} FROM run ORDER BY started_us DESC LIMIT 1").fetchall()
    return [run_of(row, now_us) for row in rows]


def _from_rollups(connection: sqlite3.Connection, scope: str, start: int, end: int) -> Spent:
    spent: Spent = {}
    for series, sums in read_sums(connection, start, end).items():
        value = _value(series, scope)
        cost, unpriced = spent.get(value, (0, 0))
        spent[value] = cost + sums.cost_nano, unpriced + sums.unpriced
    return spent


def _value(series: Series, scope: str) -> str:
    return "" if scope == "everything" else str(getattr(series, scope))


def _added(
    connection: sqlite3.Connection, scope: str, start: int, end: int | None, run_id: str, last: int
) -> list[tuple[object, object, object]]:
    value, name = "''", ""
    if scope in _SERIES_SCOPES:
        value = f"s.{scope}"
    elif scope in _COLUMN_SCOPES:
        value = _COLUMN_SCOPES[scope]
    elif scope.startswith("tag:"):
        value = "CASE WHEN json_valid(c.tags) THEN json_extract(c.tags, :name) END"
        name = f"$.{json.dumps(scope.removeprefix('tag:'), ensure_ascii=False)}"
    # New calls are found by their id, all calls by their run or their time: never both ways at once.
    where = "c.id > :last AND +c.started_us >= :start" if last else "c.started_us >= :start"
    if end is not None:
        where += f" AND {'+' if last else ''}c.started_us < :end"
    if run_id:
        column = "+c.run_ref" if last else "c.run_ref"
        where = f"c.id > :last AND {column} = (SELECT id FROM run WHERE run_id = :run)"
    values = {"last": last, "start": start, "end": end, "run": run_id, "name": name}
    rows: list[tuple[object, object, object]] = connection.execute(
        f"SELECT {value}, sum(c.cost_nano), sum(c.cost_nano IS NULL) FROM call c"
        f" LEFT JOIN series s ON s.id = c.series_id WHERE {where} AND {value} IS NOT NULL GROUP BY 1",
        values,
    ).fetchall()
    return rows


def _state(
    connection: sqlite3.Connection,
    budget: Budget,
    value: str,
    window: tuple[int, int | None],
    amounts: tuple[int, int],
    now_us: int,
) -> BudgetState:
    rows = connection.execute(
        "SELECT id, nano, taken_us, expires_us, holder FROM reservation"
        " WHERE budget = ? AND value = ? AND expires_us > ? ORDER BY taken_us",
        (budget.name, value, now_us),
    )
    reservations = tuple(
        Reservation(string(row[0]), integer(row[1]), integer(row[2]), integer(row[3]), string(row[4]))
        for row in rows
    )
    return BudgetState(
        budget=budget,
        value=value,
        start_us=window[0],
        end_us=window[1],
        spent_nano=amounts[0],
        reserved_nano=sum(reservation.nano for reservation in reservations),
        unpriced=amounts[1],
        reservations=reservations,
    )


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return UTC
