"""Tables as data: fields say once how a column is titled, sized, valued and worded, wherever it is shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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


Fields = tuple[Field[T], ...]


def row(fields: Iterable[Field[T]], key: str, item: T, tone: str = "") -> Row:
    """Return the row that shows an item."""
    return Row(key, {field.id: field.cell(item) for field in fields}, tone)


def record(fields: Iterable[Field[T]], item: T) -> dict[str, Any]:
    """Return an item as plain values under the names of exports."""
    return {field.key: field.value(item) for field in fields}


def passing(fields: Sequence[Field[T]], items: Iterable[T], where: Filter) -> list[T]:
    """Return the items that a filter lets through: by the id or export name of a field, or by any word shown."""
    if not where:
        return list(items)
    by_name = {name: field for field in fields for name in (field.id, field.key)}

    def passes(item: T) -> bool:
        def get(name: str) -> Value:
            field = by_name.get(name)
            return None if field is None else field.value(item)

        return where.matches(get, lambda: " ".join(field.cell(item).text for field in fields))

    return [item for item in items if passes(item)]


def unknown_fields(where: Filter, names: Iterable[str]) -> tuple[str, ...]:
    """Return the field names of a filter that a table does not have, for the message that says so."""
    known = set(names)
    return tuple(term.field for term in where.terms if term.field and term.field not in known)
