"""One transaction with a batch of facts: fast where all calls are new and sane, careful where not."""

import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from costtui.facts import Call
from costtui.store import lead_totals, rollups, run_totals
from costtui.store.calls_write import COLUMNS, call_row, is_sane, key_hash, texts_of, tidy
from costtui.store.overflow import whole
from costtui.store.upserts import upsert
from costtui.store.words import Words

_ROW = f"({', '.join('?' * len(COLUMNS))})"
_INSERT = f"INSERT INTO call ({', '.join(COLUMNS)}) VALUES "
_INSERT_TEXT = "INSERT INTO call_text (call_id, prompt, completion) VALUES "
_UPDATE = f"UPDATE call SET {', '.join(f'{name} = ?' for name in COLUMNS[1:])} WHERE id = ?"
_CHUNKS = (64, 8, 1)
"""Rows per statement: few statements hold the interpreter's lock less often, few sizes keep them prepared."""


def _statements(insert: str, row: str) -> tuple[tuple[int, str], ...]:
    return tuple((size, insert + ", ".join([row] * size)) for size in _CHUNKS)


_INSERT_CALLS = _statements(_INSERT, _ROW)
_INSERT_TEXTS = _statements(_INSERT_TEXT, "(?, ?, ?)")

_UNFIT = (sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError)
"""SQLite's objections to a value; its other errors are about the store."""


class Batch:
    """Writes batches of facts on one connection."""

    def __init__(
        self, connection: sqlite3.Connection, *, texts: bool = True, redact: tuple[re.Pattern[str], ...] = ()
    ) -> None:
        self._connection = connection
        self._words = Words(connection)
        self._texts = texts
        self._redact = redact
        self._last_id = 0
        self._folded_id = 0
        self._minutes_us = 0
        self._revision = 0

    def write(self, facts: Sequence[Any], dropped: int = 0) -> int:
        """Commit facts and return how many could not be kept. Raises sqlite3.Error with nothing written.

        ``dropped`` is added to the store's count of what was lost earlier.
        """
        calls = [fact for fact in facts if type(fact) is Call]
        others = [fact for fact in facts if type(fact) is not Call] if len(calls) < len(facts) else []
        try:
            return self._attempt(calls, others, dropped, careful=False)
        except Exception as error:
            if isinstance(error, sqlite3.Error) and not isinstance(error, _UNFIT):
                raise
        # A key that is known already, or a value that does not fit: now one by one.
        return self._attempt(calls, others, dropped, careful=True)

    def _attempt(self, calls: list[Call], others: list[Any], dropped: int, *, careful: bool) -> int:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            self._last_id, self._folded_id, self._minutes_us, self._revision = map(
                whole,
                execute(
                    "SELECT (SELECT max(id) FROM call), folded_id, minutes_us, revision + 1 FROM meta"
                ).fetchone(),
            )
            unfit = self._others(others, careful=careful)
            unfit += self._carefully(calls) if careful else self._quickly(calls)
            if dropped + unfit:
                execute("UPDATE meta SET dropped = dropped + ?", (dropped + unfit,))
            if self._last_id + len(calls) - self._folded_id >= rollups.FOLD_AT:
                (last,) = execute("SELECT coalesce(max(id), 0) FROM call").fetchone()
                rollups.fold(self._connection, last, time.time_ns() // 1000)
            execute("COMMIT")
        except BaseException:
            self._words.forget()
            if self._connection.in_transaction:
                with suppress(sqlite3.Error):
                    execute("ROLLBACK")
            raise
        return unfit

    def _others(self, facts: Iterable[Any], *, careful: bool) -> int:
        unfit = 0
        for fact in facts:
            if careful:
                unfit += not self._alone(
                    lambda fact=fact: upsert(self._connection, self._words, fact, self._revision)
                )
            else:
                upsert(self._connection, self._words, fact, self._revision)
        if facts:
            self._connection.execute("UPDATE meta SET revision = ?", (self._revision,))
        return unfit

    def _alone(self, write: Any) -> bool:
        """Do a part of the transaction so that its failure undoes only itself; return whether it was done."""
        self._connection.execute("SAVEPOINT one")
        try:
            write()
        except Exception as error:
            if isinstance(error, sqlite3.Error) and not isinstance(error, _UNFIT):
                raise
            self._connection.execute("ROLLBACK TO one")
            self._words.forget()
            return False
        finally:
            if self._connection.in_transaction:
                self._connection.execute("RELEASE one")
        return True

    def _quickly(self, calls: list[Call]) -> int:
        if not calls:
            return 0
        words, first = self._words, self._last_id + 1
        rows = [
            call_row(call if is_sane(call) else tidy(call), words, call_id)
            for call_id, call in enumerate(calls, first)
        ]
        self._insert(_INSERT_CALLS, rows)
        if self._texts:
            texts = [
                (call_id, *texts_of(call, self._redact))
                for call_id, call in enumerate(calls, first)
                if call.prompt or call.completion
            ]
            self._insert(_INSERT_TEXTS, texts)
        return 0

    def _insert(self, statements: tuple[tuple[int, str], ...], rows: list[tuple[Any, ...]]) -> None:
        done = 0
        for size, statement in statements:
            while len(rows) - done >= size:
                values = [value for row in rows[done : done + size] for value in row]
                self._connection.execute(statement, values)
                done += size

    def _carefully(self, calls: list[Call]) -> int:
        touched: set[tuple[int | None, int | None]] = set()
        unfit, before = 0, self._last_id
        next_id = before + 1
        changed = False

        def one(call: Call) -> None:
            nonlocal next_id, changed
            call = tidy(call)
            known, place = self._find(call.key)
            row = (known or next_id, place, *call_row(call, self._words, 0)[2:])
            if known is None:
                self._connection.execute(_INSERT + _ROW, row)
                next_id += 1
            elif known > before:
                self._connection.execute(_UPDATE, (*row[1:], known))
            else:
                old = self._connection.execute(
                    f"SELECT {', '.join(COLUMNS)} FROM call WHERE id = ?", (known,)
                ).fetchone()
                if old != row:
                    self._replace(known, row)
                    touched.update(((old[5], old[6]), (row[5], row[6])))
                    changed = True
            self._keep_texts(row[0], call)

        for call in calls:
            unfit += not self._alone(lambda call=call: one(call))
        if changed:
            run_totals.recount(self._connection, touched, self._folded_id, self._revision)
            self._connection.execute("UPDATE meta SET epoch = epoch + 1, revision = ?", (self._revision,))
        return unfit

    def _find(self, key: str) -> tuple[int | None, int]:
        """Return the row of a key, if there is one, and the number that it has or will have."""
        place = key_hash(key)
        while True:
            found = self._connection.execute(
                "SELECT id, key FROM call WHERE key_hash = ?", (place,)
            ).fetchone()
            if found is None:
                return None, place
            if found[1] == key:
                return int(found[0]), place
            place = place + 1 if place < 2**63 - 1 else -(2**63)

    def _replace(self, call_id: int, row: tuple[Any, ...]) -> None:
        folded = call_id <= self._folded_id
        for sign in (-1, 1):
            if sign == 1:
                self._connection.execute(_UPDATE, (*row[1:], call_id))
            if folded:
                parts = rollups.by_minute(self._connection, "c.id = ?", (call_id,))
                rollups.change(self._connection, parts, self._minutes_us, sign)
                lead_totals.change(self._connection, call_id, sign)

    def _keep_texts(self, call_id: int, call: Call) -> None:
        texts = texts_of(call, self._redact) if self._texts else (None, None)
        if any(texts):
            self._connection.execute("INSERT OR REPLACE INTO call_text VALUES (?, ?, ?)", (call_id, *texts))
