"""The calls page: what just happened, call by call."""

from dataclasses import dataclass
from typing import Any

from costtui.call_fields import NUMBER_FIELDS, TEXT_FIELDS
from costtui.facts import Call
from costtui.filter import parse_filter
from costtui.reading import CallOrder, CallQuery
from costtui.view import call_table
from costtui.view.empty import nothing_passes, nothing_recorded
from costtui.view.snapshot import Sources
from costtui.view.table import Row
from costtui.view.target import Target
from costtui.window import Span

FILTER_FIELDS = (*TEXT_FIELDS, *NUMBER_FIELDS)
"""Names that the store knows in filters of calls."""

LIMIT = 500
"""How many calls a page holds; filters and orders look at all calls of the window."""


@dataclass(frozen=True, slots=True)
class CallsPage:
    """Calls of the window: oldest first while following, else in the order that was asked for."""

    table: tuple[Row, ...]
    total: int
    """Calls of the window before filtering."""
    empty: str
    items: tuple[call_table.Item, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as plain values."""
        return call_table.records(self.items)

    def target(self, key: str) -> Target:
        """Return what Enter on a row opens."""
        return Target("call", key)


@dataclass(frozen=True, slots=True)
class CallsRequest:
    """Calls of the window that a filter lets through, looked for in the store."""

    filter: str = ""
    order: CallOrder = "newest"
    limit: int = LIMIT
    between: tuple[int, int] | None = None
    """Instead of the window: the first instant, and the first after."""

    def build(self, sources: Sources) -> CallsPage:
        """Return the page. Raises StoreError."""
        where = parse_filter(self.filter)
        total = sum(sums.calls for sums in sources.totals.series.values())
        found = call_table.items(sources, self._calls(sources))
        empty = (
            nothing_passes("call", total, where, FILTER_FIELDS)
            if total and where
            else nothing_recorded(sources)
        )
        return CallsPage(
            table=call_table.rows_of(call_table.TABLE, found),
            total=total,
            empty=empty,
            items=found,
        )

    def _calls(self, sources: Sources) -> list[Call]:
        if not self.filter.strip() and self.between is None and self.order == "newest" and sources.recent:
            return list(sources.recent)[-self.limit :]
        query = CallQuery(
            span=sources.span if self.between is None else Span(self.between),
            where=parse_filter(self.filter),
            order=self.order,
            limit=self.limit,
        )
        found = sources.reader.calls(query)
        return found[::-1] if self.order == "newest" else found
