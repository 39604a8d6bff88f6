"""The ledger: money is set aside before a call, atomically among all processes, and given back when it is recorded.

What a budget has spent is what its calls have cost; what it has reserved is the sum of its open reservations.
Both are looked at, and the reservation made, in one write transaction, so that no two processes can use the same
room. A reservation ends in the transaction that records its call (``Settlement``), or when its lease does.
"""

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

from costtui.errors import BudgetExceeded, PriceUnknown
from costtui.facts import Budget, Claim, Hold, Period, UnknownPrice
from costtui.format import money
from costtui.store.budgets_read import stored_budgets
from costtui.store.connect import connect_writer, store_error
from costtui.store.migrate import migrate
from costtui.store.spending import Spending, forgiven, window_in, zone_of
from costtui.window import from_us

LEASE_US = 10 * 60 * 1_000_000
"""How long money stays set aside for a call of which nothing is heard: longer than providers take to answer."""

RUN_LIMIT = "run limit"
"""Name of the budget that a run brings itself."""


@dataclass(frozen=True, slots=True)
class _Window:
    """A budget that a call concerns, for its value of the scope, in its present window."""

    budget: Budget
    value: str
    start_us: int
    end_us: int | None


class Ledger:
    """Reserves money on the budgets of a store; safe to use from any thread, and after a fork."""

    def __init__(self, path: Path, budgets: Sequence[Budget] = ()) -> None:
        """Prepare to reserve on these budgets and on those that the store shares."""
        self._path = path
        self._own = tuple(budgets)
        self._lock = threading.Lock()
        self._spending = Spending()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    def reserve(self, claim: Claim, now_us: int, *, lease_us: int = LEASE_US) -> Hold:
        """Set aside what a call may cost, on every budget that it concerns, or on none.

        Raises BudgetExceeded where one has no room, PriceUnknown where one refuses calls without a price, and
        StoreUnavailable where the store cannot say.
        """
        hold = Hold(token_hex(8), now_us + lease_us)
        with self._transaction() as connection:
            connection.execute("DELETE FROM reservation WHERE expires_us <= ?", (now_us,))
            holder = f"{socket.gethostname()}:{os.getpid()} {claim.node}".rstrip()
            amounts = [
                (window, self._fitting(connection, window, claim))
                for window in self._windows(connection, claim, now_us)
            ]
            connection.executemany(
                "INSERT INTO reservation (id, budget, value, nano, taken_us, expires_us, holder)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (hold.id, window.budget.name, window.value, nano, now_us, hold.expires_us, holder)
                    for window, nano in amounts
                ],
            )
        return hold if amounts else Hold("")

    def renew(self, hold: Hold, now_us: int, *, lease_us: int = LEASE_US) -> Hold:
        """Keep money set aside for a call that takes longer than its lease."""
        renewed = replace(hold, expires_us=now_us + lease_us)
        with self._transaction() as connection:
            connection.execute(
                "UPDATE reservation SET expires_us = ? WHERE id = ?", (renewed.expires_us, hold.id)
            )
        return renewed

    def forgive(self, budget: Budget, now_us: int) -> int:
        """Let what a budget has spent in its present windows not count any more; return how much that was."""
        if budget.period == Period.RUN:
            raise ValueError("a budget per run starts again with each run")
        start, end = window_in(budget, now_us)
        with self._transaction() as connection:
            spent = self._spending.by_value(connection, budget, start, end)
            if budget.scope == "everything" or budget.scope_value:
                spent = {budget.scope_value: spent.get(budget.scope_value, (0, 0))}
            connection.executemany(
                "INSERT OR REPLACE INTO budget_reset VALUES (?, ?, ?, ?, ?)",
                [(budget.name, value, start, nano, now_us) for value, (nano, _) in spent.items()],
            )
        return sum(nano for nano, _ in spent.values())

    def close(self) -> None:
        """Release the store."""
        with self._lock:
            self._disconnect()

    def _windows(self, connection: sqlite3.Connection, claim: Claim, now_us: int) -> Iterator[_Window]:
        named = {budget.name: budget for budget in (*stored_budgets(connection), *self._own)}
        if claim.run_id and claim.run_budget_nano is not None:
            limit = claim.run_budget_nano
            named[RUN_LIMIT] = Budget(RUN_LIMIT, limit, limit)
        for budget in named.values():
            value = _value(claim, budget.scope)
            if value is None or (budget.scope_value and value != budget.scope_value):
                continue
            if budget.period == Period.RUN:
                if claim.run_id:
                    yield _Window(budget, claim.run_id, 0, None)
            else:
                yield _Window(budget, value, *window_in(budget, now_us))

    def _fitting(self, connection: sqlite3.Connection, window: _Window, claim: Claim) -> int:
        """Return what to set aside in a window. Raises BudgetExceeded, PriceUnknown."""
        budget = window.budget
        nano = _estimate(budget, claim)
        spent = self._spent(connection, window, claim)
        (reserved,) = connection.execute(
            "SELECT coalesce(sum(nano), 0) FROM reservation WHERE budget = ? AND value = ?",
            (budget.name, window.value),
        ).fetchone()
        # Used up is used up, also for a call that may cost nothing.
        if spent + reserved + max(nano, 1) > budget.max_nano:
            raise BudgetExceeded(_refusal(window, spent, reserved, nano))
        return nano

    def _spent(self, connection: sqlite3.Connection, window: _Window, claim: Claim) -> int:
        budget = window.budget
        if budget.period == Period.RUN and budget.scope in ("everything", "subsystem"):
            row = connection.execute("SELECT cost_nano FROM run WHERE run_id = ?", (claim.run_id,)).fetchone()
            return int(row[0]) if row else 0
        run_id = claim.run_id if budget.period == Period.RUN else ""
        spent = self._spending.by_value(connection, budget, window.start_us, window.end_us, run_id)
        value = _value(claim, budget.scope) or ""
        return spent.get(value, (0, 0))[0] - forgiven(connection, budget.name, value, window.start_us)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                connection = self._connected()
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._disconnect()
                raise store_error(error, self._path) from None
            except BaseException:
                if self._connection is not None and self._connection.in_transaction:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                raise

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None or self._pid != os.getpid():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._connection is not None:
                _of_the_parent.append(self._connection)
            self._connection = connect_writer(self._path)
            self._pid = os.getpid()
            self._spending = Spending()
            migrate(self._connection, self._path)
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None and self._pid == os.getpid():
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


_of_the_parent: list[sqlite3.Connection] = []
"""Connections that a forked child must neither use nor close."""


def _value(claim: Claim, scope: str) -> str | None:
    """Return the claim's value of a scope, None where it has none: then such a budget does not concern it."""
    if scope == "everything":
        return ""
    if scope.startswith("tag:"):
        return claim.tags.get(scope.removeprefix("tag:"))
    field = {"user": "user_id", "lead": "lead_id"}.get(scope, scope)
    return str(getattr(claim, field, "")) or None


def _estimate(budget: Budget, claim: Claim) -> int:
    if claim.estimate_nano is not None:
        return max(claim.estimate_nano, 0)
    if budget.unknown_price == UnknownPrice.ALLOW:
        return 0
    if budget.unknown_price == UnknownPrice.ASSUME_MAXIMUM and claim.dearest_nano is not None:
        return claim.dearest_nano
    raise PriceUnknown(
        f"budget {budget.name!r} refuses calls without a price, and none is known for {claim.model or 'the model'!r};"
        f" set one with: costtui prices set {claim.model or 'MODEL'} …"
    )


def _refusal(window: _Window, spent: int, reserved: int, nano: int) -> str:
    budget = window.budget
    name = budget.name if window.value in ("", budget.scope_value) else f"{budget.name} ({window.value})"
    need = f", the call may cost {money(nano)}" if nano else ""
    then = ""
    if window.end_us is not None:
        end = from_us(window.end_us, zone_of(budget))
        then = f"; it starts again {end:%Y-%m-%d %H:%M} {budget.time_zone}"
    return (
        f"budget {name!r} has no room: {money(spent)} spent and {money(reserved)} reserved"
        f" of {money(budget.max_nano)}{need}{then}; raise its max, or costtui budget reset"
    )
