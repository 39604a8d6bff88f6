"""Follows a store: what was committed since the last look, at a few microseconds where there is nothing."""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from costtui.errors import StoreError
from costtui.facts import Call, Delta, Run, Status
from costtui.store import codes
from costtui.store.connect import store_error
from costtui.store.reader import Link
from costtui.store.rows import CALL_COLUMNS, CALL_TABLES, QUALITY_COLUMNS, call_of, integer, quality_of
from costtui.store.runs import read_runs, with_call

_MOST_CALLS = 5000
_MOST_QUALITY = 1000
_MOST_RUNS = 500
"""Runs that are remembered with their totals, so that new calls can be added to them."""
_LIVENESS_S = 2.0


class SqliteTail:
    """What is new in the store at a path, poll by poll; survives its replacement, its absence and its writers."""

    def __init__(self, path: Path) -> None:
        self._link = Link(path)
        self._seen: tuple[int, int] | None = None
        """The file that the marks below belong to."""
        self._data_version = -1
        self._more = False
        self._call_id = self._epoch = self._revision = self._quality_id = 0
        self._runs: dict[str, Run] = {}
        self._running: set[str] = set()
        self._liveness_at = 0.0

    def start(self, cursor: int) -> None:
        """Follow from a call id on (the cursor of the totals that were read)."""
        with self._link.look() as connection:
            self._mark(connection, cursor)

    def poll(self) -> Delta:
        """Return what is new; cheap where nothing is. Raises StoreError while the store cannot be read."""
        try:
            connection = self._link.connection()
            if self._link.identity != self._seen:
                return self._begin_again()
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version == self._data_version and not self._more:
                return self._with_the_dead(Delta())
            with self._link.look() as looking:
                delta = self._read(looking, version)
            return self._with_the_dead(delta)
        except sqlite3.Error as error:
            self._link.close()
            raise store_error(error, self._link.path) from None
        except StoreError:
            self._link.close()
            raise

    def close(self) -> None:
        """Release the connection."""
        self._link.close()

    def _begin_again(self) -> Delta:
        # A file that is new to us: whoever follows reads its totals, and calls start() with their cursor.
        with self._link.look() as connection:
            self._mark(connection, integer(connection.execute("SELECT max(id) FROM call").fetchone()[0]))
        return Delta(reset=True)

    def _mark(self, connection: sqlite3.Connection, cursor: int) -> None:
        self._epoch, self._revision = _marks(connection)
        self._quality_id = integer(connection.execute("SELECT max(id) FROM quality").fetchone()[0])
        self._call_id, self._more = cursor, True
        self._seen = self._link.identity
        # These are looked at for signs of life; their totals may be ahead of the cursor, so they are not added to.
        running = f"WHERE status = {codes.STATUS_CODE[Status.RUNNING]} ORDER BY id DESC LIMIT {_MOST_RUNS}"
        self._running = {run.run_id for run in read_runs(connection, running, (), _now_us())}
        self._runs = {}

    def _read(self, connection: sqlite3.Connection, version: int) -> Delta:
        epoch, revision = _marks(connection)
        rows = connection.execute(
            f"SELECT {CALL_COLUMNS} FROM {CALL_TABLES} WHERE c.id > ? ORDER BY c.id LIMIT {_MOST_CALLS}",
            (self._call_id,),
        ).fetchall()
        quality = connection.execute(
            f"SELECT {QUALITY_COLUMNS}, id FROM quality WHERE id > ? ORDER BY id LIMIT {_MOST_QUALITY}",
            (self._quality_id,),
        ).fetchall()
        calls = tuple(map(call_of, rows))
        if epoch != self._epoch:
            self._runs.clear()
        runs = self._changed(connection, calls)
        if more_calls := len(calls) == _MOST_CALLS:
            # Totals that were read now are ahead of the calls handed on.
            self._runs.clear()
        delta = Delta(calls, runs, tuple(map(quality_of, quality)), reset=epoch != self._epoch)
        self._more = more_calls or len(quality) == _MOST_QUALITY
        self._call_id = integer(rows[-1][0]) if rows else self._call_id
        self._quality_id = integer(quality[-1][-1]) if quality else self._quality_id
        self._epoch, self._revision, self._data_version = epoch, revision, version
        return delta

    def _changed(self, connection: sqlite3.Connection, calls: Sequence[Call]) -> tuple[Run, ...]:
        """Return runs that were written or that have new calls; to those that are known the calls are added."""
        written = read_runs(connection, "WHERE revision > ?", (self._revision,), _now_us())
        changed = {run.run_id: run for run in written}
        unknown: set[str] = set()
        for call in calls:
            run_id = call.run_id
            if run_id and run_id in self._runs and run_id not in changed:
                self._runs[run_id] = with_call(self._runs[run_id], call)
            elif run_id and run_id not in changed:
                unknown.add(run_id)
        added = {call.run_id: self._runs[call.run_id] for call in calls if call.run_id in self._runs}
        changed = added | changed | {run.run_id: run for run in _named(connection, unknown)}
        self._remember(changed)
        return tuple(changed.values())

    def _remember(self, runs: dict[str, Run]) -> None:
        if len(self._runs) + len(runs) > _MOST_RUNS:
            self._runs.clear()
        self._runs.update(runs if len(runs) <= _MOST_RUNS else {})
        for run in runs.values():
            (self._running.add if run.status == Status.RUNNING else self._running.discard)(run.run_id)

    def _with_the_dead(self, delta: Delta) -> Delta:
        """Add runs whose process has died: nobody writes that into the store."""
        if not self._running or time.monotonic() < self._liveness_at:
            return delta
        self._liveness_at = time.monotonic() + _LIVENESS_S
        with self._link.look() as connection:
            ended = [run for run in _named(connection, self._running) if run.status != Status.RUNNING]
        if not ended:
            return delta
        self._running -= {run.run_id for run in ended}
        for run in ended:
            self._runs.pop(run.run_id, None)
        known = {run.run_id for run in ended}
        return replace(delta, runs=(*(run for run in delta.runs if run.run_id not in known), *ended))


def _named(connection: sqlite3.Connection, run_ids: Iterable[str]) -> list[Run]:
    names = list(run_ids)
    found: list[Run] = []
    for first in range(0, len(names), _MOST_RUNS):
        some = names[first : first + _MOST_RUNS]
        found += read_runs(connection, f"WHERE run_id IN ({', '.join('?' * len(some))})", some, _now_us())
    return found


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    row = connection.execute("SELECT epoch, revision FROM meta").fetchone()
    return (integer(row[0]), integer(row[1])) if row else (0, 0)


def _now_us() -> int:
    return time.time_ns() // 1000
