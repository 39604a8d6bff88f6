"""The ledger: money is set aside before a call, atomically among all processes, and given back when it is recorded.

What a budget has spent is what its calls have cost; what it has reserved is the sum of its open reservations.
Both are looked at, and the reservation made, in one write transaction, so that no two processes can use the same
room. A reservation ends in the transaction that records its call (``Settlement``), or when its lease does.
"""

import atexit
import os
import socket
import sqlite3
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

from costtui.errors import BudgetExceeded, StoreError, StoreUnavailable
from costtui.facts import Budget, Claim, Hold, Period
from costtui.store.budgets_read import stored_budgets
from costtui.store.calls_write import word
from costtui.store.claims import Window, estimate, refusal, windows
from costtui.store.connect import connect_writer, file_identity, store_error
from costtui.store.migrate import migrate
from costtui.store.spending import NotRead, Spending, forgiven, name_in, window_in
from costtui.window import DAY_US

_T = TypeVar("_T")

LEASE_US = 10 * 60 * 1_000_000
"""How long money stays set aside for a call of which nothing is heard: longer than providers take to answer."""

WAIT_MS = 10_000
"""How long a call waits for a store that others write to."""
_RUN_US = 31 * DAY_US
"""How long an assumed cost counts against a budget per run, whose end nobody tells."""


class Ledger:
    """Reserves money on the budgets of a store; safe to use from any thread, and after a fork."""

    def __init__(self, path: Path, budgets: Sequence[Budget] = ()) -> None:
        """Prepare to reserve on these budgets and on those that the store shares."""
        self._path = path
        self._own = tuple(budgets)
        self._begin()
        _open.add(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._spending = Spending()
        self._patient = False
        """Whether all of a window may be read while the lock is held."""

    def reserve(self, claim: Claim, now_us: int, *, lease_us: int = LEASE_US) -> Hold:
        """Set aside what a call may cost, on every budget that it concerns, or on none.

        Raises BudgetExceeded where one has no room, PriceUnknown where one refuses calls without a price, and
        StoreError where the store cannot say.
        """

        def work(connection: sqlite3.Connection) -> Hold:
            windows = self._windows(connection, claim, now_us)
            if not windows:
                return Hold("")
            hold = Hold(token_hex(8), now_us + lease_us)
            holder = word(f"{socket.gethostname()}:{os.getpid()} {claim.node}".rstrip())
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM reservation WHERE expires_us <= ?", (now_us,))
            rows = []
            for window in windows:
                nano, assumed = self._fitting(connection, window, claim, now_us)
                kept_us = (window.end_us or now_us + _RUN_US) if assumed else 0
                row = (hold.id, window.budget.name, window.reserved_as, nano)
                rows.append((*row, now_us, hold.expires_us, kept_us, holder))
            connection.executemany(_RESERVE, rows)
            connection.execute("COMMIT")
            return hold

        return self._done(work, claim, now_us)

    def ensure_room(self, claim: Claim, now_us: int) -> None:
        """Raise BudgetExceeded where a budget that a call would concern is used up; nothing is set aside.

        Raises StoreError where the store cannot say.
        """
        free = replace(claim, estimate_nano=0)

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("BEGIN")
            for window in self._windows(connection, free, now_us):
                self._fitting(connection, window, free, now_us)
            connection.execute("COMMIT")

        self._done(work, free, now_us)

    def forgive(self, budget: Budget, now_us: int) -> int:
        """Let what a budget has spent in its present windows not count any more; return how much that was.

        Costs that were assumed for calls without a price are let go too; calls under way keep their reservations.
        """
        if budget.period == Period.RUN:
            raise ValueError("a budget per run starts again with each run")
        start, end = window_in(budget, now_us)

        def work(connection: sqlite3.Connection) -> int:
            connection.execute("BEGIN IMMEDIATE")
            spent = self._spending.by_value(connection, budget.scope, (start, end))
            if budget.scope == "everything" or budget.scope_value:
                value = name_in(budget.scope, budget.scope_value)
                spent = {value: spent.get(value, (0, 0))}
            before = forgiven(connection, budget.name, start)
            connection.executemany(
                "INSERT OR REPLACE INTO budget_reset VALUES (?, ?, ?, ?, ?)",
                [(budget.name, value, start, nano, now_us) for value, (nano, _) in spent.items()],
            )
            connection.execute(
                "DELETE FROM reservation WHERE budget = ? AND kept_us > 0 AND expires_us = kept_us",
                (budget.name,),
            )
            connection.execute("COMMIT")
            return sum(max(nano - before.get(value, 0), 0) for value, (nano, _) in spent.items())

        return self._done(work)

    def remove(self, name: str) -> bool:
        """Remove a budget from the store, with what is set aside on it; return whether it was there."""

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("BEGIN IMMEDIATE")
            there = connection.execute("DELETE FROM budget WHERE name = ?", (name,)).rowcount > 0
            for table in ("reservation", "budget_reset") if there else ():
                connection.execute(f"DELETE FROM {table} WHERE budget = ?", (name,))
            connection.execute("COMMIT")
            return there

        return self._done(work)

    def shares_budgets(self) -> bool:
        """Return whether the store has budgets. Raises StoreError where it cannot say."""
        return self._done(lambda connection: next(stored_budgets(connection), None) is not None)

    def close(self) -> None:
        """Release the store."""
        with self._lock:
            self._disconnect()
        _open.discard(self)

    def _windows(self, connection: sqlite3.Connection, claim: Claim, now_us: int) -> list[Window]:
        return windows((*stored_budgets(connection), *self._own), claim, now_us)

    def _fitting(
        self, connection: sqlite3.Connection, window: Window, claim: Claim, now_us: int
    ) -> tuple[int, bool]:
        """Return what to set aside in a window, and whether that is assumed. Raises BudgetExceeded, PriceUnknown."""
        nano, assumed = estimate(window.budget, claim)
        spent = self._spent(connection, window)
        (reserved,) = connection.execute(
            "SELECT coalesce(sum(nano), 0) FROM reservation WHERE budget = ? AND value = ? AND expires_us > ?",
            (window.budget.name, window.reserved_as, now_us),
        ).fetchone()
        # Used up is used up, also for a call that may cost nothing.
        if spent + reserved + max(nano, 1) > window.budget.max_nano:
            raise BudgetExceeded(refusal(window, spent, reserved, nano))
        return nano, assumed

    def _spent(self, connection: sqlite3.Connection, window: Window) -> int:
        budget, bounds = window.budget, (window.start_us, window.end_us)
        quickly = not self._patient
        found = self._spending.by_value(connection, budget.scope, bounds, window.run_id, quickly=quickly)
        nano, _ = found.get(window.value, (0, 0))
        if window.run_id or not nano:
            return nano
        return max(nano - forgiven(connection, budget.name, window.start_us).get(window.value, 0), 0)

    def _done(
        self, work: Callable[[sqlite3.Connection], _T], claim: Claim | None = None, now_us: int = 0
    ) -> _T:
        """Do work that begins and commits its own transaction; what takes long to read is read before the lock is taken.

        Raises what the work raises, and StoreError.
        """
        with self._lock:
            try:
                self._patient = claim is None
                try:
                    return work(self._connected())
                except NotRead:
                    self._roll_back()
                # Whoever changes stored calls meanwhile must not keep the call from being made for ever.
                self._patient = True
                if claim is not None:
                    self._read_ahead(claim, now_us)
                return work(self._connected())
            except sqlite3.Error as error:
                self._disconnect()
                raise store_error(error, self._path) from None
            except StoreError:
                self._disconnect()
                raise
            except BaseException:
                self._roll_back()
                raise

    def _read_ahead(self, claim: Claim, now_us: int) -> None:
        connection = self._connected()
        connection.execute("BEGIN")
        for window in self._windows(connection, claim, now_us):
            self._spent(connection, window)
        connection.execute("COMMIT")

    def _connected(self) -> sqlite3.Connection:
        identity = file_identity(self._path)
        if self._connection is None or identity is None or identity != self._identity:
            self._disconnect()
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreUnavailable(f"cannot make a store at {self._path}: {error.strerror}") from None
            self._connection = connect_writer(self._path, WAIT_MS)
            self._spending = Spending()
            migrate(self._connection, self._path)
            self._identity = file_identity(self._path)
        return self._connection

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = self._identity = None

    def _after_fork(self) -> None:
        _of_the_parent.append(self._connection)
        self._begin()


_RESERVE = (
    "INSERT INTO reservation (id, budget, value, nano, taken_us, expires_us, kept_us, holder)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_open: "weakref.WeakSet[Ledger]" = weakref.WeakSet()
_of_the_parent: list[sqlite3.Connection | None] = []
"""Connections that a forked child must neither use nor close."""


def _forked() -> None:
    for ledger in list(_open):
        ledger._after_fork()


def _close_all() -> None:
    for ledger in list(_open):
        ledger.close()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forked)
