"""What is on a page, written to a file: CSV, JSON, or a picture."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from costtui.text import csv_cell

Record = dict[str, Any]

FORMATS = {
    "csv": "the rows as filtered, for spreadsheets",
    "json": "the rows as filtered, for programs",
    "svg": "a picture of the screen",
}
"""Formats of an export, and what they are for."""


def export_text(name: str, rows: Sequence[Record]) -> str:
    """Return rows in the format of a name, ``csv`` or ``json``."""
    return csv_text(rows) if name == "csv" else json_text(list(rows))


def csv_text(rows: Sequence[Record]) -> str:
    """Return rows as CSV with a header; texts that a spreadsheet would run as a formula begin with an apostrophe."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


def json_text(value: Any) -> str:
    """Return a value as readable JSON; what JSON does not know is written as text."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"


def write_new(directory: Path, stem: str, suffix: str, text: str) -> Path:
    """Write a file that did not exist and return its path; a number is added where the name is taken. Raises OSError."""
    for number in range(1, 1000):
        path = directory / (f"{stem}.{suffix}" if number == 1 else f"{stem}-{number}.{suffix}")
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{directory / stem}.{suffix} and 998 more exist: remove some")


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str)
    return csv_cell(value)
