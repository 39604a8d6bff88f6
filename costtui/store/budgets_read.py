"""The state of budgets: what was spent and what is reserved in the present window of each."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from costtui.errors import StoreMissing
from costtui.facts import (
    Budget,
    BudgetState,
    BudgetWindow,
    Period,
    Reservation,
    Run,
    Status,
    UnknownPrice,
)
from costtui.settings import SCOPES
from costtui.store import codes
from costtui.store.connect import connect_reader, store_error, version_of
from costtui.store.rows import integer, string
from costtui.store.runs import read_runs
from costtui.store.spending import Spending, Spent, forgiven, name_in, window_in

_RUNS = 20
"""Running runs whose budgets are shown; without any, that of the newest run."""
_VALUES = 50
"""Values of a budget that each value has for itself: those that have used most of it."""
_PAST = {Period.HOUR: 24, Period.DAY: 14, Period.WEEK: 8, Period.MONTH: 6}
"""How many windows a history has."""


class BudgetReader:
    """Reads budgets again and again; each time only the calls that are new since the last."""

    def __init__(self) -> None:
        self._spending = Spending()

    def read(
        self, connection: sqlite3.Connection, budgets: Sequence[Budget], now_us: int
    ) -> list[BudgetState]:
        """Return the states of budgets and of those in the store, inside a read transaction of the caller."""
        named = {budget.name: budget for budget in (*stored_budgets(connection), *budgets)}
        states: list[BudgetState] = []
        for budget in named.values():
            if budget.period == Period.RUN:
                states += self._per_run(connection, budget, now_us)
            else:
                states += self._per_window(connection, budget, now_us)
        return states

    def past(
        self, connection: sqlite3.Connection, budget: Budget, value: str, now_us: int
    ) -> list[BudgetWindow]:
        """Return the newest windows of a budget for a value of its scope, the present one first.

        None for a budget per run, and none from before the first call.
        """
        found: list[BudgetWindow] = []
        (first,) = connection.execute("SELECT min(started_us) FROM call").fetchone()
        at = now_us
        for _ in range(_PAST.get(budget.period, 0)):
            start, end = window_in(budget, at)
            spent, unpriced = self._spending.by_value(connection, budget.scope, (start, end)).get(
                value, (0, 0)
            )
            free = forgiven(connection, budget.name, start).get(value, 0)
            found.append(BudgetWindow(start, end, spent, unpriced, free))
            if start <= integer(first):
                break
            at = start - 1
        return found

    def _per_run(self, connection: sqlite3.Connection, budget: Budget, now_us: int) -> Iterator[BudgetState]:
        for run in _current_runs(connection, now_us):
            spent = self._spending.by_value(connection, budget.scope, (0, None), run.run_id)
            if budget.scope == "subsystem":
                spent.setdefault(name_in("subsystem", run.subsystem), (0, 0))
            own = budget
            if run.budget_nano is not None and budget.scope == "everything":
                limit = run.budget_nano
                own = replace(budget, max_nano=limit, warning_nano=min(budget.warning_nano, limit))
            end = None if run.status == Status.RUNNING else run.ended_us
            for value, amounts in _wanted(budget, spent).items():
                yield _state(connection, own, value, (run.started_us, end), amounts, now_us, run.run_id)

    def _per_window(
        self, connection: sqlite3.Connection, budget: Budget, now_us: int
    ) -> Iterator[BudgetState]:
        start, end = window_in(budget, now_us)
        spent = dict(self._spending.by_value(connection, budget.scope, (start, end)))
        for (value,) in connection.execute(
            "SELECT DISTINCT value FROM reservation WHERE budget = ? AND expires_us > ?",
            (budget.name, now_us),
        ):
            spent.setdefault(string(value), (0, 0))
        free = forgiven(connection, budget.name, start)
        for value, (nano, unpriced) in _wanted(budget, spent).items():
            counted = max(nano - free.get(value, 0), 0)
            yield _state(connection, budget, value, (start, end), (counted, unpriced), now_us)


def stored_budgets(connection: sqlite3.Connection) -> Iterator[Budget]:
    """Yield the budgets that everybody who opens the store shares; unreadable ones are left out."""
    rows = connection.execute(
        "SELECT name, max_nano, warning_nano, scope, scope_value, period, time_zone, unknown_price FROM budget"
    )
    for row in rows:
        scope = string(row[3])
        if scope not in SCOPES and not scope.startswith("tag:"):
            continue
        with suppress(ValueError):
            yield Budget(
                name=string(row[0]),
                max_nano=integer(row[1]),
                warning_nano=integer(row[2]),
                scope=scope,
                scope_value=string(row[4]),
                period=Period(row[5]),
                time_zone=_zone_name(string(row[6])),
                unknown_price=UnknownPrice(row[7]),
                source="store",
            )


def budgets_of(path: Path) -> list[Budget]:
    """Return the budgets that a store shares, none where there is no store yet. Raises StoreError."""
    try:
        connection = connect_reader(path)
    except StoreMissing:
        return []
    try:
        version_of(connection, path)
        return list(stored_budgets(connection))
    except sqlite3.Error as error:
        raise store_error(error, path) from None
    finally:
        connection.close()


def reservation_value(value: str, run_id: str) -> str:
    """Return what reservations are filed under: the scope's value, in a run of its own where there is one."""
    return "\x1f".join(filter(None, (run_id, value)))


def _zone_name(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (LookupError, ValueError, OSError):
        return "UTC"


def _wanted(budget: Budget, spent: Spent) -> Spent:
    """Return the spending of the values that a budget is about, at most so many."""
    if budget.scope == "everything" or budget.scope_value:
        value = name_in(budget.scope, budget.scope_value)
        return {value: spent.get(value, (0, 0))}
    if len(spent) > _VALUES:
        most = sorted(spent, key=lambda value: -spent[value][0])[:_VALUES]
        spent = {value: spent[value] for value in most}
    return dict(sorted((value, amounts) for value, amounts in spent.items() if value))


def _current_runs(connection: sqlite3.Connection, now_us: int) -> list[Run]:
    running = codes.STATUS_CODE[Status.RUNNING]
    rest = f"WHERE status = {running} ORDER BY started_us DESC LIMIT {_RUNS}"
    live = [run for run in read_runs(connection, rest, (), now_us) if run.status == Status.RUNNING]
    return live or read_runs(connection, "ORDER BY started_us DESC LIMIT 1", (), now_us)


def _state(
    connection: sqlite3.Connection,
    budget: Budget,
    value: str,
    window: tuple[int, int | None],
    amounts: tuple[int, int],
    now_us: int,
    run_id: str = "",
) -> BudgetState:
    rows = connection.execute(
        "SELECT id, nano, taken_us, expires_us, holder, kept_us FROM reservation"
        " WHERE budget = ? AND value = ? AND expires_us > ? ORDER BY taken_us",
        (budget.name, reservation_value(value, run_id), now_us),
    )
    reservations = tuple(
        Reservation(
            id=string(row[0]),
            nano=integer(row[1]),
            taken_us=integer(row[2]),
            expires_us=integer(row[3]),
            holder=string(row[4]),
            assumed=integer(row[5]) > 0 and row[5] == row[3],
        )
        for row in rows
    )
    return BudgetState(
        budget=budget,
        value=run_id or value,
        start_us=window[0],
        end_us=window[1],
        spent_nano=amounts[0],
        reserved_nano=sum(reservation.nano for reservation in reservations),
        unpriced=amounts[1],
        reservations=reservations,
        part=value if run_id else "",
    )
