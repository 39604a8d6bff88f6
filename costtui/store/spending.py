"""What budgets have spent: read once from rollups or calls, then only the calls that are new."""

import json
import sqlite3
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from costtui.facts import Budget, Period, Series
from costtui.pricing.reference import undated
from costtui.store import run_totals
from costtui.store.calls_write import word
from costtui.store.rollups import summed, whole
from costtui.store.rows import integer, string
from costtui.store.totals import read_sums
from costtui.window import from_us, to_us

_SERIES_SCOPES = ("subsystem", "node", "model", "provider")
_COLUMN_SCOPES = {"user": "c.user_id", "lead": "c.lead_id"}
_MOST_WINDOWS = 1000
"""Windows remembered; the oldest is forgotten, and read anew where it is asked for again."""

Spent = dict[str, tuple[int, int]]
"""Value of the scope → what it spent, and how many of its calls have no price."""


class NotRead(Exception):
    """A window that was not read yet (or not since stored calls changed), which may take long."""


class Spending:
    """Remembers what the windows of budgets have spent, up to a call; consistent inside the caller's transaction."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, int, int | None], tuple[int, int, Spent]] = {}

    def by_value(
        self,
        connection: sqlite3.Connection,
        scope: str,
        window: tuple[int, int | None],
        run_id: str = "",
        *,
        quickly: bool = False,
    ) -> Spent:
        """Return the spending between two instants (or in a run), by value of a scope.

        Raises NotRead where only the new calls are to be read, ``quickly``, and others would have to be.
        """
        epoch, newest = connection.execute(
            "SELECT epoch, coalesce((SELECT max(id) FROM call), 0) FROM meta"
        ).fetchone()
        key = (scope, run_id, *window)
        known_epoch, last, spent = self._known.get(key, (None, 0, {}))
        if known_epoch != epoch or last > newest:
            if quickly and newest:
                raise NotRead
            spent = _read(connection, scope, window, run_id)
        elif last < newest:
            _add(spent, scope, _calls(connection, scope, window, run_id, last))
        self._known.pop(key, None)
        self._known[key] = (epoch, newest, spent)
        if len(self._known) > _MOST_WINDOWS:
            del self._known[next(iter(self._known))]
        return spent


@lru_cache(maxsize=4096)
def name_in(scope: str, value: str) -> str:
    """Return a value of a scope as spending is filed under: as it is stored, models without their dates."""
    name = string(word(value))
    return undated(name) if scope == "model" else name


def window_in(budget: Budget, now_us: int) -> tuple[int, int]:
    """Return the present window of a budget that lasts an hour, a day, a week or a month in its time zone."""
    return window_of(budget.period, ZoneInfo(budget.time_zone), now_us)


def forgiven(connection: sqlite3.Connection, budget: str, start_us: int) -> dict[str, int]:
    """Return what does not count any more of a budget's spending in a window, by value."""
    rows = connection.execute(
        "SELECT value, forgiven_nano FROM budget_reset WHERE budget = ? AND start_us = ?", (budget, start_us)
    )
    return {string(row[0]): integer(row[1]) for row in rows}


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


def _read(connection: sqlite3.Connection, scope: str, window: tuple[int, int | None], run_id: str) -> Spent:
    start, end = window
    if run_id:
        if scope == "everything":
            return {"": _of_run(connection, run_id)}
    elif end is not None and scope in ("everything", *_SERIES_SCOPES):
        return _from_rollups(connection, scope, start, end)
    spent: Spent = {}
    _add(spent, scope, _calls(connection, scope, window, run_id, 0))
    return spent


def _of_run(connection: sqlite3.Connection, run_id: str) -> tuple[int, int]:
    row = connection.execute(
        "SELECT id, cost_nano, unpriced FROM run WHERE run_id = ?", (word(run_id),)
    ).fetchone()
    if row is None:
        return 0, 0
    pending = run_totals.pending(connection, row[0]).get(row[0])
    more = dict(zip(run_totals.RUN_COUNTERS, pending or (), strict=False))
    return integer(row[1]) + whole(more.get("cost_nano")), integer(row[2]) + whole(more.get("unpriced"))


def _from_rollups(connection: sqlite3.Connection, scope: str, start: int, end: int) -> Spent:
    spent: Spent = {}
    sums = read_sums(connection, start, end)
    _add(spent, scope, [(_value(key, scope), one.cost_nano, one.unpriced) for key, one in sums.items()])
    return spent


def _value(series: Series, scope: str) -> str:
    return "" if scope == "everything" else str(getattr(series, scope))


def _add(spent: Spent, scope: str, rows: list[tuple[object, object, object]]) -> None:
    for value, cost, unpriced in rows:
        name = name_in(scope, string(value))
        old = spent.get(name, (0, 0))
        spent[name] = old[0] + whole(cost), old[1] + whole(unpriced)


def _calls(
    connection: sqlite3.Connection, scope: str, window: tuple[int, int | None], run_id: str, last: int
) -> list[tuple[object, object, object]]:
    """Return (value, cost, unpriced) of the calls after an id, or of all where it is 0."""
    value, name = "''", ""
    if scope in _SERIES_SCOPES:
        value = f"s.{scope}"
    elif scope in _COLUMN_SCOPES:
        value = _COLUMN_SCOPES[scope]
    elif scope.startswith("tag:"):
        value = "CASE WHEN json_valid(c.tags) THEN json_extract(c.tags, ?) END"
        name = f"$.{json.dumps(scope.removeprefix('tag:'), ensure_ascii=False)}"
    start, end = window
    # New calls are found by their id, all calls by their run or their time: never both ways at once.
    plus = "+" if last else ""
    where, values = (["c.id > ?"], [last]) if last else ([], [])
    found: list[object] = list(values)
    if run_id:
        where.append(f"{plus}c.run_ref = (SELECT id FROM run WHERE run_id = ?)")
        found.append(word(run_id))
    else:
        where.append(f"{plus}c.started_us >= ?")
        found.append(start)
        if end is not None:
            where.append(f"{plus}c.started_us < ?")
            found.append(end)
    return summed(
        connection,
        f"SELECT {value}, sum(c.cost_nano), sum(c.cost_nano IS NULL) FROM call c"
        f" LEFT JOIN series s ON s.id = c.series_id WHERE {' AND '.join(where)} GROUP BY 1",
        ((name, *found) if name else found),
    )
