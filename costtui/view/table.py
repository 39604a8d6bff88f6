"""Tables as data: fields say once how a column is titled, sized, valued and worded, wherever it is shown."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from costtui.filter import Filter, Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one cell."""

    text: str
    sort: float | str | None = None
    """What the column is sorted by; None comes last."""
    tone: str = ""
    """Meaning of a colour: ``ok``, ``warn``, ``error``, ``muted``, ``accent`` or ``money``."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a key that stays the same while the figures change, and a cell for each field."""

    key: str
    cells: Mapping[str, Cell]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Field(Generic[T]):
    """A column over items of one kind: what it is worth, and how that is written."""

    id: str
    """Name in filters (``cost>0.01``) and key of the cell."""
    title: str
    width: int
    """Cells of the terminal; 0 takes what the others leave."""
    value: Callable[[T], Value]
    """Plain value to sort, filter and export by; None where it is not known."""
    text: Callable[[T], str] | None = None
    """How the value is written; None: as it is."""
    tone: Callable[[T], str] | str = ""
    align: Literal["left", "right"] = "right"
    priority: int = 0
    """0 is always shown; the larger, the sooner it is left out of a narrow table."""
    name: str = ""
    """Key in exports where it needs a unit (``cost_usd``); empty: the id."""
    help: str = ""
    least: int = 0
    """Where the width is 0: cells below which other columns are left out for it."""

    @property
    def key(self) -> str:
        """Key of the column in exports."""
        return self.name or self.id

    def cell(self, item: T) -> Cell:
        """Return the cell of an item."""
        value = self.value(item)
        if self.text is not None:
            text = self.text(item)
        else:
            text = "" if value is None else str(value)
        return Cell(text, value, self.tone if isinstance(self.tone, str) else self.tone(item))


class Cells(Mapping[str, Cell], Generic[T]):
    """The cells of one item, made when they are drawn or sorted by: most rows of a long table never are."""

    __slots__ = ("_fields", "_item", "_made")

    def __init__(self, fields: Mapping[str, Field[T]], item: T) -> None:
        self._fields = fields
        self._item = item
        self._made: dict[str, Cell] = {}

    def __getitem__(self, field_id: str) -> Cell:
        cell = self._made.get(field_id)
        if cell is None:
            cell = self._made[field_id] = self._fields[field_id].cell(self._item)
        return cell

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def record(self) -> dict[str, Any]:
        """Return the item as plain values under the names of exports."""
        return {field.key: field.value(self._item) for field in self._fields.values()}

    def __eq__(self, other: object) -> bool:
        """Return whether both read the same; equal items do."""
        if not isinstance(other, Cells):
            return NotImplemented
        if self._fields is other._fields and self._item == other._item:
            return True
        return dict(self) == dict(other)

    __hash__ = None  # type: ignore[assignment]


class Table(Generic[T]):
    """Columns over items of one kind."""

    __slots__ = ("_by_id", "fields")

    def __init__(self, *fields: Field[T]) -> None:
        self.fields = fields
        self._by_id = {field.id: field for field in fields}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns in filters."""
        return tuple(self._by_id)

    def only(self, *ids: str) -> "Table[T]":
        """Return a table with some of the columns, in the order named."""
        return Table(*(self._by_id[field_id] for field_id in ids))

    def without(self, *ids: str) -> "Table[T]":
        """Return a table without some of the columns."""
        return Table(*(field for field in self.fields if field.id not in ids))

    def flexible(self, field_id: str) -> "Table[T]":
        """Return the table with one column that takes what the others leave."""
        return Table(*(replace(field, width=0) if field.id == field_id else field for field in self.fields))

    def row(self, key: str, item: T, tone: str = "") -> Row:
        """Return the row that shows an item."""
        return Row(key, Cells(self._by_id, item), tone)

    def record(self, item: T) -> dict[str, Any]:
        """Return an item as plain values under the names of exports."""
        return {field.key: field.value(item) for field in self.fields}

    def passing(
        self, items: Iterable[T], where: Filter, other: Callable[[T, str], Value] = lambda item, name: None
    ) -> list[T]:
        """Return the items that a filter lets through: by the id or export name of a field, or by any word shown.

        ``other`` gives the value of a name that is no column.
        """
        if not where:
            return list(items)
        by_name = {**{field.key: field for field in self.fields}, **self._by_id}

        def passes(item: T) -> bool:
            def get(name: str) -> Value:
                field = by_name.get(name)
                return other(item, name) if field is None else field.value(item)

            return where.matches(get, lambda: " ".join(field.cell(item).text for field in self.fields))

        return [item for item in items if passes(item)]
