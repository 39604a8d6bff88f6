"""Columns of a table: which of them fit, and how rows are ordered by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from costtui.ui.widgets.fit import Align
from costtui.view.table import Row

GAP = 2
"""Blank cells between columns."""
_MIN_FLEXIBLE = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    id: str
    title: str
    width: int = 0
    """Cells; 0: flexible, takes what the others leave (several share it)."""
    align: Align = "left"
    priority: int = 0
    """0: always shown; larger numbers leave first when the table is narrow."""
    help: str = ""
    least: int = 0
    """Cells that a flexible column needs before others may stay."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A column that is shown, with the cells it got."""

    column: Column
    width: int


def fit_columns(columns: Sequence[Column], width: int) -> tuple[Slot, ...]:
    """Return the columns that fit side by side; those of the highest priority number leave first."""
    shown = list(columns)
    while _least(shown) > width:
        last = max(range(len(shown)), key=lambda index: (shown[index].priority, index))
        if not shown[last].priority:
            break
        del shown[last]
    flexible = sum(not column.width for column in shown)
    spare = max(width - sum(column.width for column in shown) - GAP * (len(shown) - 1), flexible)
    slots: list[Slot] = []
    for column in shown:
        share = column.width
        if not share:
            share = spare // flexible
            spare, flexible = spare - share, flexible - 1
        slots.append(Slot(column, share))
    return tuple(slots)


def sort_rows(rows: Sequence[Row], column: str, *, descending: bool) -> list[Row]:
    """Return rows ordered by a column; equal ones keep their order, unknown values come last."""
    known: list[tuple[float | str, Row]] = []
    unknown: list[Row] = []
    for row in rows:
        cell = row.cells.get(column)
        value = None if cell is None else cell.sort
        if value is None or value != value:
            unknown.append(row)
        else:
            known.append((value, row))
    try:
        known.sort(key=itemgetter(0), reverse=descending)
    except TypeError:  # numbers and texts in one column
        known.sort(key=lambda item: (isinstance(item[0], str), item[0]), reverse=descending)
    return [*(row for _, row in known), *unknown]


def _least(columns: Sequence[Column]) -> int:
    return sum(column.width or column.least or _MIN_FLEXIBLE for column in columns) + GAP * (len(columns) - 1)
