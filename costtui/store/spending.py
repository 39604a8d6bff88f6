"""What budgets have spent: read once from rollups or calls, then only the calls that are new."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from costtui.facts import Budget, Period, Series
from costtui.store.rows import integer, string
from costtui.store.totals import read_sums
from costtui.window import from_us, to_us

_SERIES_SCOPES = ("subsystem", "node", "model", "provider")
_COLUMN_SCOPES = {"user": "c.user_id", "lead": "c.lead_id"}
_MOST_WINDOWS = 1000
"""Windows remembered; the oldest is forgotten, and read anew where it is asked for again."""

Spent = dict[str, tuple[int, int]]
"""Value of the scope → what it spent, and how many of its calls have no price."""


class Spending:
    """Remembers what the windows of budgets have spent, up to a call; consistent inside the caller's transaction."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int], tuple[int, int, Spent]] = {}

    def by_value(
        self, connection: sqlite3.Connection, budget: Budget, start: int, end: int | None, run_id: str = ""
    ) -> Spent:
        """Return the spending between two instants (in a run), by value of the budget's scope."""
        epoch, newest = connection.execute(
            "SELECT epoch, coalesce((SELECT max(id) FROM call), 0) FROM meta"
        ).fetchone()
        key = (budget.name, run_id, start)
        spent: Spent
        known_epoch, last, spent = self._known.pop(key, (epoch, 0, {}))
        if known_epoch != epoch or last > newest:
            last, spent = 0, {}
        if last == 0 and end is not None and not run_id and budget.scope in ("everything", *_SERIES_SCOPES):
            spent = _from_rollups(connection, budget.scope, start, end)
        elif last < newest:
            for value, cost, unpriced in _added(connection, budget.scope, start, end, run_id, last):
                old = spent.get(string(value), (0, 0))
                spent[string(value)] = old[0] + integer(cost), old[1] + integer(unpriced)
        self._known[key] = (epoch, newest, spent)
        if len(self._known) > _MOST_WINDOWS:
            del self._known[next(iter(self._known))]
        return spent


def window_in(budget: Budget, now_us: int) -> tuple[int, int]:
    """Return the present window of a budget that lasts an hour, a day, a week or a month in its time zone."""
    return window_of(budget.period, zone_of(budget), now_us)


def forgiven(connection: sqlite3.Connection, budget: str, value: str, start_us: int) -> int:
    """Return what does not count any more of a budget's spending in a window."""
    row = connection.execute(
        "SELECT forgiven_nano FROM budget_reset WHERE budget = ? AND value = ? AND start_us = ?",
        (budget, value, start_us),
    ).fetchone()
    return integer(row[0]) if row else 0


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


def zone_of(budget: Budget) -> tzinfo:
    """Return the time zone of a budget, UTC where its name (from somebody's store) is none."""
    try:
        return ZoneInfo(budget.time_zone)
    except (LookupError, ValueError, OSError):
        return UTC


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
