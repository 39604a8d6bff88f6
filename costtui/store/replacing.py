"""A row under a key: written again, it is replaced; and what of a fact becomes text."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from costtui.store.calls_write import word


def replace_row(connection: sqlite3.Connection, table: str, key: str, row: Mapping[str, Any]) -> None:
    """Write a row; one with the same ``key`` (columns, comma-separated) gets its values. Raises sqlite3.Error."""
    updates = ", ".join(f"{name} = excluded.{name}" for name in row if name not in key.split(", "))
    connection.execute(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
        f" ON CONFLICT ({key}) DO UPDATE SET {updates}",
        tuple(row.values()),
    )


def dumped(value: Any) -> str | None:
    """Return a value as canonical JSON, None for an empty mapping; what JSON has no word for becomes text."""
    if isinstance(value, Mapping):
        if not value:
            return None
        value = dict(value)
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps(word(repr(type(value))))
    return encodable(text)


def encodable(text: str) -> str:
    """Return a text without what UTF-8 has no bytes for."""
    return text.encode("utf-8", "replace").decode()
