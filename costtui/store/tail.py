"""Follows a store: what was committed since the last look, at a few microseconds where there is nothing."""

import sqlite3
import time
from pathlib import Path

from costtui.errors import StoreError
from costtui.facts import Delta, Run, Status
from costtui.store.connect import store_error
from costtui.store.reader import Link
from costtui.store.rows import CALL_COLUMNS, CALL_TABLES, QUALITY_COLUMNS, call_of, integer, quality_of
from costtui.store.runs import RUN_COLUMNS, run_of

_MOST_CALLS = 5000
_MOST_OTHERS = 1000
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
        self._running: dict[str, Run] = {}
        self._liveness_at = 0.0

    def start(self, cursor: int) -> None:
        """Follow from a call id on (the cursor of the totals that were read)."""
        with self._link.look() as connection:
            self._mark(connection, cursor)
            rows = connection.execute(
                f"SELECT {RUN_COLUMNS} FROM run WHERE status = 4 ORDER BY id DESC LIMIT 1000"
            )
            now_us = time.time_ns() // 1000
            self._remember([run_of(row, now_us) for row in rows])

    def poll(self) -> Delta:
        """Return what is new; cheap where nothing is. Raises StoreError while the store cannot be read."""
        try:
            connection = self._link.connection()
            if self._link.identity != self._seen:
                return self._begin_again(connection)
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version == self._data_version and not self._more:
                return self._liveness(Delta())
            with self._link.look() as looking:
                delta = self._read(looking, version)
            return self._liveness(delta)
        except sqlite3.Error as error:
            self._link.close()
            raise store_error(error, self._link.path) from None
        except StoreError:
            self._link.close()
            raise

    def close(self) -> None:
        """Release the connection."""
        self._link.close()

    def _begin_again(self, connection: sqlite3.Connection) -> Delta:
        # The file is new to us: whoever follows reads its totals and starts again. A file that merely could
        # not be read for a while is opened anew as well, and then nothing is lost by reading totals again.
        with self._link.look() as looking:
            self._mark(looking, integer(looking.execute("SELECT max(id) FROM call").fetchone()[0]))
        return Delta(reset=True)

    def _mark(self, connection: sqlite3.Connection, cursor: int) -> None:
        self._epoch, self._revision = _marks(connection)
        self._quality_id = integer(connection.execute("SELECT max(id) FROM quality").fetchone()[0])
        self._call_id, self._more = cursor, True
        self._seen = self._link.identity

    def _read(self, connection: sqlite3.Connection, version: int) -> Delta:
        epoch, revision = _marks(connection)
        calls = connection.execute(
            f"SELECT {CALL_COLUMNS} FROM {CALL_TABLES} WHERE c.id > ? ORDER BY c.id LIMIT {_MOST_CALLS}",
            (self._call_id,),
        ).fetchall()
        runs = quality = []
        if revision != self._revision:
            runs = connection.execute(
                f"SELECT {RUN_COLUMNS}, revision FROM run WHERE revision > ?"
                f" ORDER BY revision LIMIT {_MOST_OTHERS}",
                (self._revision,),
            ).fetchall()
        quality = connection.execute(
            f"SELECT {QUALITY_COLUMNS}, id FROM quality WHERE id > ? ORDER BY id LIMIT {_MOST_OTHERS}",
            (self._quality_id,),
        ).fetchall()
        now_us = time.time_ns() // 1000
        delta = Delta(
            calls=tuple(map(call_of, calls)),
            runs=tuple(run_of(row, now_us) for row in runs),
            quality=tuple(map(quality_of, quality)),
            reset=epoch != self._epoch,
        )
        self._more = len(calls) == _MOST_CALLS or len(quality) == _MOST_OTHERS
        if len(runs) < _MOST_OTHERS:
            self._revision = revision
        else:
            # All runs of one transaction share a revision: the last one may be cut in two, so it comes again.
            self._revision, self._more = max(integer(runs[-1][-1]) - 1, self._revision + 1), True
        self._call_id = integer(calls[-1][0]) if calls else self._call_id
        self._quality_id = integer(quality[-1][-1]) if quality else self._quality_id
        self._epoch, self._data_version = epoch, version
        self._remember(delta.runs)
        return delta

    def _remember(self, runs: "tuple[Run, ...] | list[Run]") -> None:
        for run in runs:
            if run.status == Status.RUNNING and run.pid > 0:
                self._running[run.run_id] = run
            else:
                self._running.pop(run.run_id, None)

    def _liveness(self, delta: Delta) -> Delta:
        """Add runs whose process has died: nobody writes that into the store."""
        if not self._running or time.monotonic() < self._liveness_at:
            return delta
        self._liveness_at = time.monotonic() + _LIVENESS_S
        marks = ", ".join("?" * len(self._running))
        with self._link.look() as connection:
            rows = connection.execute(
                f"SELECT {RUN_COLUMNS} FROM run WHERE run_id IN ({marks})", tuple(self._running)
            ).fetchall()
        now_us = time.time_ns() // 1000
        ended = [run for run in (run_of(row, now_us) for row in rows) if run.status != Status.RUNNING]
        self._remember(ended)
        known = {run.run_id for run in delta.runs}
        more = tuple(run for run in ended if run.run_id not in known)
        return Delta(delta.calls, (*delta.runs, *more), delta.quality, delta.reset) if more else delta


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    row = connection.execute("SELECT epoch, revision FROM meta").fetchone()
    return (integer(row[0]), integer(row[1])) if row else (0, 0)
