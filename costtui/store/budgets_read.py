"""The state of budgets: what was spent and what is reserved in the present window of each."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from costtui.facts import Budget, BudgetState, Period, Reservation, Run, Status, UnknownPrice
from costtui.store import codes
from costtui.store.rows import integer, string
from costtui.store.runs import read_runs
from costtui.store.spending import Spending, forgiven, window_in

_RUNS = 20
"""Running runs whose budgets are shown; without any, that of the newest run."""


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

    def _per_run(self, connection: sqlite3.Connection, budget: Budget, now_us: int) -> Iterator[BudgetState]:
        for run in _current_runs(connection, now_us):
            if budget.scope == "subsystem" and budget.scope_value not in ("", run.subsystem):
                continue
            spent, unpriced = run.cost_nano, run.unpriced
            if budget.scope not in ("everything", "subsystem"):
                found = self._spending.by_value(connection, budget, run.started_us, None, run.run_id)
                spent, unpriced = found.get(budget.scope_value, (0, 0))
            if run.budget_nano is not None and budget.scope == "everything":
                limit = run.budget_nano
                own = replace(budget, max_nano=limit, warning_nano=min(budget.warning_nano, limit))
            else:
                own = budget
            end = None if run.status == Status.RUNNING else run.ended_us
            yield _state(connection, own, run.run_id, (run.started_us, end), (spent, unpriced), now_us)

    def _per_window(
        self, connection: sqlite3.Connection, budget: Budget, now_us: int
    ) -> Iterator[BudgetState]:
        start, end = window_in(budget, now_us)
        spent = self._spending.by_value(connection, budget, start, end)
        if budget.scope == "everything" or budget.scope_value:
            spent = {budget.scope_value: spent.get(budget.scope_value, (0, 0))}
        for value, (nano, unpriced) in sorted(spent.items()):
            counted = nano - forgiven(connection, budget.name, value, start)
            yield _state(connection, budget, value, (start, end), (counted, unpriced), now_us)


def stored_budgets(connection: sqlite3.Connection) -> Iterator[Budget]:
    """Yield the budgets that everybody who opens the store shares; unreadable ones are left out."""
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
