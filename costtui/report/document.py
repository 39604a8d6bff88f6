"""A report before it is written in any format: facts, tables, charts and notes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from costtui.view.table import Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure: its name in JSON, what it is called, its plain value and how that is written."""

    key: str
    label: str
    value: Any
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures that stand together."""

    key: str
    title: str
    """Empty for those of the whole report, which stand first."""
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a grid."""

    key: str
    title: str
    right: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: each cell as text, and each row as plain values."""

    key: str
    title: str
    columns: tuple[Column, ...]
    cells: tuple[tuple[str, ...], ...]
    records: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A series over places (days, runs) that are named; None is a gap."""

    key: str
    title: str
    names: tuple[str, ...]
    values: tuple[float | None, ...]
    labels: tuple[str, ...]
    """Each value as it is written."""
    bars: bool = True


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that the figures need."""

    text: str
    warning: bool = False


Block = Facts | Grid | Chart | Note


@dataclass(frozen=True, slots=True)
class Document:
    """A report."""

    key: str
    title: str
    store: str
    window: dict[str, str]
    """``start``, ``end`` (ISO) and ``tz``."""
    blocks: tuple[Block, ...]

    @property
    def grids(self) -> Sequence[Grid]:
        """All tables."""
        return [block for block in self.blocks if isinstance(block, Grid)]

    @property
    def subtitle(self) -> str:
        """Store and window in one line."""
        return f"{self.store} · {self.window['start'][:10]} to {self.window['end'][:16].replace('T', ' ')} {self.window['tz']}"


def grid(key: str, title: str, table: Table[T], items: Iterable[T]) -> Grid:
    """Return a table of the screens as a table of a report; a column that is empty in every row is left out."""
    found = list(items)
    texts = [[field.cell(item).text for item in found] for field in table.fields]
    kept = [place for place, column in enumerate(texts) if any(column)]
    fields = [table.fields[place] for place in kept]
    return Grid(
        key,
        title,
        tuple(Column(field.key, field.title, field.align == "right") for field in fields),
        tuple(zip(*(texts[place] for place in kept), strict=True)),
        tuple(table.record(item) for item in found),
    )
