"""Rows of foreign tables: their values made safe, and which of them are new or have changed."""

import math
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from costtui.facts import Cost, CostSource
from costtui.money import nano

Row = tuple[Any, ...]
"""A row as read; its first value is the rowid, its last the instant in UTC microseconds that belongs to it."""


def same(value: object) -> object:
    """Return a value as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Table:
    """A foreign table: how its rows are read, and what facts they are."""

    name: str
    sql: str
    """Reads rows with a rowid above a parameter, in the order of their rowids, at most a second parameter of them."""
    time: int
    """Position of the timestamp."""
    facts: Callable[[Row], Iterable[Any]]
    """Gives the facts of a row."""
    key: tuple[int, ...] = ()
    """Positions of the values that name a row; none: its rowid."""
    thorough: bool = False
    """Whether it is read only when the whole file is compared."""
    moment: Callable[[object], object] = same
    """Makes the timestamp one that a clock can read."""


class Seen(Protocol):
    """What was read of a table."""

    @property
    def last(self) -> int:
        """The greatest rowid."""
        ...

    def see(self, row: Row) -> bool:
        """Remember a row with a greater rowid; return whether it is new or has changed."""
        ...

    def compare(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of the whole table that are new or have changed, and remember them all."""
        ...

    vanished: bool
    """Whether rows that were there are no more."""


class SeenRows:
    """Rows of a table named by their rowids: 16 bytes each."""

    def __init__(self) -> None:
        self.vanished = False
        self._rowids = array("q")
        self._prints = array("q")

    @property
    def last(self) -> int:
        """The greatest rowid."""
        return self._rowids[-1] if self._rowids else -(2**63)

    def see(self, row: Row) -> bool:
        """Remember a row with a greater rowid; it is new."""
        self._rowids.append(row[0])
        self._prints.append(hash(row))
        return True

    def compare(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of the whole table that are new or have changed, and remember them all."""
        now, matched = SeenRows(), 0
        for row in rows:
            now.see(row)
            at = bisect_left(self._rowids, row[0], matched)
            if at < len(self._rowids) and self._rowids[at] == row[0]:
                self.vanished |= at > matched
                matched = at + 1
                if self._prints[at] == now._prints[-1]:
                    continue
            yield row
        self.vanished |= matched < len(self._rowids)
        self._rowids, self._prints = now._rowids, now._prints


class SeenKeys:
    """Rows of a table named by some values: replacing one gives it another rowid."""

    def __init__(self, key: tuple[int, ...]) -> None:
        self.last = -(2**63)
        self.vanished = False
        self._key = key
        self._prints: dict[Row, int] = {}

    def see(self, row: Row) -> bool:
        """Remember a row; return whether it is new or has changed."""
        self.last = max(self.last, row[0])
        key, looks = self._name(row), hash(row[1:])
        changed = self._prints.get(key) != looks
        self._prints[key] = looks
        return changed

    def compare(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of the whole table that are new or have changed, and remember them all."""
        gone = set(self._prints)
        for row in rows:
            gone.discard(self._name(row))
            if self.see(row):
                yield row
        self.vanished |= bool(gone)
        for key in gone:
            del self._prints[key]

    def _name(self, row: Row) -> Row:
        return tuple(row[position] for position in self._key)


def text(value: object) -> str:
    """Return a value as text; empty where it is not known."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def number(value: object) -> float | None:
    """Return a value as a finite number, None where it is none."""
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def whole(value: object) -> int | None:
    """Return a value as a whole number, None where it is none."""
    if isinstance(value, int):
        return value
    found = number(value)
    return None if found is None else round(found)


def truth(value: object) -> bool:
    """Return a truth value that was written as 0 or 1, ``t``, ``true`` or ``yes``."""
    if isinstance(value, int | float):
        return bool(value)
    return text(value).strip().lower() in ("1", "t", "true", "y", "yes", "on")


def dollars(value: object, source: CostSource) -> Cost:
    """Return an amount in dollars as a cost; unpriced where it is no amount."""
    found = number(value)
    try:
        return Cost(None, CostSource.UNKNOWN) if found is None else Cost(nano(found), source)
    except ValueError:
        return Cost(None, CostSource.UNKNOWN)


def selection(have: Iterable[str], wanted: Iterable[str], prefix: str = "") -> str:
    """Return columns for a SELECT, NULL for those that a table does not have."""
    present = set(have)
    return ", ".join(f'{prefix}"{name}"' if name in present else "NULL" for name in wanted)


def select(table: str, have: Iterable[str], wanted: Iterable[str]) -> str:
    """Return the SELECT that reads a table from a rowid on."""
    return f"SELECT rowid, {selection(have, wanted)} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608 - our own names
