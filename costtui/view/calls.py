"""The calls page: what just happened, call by call."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from costtui.call_fields import NUMBER_FIELDS, TEXT_FIELDS
from costtui.facts import Call, Status
from costtui.filter import parse_filter
from costtui.format import UNKNOWN, duration, money, tokens
from costtui.money import usd
from costtui.reading import CallOrder, CallQuery
from costtui.sums import is_estimated
from costtui.view.clock import clock, moment, start_of_day
from costtui.view.empty import nothing_passes, nothing_recorded
from costtui.view.precision import UNPRICED
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target

FILTER_FIELDS = (*TEXT_FIELDS, *NUMBER_FIELDS)
"""Names that the store knows in filters of calls."""

LIMIT = 500
"""How many calls a page holds; filters and orders look at all calls of the window."""


@dataclass(frozen=True, slots=True)
class Item:
    """A call, and what its time is written with."""

    call: Call
    zone: tzinfo
    today_us: int
    """Some instant of today: the same in every snapshot of a day, so that rows stay equal."""


STATUS_TONES = {
    Status.OK: "ok",
    Status.ERROR: "error",
    Status.CANCELLED: "muted",
    Status.PARTIAL: "warn",
    Status.RUNNING: "accent",
    Status.INTERRUPTED: "error",
}


def cost_text(call: Call) -> str:
    """Return the cost of a call with its precision; a word where the price is not known."""
    if call.cost.nano is None:
        return UNPRICED
    return ("≈" if is_estimated(call) else "") + money(call.cost.nano)


def _status_text(call: Call) -> str:
    text = call.status.value
    if call.cache_hit:
        text += " cached"
    return text if call.attempt <= 1 else f"{text} #{call.attempt}"


def _tokens(number: int | None, item: Item) -> str:
    return ("≈" if number is not None and item.call.usage.state == "estimated" else "") + tokens(number)


TABLE: Table[Item] = Table(
    Field(
        "time",
        "time",
        12,
        lambda i: i.call.started_us,
        lambda i: clock(i.call.started_us, i.zone, i.today_us),
        "muted",
        align="left",
        name="started_us",
        help="when the call began",
    ),
    Field(
        "node",
        "node",
        0,
        lambda i: i.call.node,
        lambda i: i.call.node or UNKNOWN,
        align="left",
        help="path of the step that made the call",
    ),
    Field(
        "model",
        "model",
        18,
        lambda i: i.call.model,
        lambda i: i.call.model or UNKNOWN,
        "muted",
        align="left",
        priority=1,
        help="the model that answered",
    ),
    Field(
        "status",
        "status",
        9,
        lambda i: i.call.status.value,
        lambda i: _status_text(i.call),
        lambda i: STATUS_TONES.get(i.call.status, ""),
        align="left",
        help="how it ended; #2 is the second attempt of an operation",
    ),
    Field(
        "cost",
        "cost",
        10,
        lambda i: None if i.call.cost.nano is None else float(usd(i.call.cost.nano)),
        lambda i: cost_text(i.call),
        lambda i: "warn" if i.call.cost.nano is None else "money",
        name="cost_usd",
        help="≈ where tokens or cost are estimates",
    ),
    Field(
        "latency",
        "latency",
        8,
        lambda i: i.call.latency_ms,
        lambda i: duration(i.call.latency_ms),
        name="latency_ms",
        help="from the request to the end of the answer",
    ),
    Field(
        "ttft",
        "TTFT",
        8,
        lambda i: i.call.ttft_ms,
        lambda i: duration(i.call.ttft_ms),
        priority=5,
        name="ttft_ms",
        help="time to the first token of a stream",
    ),
    Field(
        "input",
        "in",
        7,
        lambda i: i.call.usage.input_tokens,
        lambda i: _tokens(i.call.usage.input_tokens, i),
        priority=2,
        name="input_tokens",
        help="input tokens, cached ones included",
    ),
    Field(
        "output",
        "out",
        7,
        lambda i: i.call.usage.output_tokens,
        lambda i: _tokens(i.call.usage.output_tokens, i),
        priority=2,
        name="output_tokens",
        help="output tokens, reasoning included",
    ),
    Field(
        "cached",
        "cached",
        7,
        lambda i: i.call.usage.cache_read_tokens,
        lambda i: tokens(i.call.usage.cache_read_tokens) if i.call.usage.cache_read_tokens else "",
        "muted",
        priority=6,
        name="cache_read_tokens",
        help="input tokens read from the provider's cache",
    ),
    Field(
        "run",
        "run",
        14,
        lambda i: i.call.run_id,
        None,
        "muted",
        align="left",
        priority=3,
        name="run_id",
        help="the execution of the pipeline that it belongs to",
    ),
    Field(
        "provider",
        "provider",
        10,
        lambda i: i.call.provider,
        None,
        "muted",
        align="left",
        priority=7,
        help="who served it",
    ),
    Field(
        "subsystem",
        "subsystem",
        12,
        lambda i: i.call.subsystem,
        None,
        "muted",
        align="left",
        priority=4,
        help="of the run",
    ),
    Field(
        "lead",
        "lead",
        10,
        lambda i: i.call.lead_id,
        None,
        "muted",
        align="left",
        priority=8,
        help="the customer entity",
    ),
    Field(
        "error",
        "error",
        24,
        lambda i: i.call.error,
        None,
        "error",
        align="left",
        priority=5,
        help="what the provider said",
    ),
)
"""Columns of the calls page."""


@dataclass(frozen=True, slots=True)
class CallsPage:
    """Calls of the window: oldest first while following, else in the order that was asked for."""

    table: tuple[Row, ...]
    total: int
    """Calls of the window before filtering."""
    empty: str
    items: tuple[Item, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as plain values."""
        return records(self.items)

    def target(self, key: str) -> Target:
        """Return what Enter on a row opens."""
        return Target("call", key)


@dataclass(frozen=True, slots=True)
class CallsRequest:
    """Calls of the window that a filter lets through, looked for in the store."""

    filter: str = ""
    order: CallOrder = "newest"
    nodes: tuple[str, ...] = ()
    run_id: str = ""
    limit: int = LIMIT

    def build(self, sources: Sources) -> CallsPage:
        """Return the page. Raises StoreError."""
        where = parse_filter(self.filter)
        total = sum(sums.calls for sums in sources.totals.series.values())
        found = items(sources, self._calls(sources))
        empty = (
            nothing_passes("call", total, where, FILTER_FIELDS)
            if total and where
            else nothing_recorded(sources)
        )
        return CallsPage(
            table=rows_of(TABLE, found),
            total=total,
            empty=empty,
            items=found,
        )

    def _calls(self, sources: Sources) -> list[Call]:
        plain = not (self.filter or self.nodes or self.run_id)
        if plain and self.order == "newest" and sources.recent:
            return list(sources.recent)[-self.limit :]
        query = CallQuery(
            span=sources.span,
            nodes=self.nodes,
            run_id=self.run_id,
            where=parse_filter(self.filter),
            order=self.order,
            limit=self.limit,
        )
        found = sources.reader.calls(query)
        return found[::-1] if self.order == "newest" else found


def items(sources: Sources, calls: Iterable[Call]) -> tuple[Item, ...]:
    """Return calls with what their cells need."""
    today = start_of_day(sources.now_us, sources.zone)
    return tuple(Item(call, sources.zone, today) for call in calls)


def rows_of(table: Table[Item], found: Iterable[Item]) -> tuple[Row, ...]:
    """Return the rows that show calls."""
    return tuple(
        table.row(str(item.call.id), item, "error" if item.call.status is Status.ERROR else "")
        for item in found
    )


def records(found: Iterable[Item]) -> list[dict[str, Any]]:
    """Return calls as plain values, with their time in words."""
    return [
        {
            "id": item.call.id,
            "started_at": moment(item.call.started_us, item.zone),
            **TABLE.record(item),
            "cost_source": item.call.cost.source.value,
        }
        for item in found
    ]
