"""Follows the tables of one foreign file: what is new or has changed in them, as facts."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import tzinfo
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

from costtui.errors import StoreForeign
from costtui.sources import ai_cost_tracking, costs, quality
from costtui.sources.clock import Clock
from costtui.sources.detect import foreign_kinds
from costtui.sources.foreign import Looks, connected, looks
from costtui.sources.rows import Row, Seen, SeenKeys, SeenRows, Table

Write = Callable[[list[Any]], None]
Progress = Callable[[int, int], None]
"""(rows done, rows in all)."""

BATCH = 2000
"""Rows that are read, and handed on, together."""
_SHARE = 20
"""A comparison of the whole file may take one part in so many of the time."""


class FollowedFile:
    """A foreign file that is read when its looks change: new rows at once, changed ones as time allows.

    Finding rows that were changed in place or deleted takes a look at every row, so that this is done less often
    the longer it takes; in a file of a few thousand rows that is always.
    """

    def __init__(self, path: Path, zone: tzinfo, *, with_runs: bool = True) -> None:
        """Prepare to follow a file; ``with_runs``: a quality store tells of its runs too. Raises StoreError."""
        self.path = path
        self.kinds = foreign_kinds(path)
        if not self.kinds:
            raise StoreForeign(f"{path} holds no tables that costtui knows")
        self._zone = zone
        self._with_runs = with_runs and self.kinds == ("quality",)
        self._opened_us = time_ns() // 1000
        self._looks: Looks | None = None
        self._seen: dict[str, Seen] = {}
        self._clocks: dict[str, Clock] = {}
        self._compared = False
        self._compare_at = 0.0

    @property
    def vanished(self) -> bool:
        """Whether rows that were handed on are no more in the file."""
        return any(seen.vanished for seen in self._seen.values())

    def due(self) -> bool:
        """Return whether there may be something to read. Raises StoreError."""
        now = looks(self.path)
        if now != self._looks or not now.settled():
            return True
        return not self._compared and monotonic() >= self._compare_at

    def read(self, write: Write, progress: Progress | None = None) -> None:
        """Hand on what is new or has changed. Raises StoreError; what was not handed on comes with the next read."""
        now = looks(self.path)
        with connected(self.path) as connection:
            tables = self._tables(connection)
            whole = monotonic() >= self._compare_at
            begun = monotonic()
            done = 0
            total = sum(_count(connection, table) for table in tables) if progress else 0
            for table in tables:
                if table.thorough and not whole:
                    continue
                for batch in _batches(self._changed(connection, table, whole=whole)):
                    write([fact for row in batch for fact in table.facts(row)])
                    done += len(batch)
                    if progress:
                        progress(done, total)
        if whole:
            self._compare_at = monotonic() + _SHARE * (monotonic() - begun)
        self._compared = whole and now.settled()
        self._looks = now

    def _changed(self, connection: sqlite3.Connection, table: Table, *, whole: bool) -> Iterator[Row]:
        if table.name not in self._seen:
            self._seen[table.name] = SeenKeys(table.key) if table.key else SeenRows()
        if whole:
            self._clocks[table.name] = Clock(self._zone)
        seen = self._seen[table.name]
        after = -(2**63) if whole else seen.last
        rows = self._timed(table, _rows(connection, table, after))
        return seen.compare(rows) if whole else filter(seen.see, rows)

    def _timed(self, table: Table, rows: Iterator[Row]) -> Iterator[Row]:
        """Add to each row its instant: its own, else that of the row above it."""
        clock = self._clocks[table.name]
        for row in rows:
            yield (*row, clock.read(table.moment(row[table.time])) or clock.last_us or self._opened_us)

    def _tables(self, connection: sqlite3.Connection) -> list[Table]:
        readers: dict[str, Callable[[sqlite3.Connection], list[Table]]] = {
            "costs": costs.tables,
            "ai_cost_tracking": ai_cost_tracking.tables,
            "quality": partial(quality.tables, with_runs=self._with_runs),
        }
        return [table for kind in self.kinds for table in readers[kind](connection)]


def _rows(connection: sqlite3.Connection, table: Table, after: int) -> Iterator[Row]:
    """Read the rows above a rowid, some at a time: the file's own program can write in between."""
    while rows := connection.execute(table.sql, (after, BATCH)).fetchall():
        yield from rows
        after = rows[-1][0]


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _count(connection: sqlite3.Connection, table: Table) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM ({table.sql})", (-(2**63), -1)).fetchone()  # noqa: S608
    return int(count)
