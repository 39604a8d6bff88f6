"""Sums that do not fit 64 bits, as only nonsense makes them, are cut off instead of failing."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any


def summed(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[object] | Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """Return the rows of a query with sums; those beyond 64 bits are cut off there instead of failing."""
    try:
        return connection.execute(sql, parameters).fetchall()
    except sqlite3.OperationalError as error:
        if "integer overflow" not in str(error):
            raise
        return connection.execute(_saturating(sql), parameters).fetchall()


def whole(value: object) -> int:
    """Return a number from the store as an integer of 64 bits, 0 for what is none."""
    if isinstance(value, int):
        return value
    return int(min(max(value, -(2.0**63)), 2.0**63 - 1024)) if isinstance(value, float) else 0


def _saturating(sql: str) -> str:
    # As floats: correct to 15 digits, never an overflow.
    return sql.replace("sum(", "total(")
