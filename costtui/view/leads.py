"""The leads that cost most, and what a lead costs on average."""

from dataclasses import dataclass, field
from typing import Any

from costtui.format import UNKNOWN, count, money, percent
from costtui.money import usd
from costtui.reading import LeadCost, LeadReader, LeadTotals
from costtui.view.empty import nothing_recorded
from costtui.view.headline import Figure
from costtui.view.precision import cost_tone, short_cost
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target, quoted
from costtui.window import Span

MOST = 100
"""Leads in the table."""
_FRESH_US = 2_000_000
"""How long the leads are shown as they were read: adding them up can take longer than a redraw may."""


@dataclass(frozen=True, slots=True)
class Item:
    """A lead, and the known cost of all of them."""

    lead: LeadCost
    total_nano: int

    def cost_text(self) -> str:
        """Return the cost with its precision."""
        return short_cost(self.lead.cost_nano, estimated=0, unpriced=self.lead.unpriced)

    @property
    def share(self) -> float | None:
        """Part of the known cost of all leads."""
        return self.lead.cost_nano / self.total_nano if self.total_nano else None

    @property
    def per_call_nano(self) -> int | None:
        """Known cost per call that has one."""
        priced = self.lead.calls - self.lead.unpriced
        return round(self.lead.cost_nano / priced) if priced > 0 else None


TABLE: Table[Item] = Table(
    Field("lead", "lead", 0, lambda i: i.lead.lead_id, None, align="left", name="lead_id", help="its id"),
    Field(
        "calls", "calls", 8, lambda i: i.lead.calls, lambda i: count(i.lead.calls), help="calls made for it"
    ),
    Field(
        "cost",
        "cost",
        11,
        lambda i: float(usd(i.lead.cost_nano)),
        Item.cost_text,
        lambda i: cost_tone(i.cost_text()),
        name="cost_usd",
        help="known cost of its calls; + where some are unpriced",
    ),
    Field(
        "share",
        "share",
        7,
        lambda i: None if i.share is None else round(i.share, 6),
        lambda i: UNKNOWN if i.share is None else percent(i.share),
        priority=1,
        help="of the known cost of all leads",
    ),
    Field(
        "per_call",
        "$/call",
        10,
        lambda i: None if i.per_call_nano is None else float(usd(i.per_call_nano)),
        lambda i: money(i.per_call_nano),
        priority=2,
        name="cost_per_call_usd",
        help="known cost per priced call",
    ),
    Field(
        "unpriced",
        "unpriced",
        8,
        lambda i: i.lead.unpriced,
        lambda i: count(i.lead.unpriced) if i.lead.unpriced else "",
        "warn",
        priority=3,
        name="unpriced_calls",
        help="calls whose price is not known: they are not in the cost",
    ),
)
"""Columns of the leads."""


@dataclass(frozen=True, slots=True)
class LeadsPage:
    """The dearest leads of the window."""

    headline: tuple[Figure, ...]
    table: tuple[Row, ...]
    empty: str
    items: tuple[Item, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as plain values."""
        return [TABLE.record(item) for item in self.items]

    def target(self, key: str) -> Target:
        """Return the calls that were made for a lead."""
        return Target("calls", filter=quoted("lead", key))


@dataclass
class _Read:
    """What was read last, of which time and when."""

    span: Span | None = None
    at_us: int = 0
    totals: LeadTotals = field(default_factory=LeadTotals)


@dataclass(frozen=True, slots=True)
class LeadsRequest:
    """The dearest leads of the window."""

    _read: _Read = field(default_factory=_Read, init=False, compare=False, repr=False)

    def build(self, sources: Sources) -> LeadsPage:
        """Return the page. Raises StoreError."""
        totals = self._totals(sources)
        items = tuple(Item(lead, totals.cost_nano) for lead in totals.dearest)
        return LeadsPage(
            headline=_headline(totals),
            table=tuple(TABLE.row(item.lead.lead_id, item) for item in items),
            empty=_empty(sources),
            items=items,
        )

    def _totals(self, sources: Sources) -> LeadTotals:
        if not isinstance(sources.reader, LeadReader):
            return LeadTotals()
        read = self._read
        if read.span != sources.span or not 0 <= sources.now_us - read.at_us < _FRESH_US:
            read.totals = sources.reader.leads(sources.span, MOST)
            read.span, read.at_us = sources.span, sources.now_us
        return read.totals


def _headline(totals: LeadTotals) -> tuple[Figure, ...]:
    mean = round(totals.cost_nano / totals.number) if totals.number else None
    top = sum(lead.cost_nano for lead in totals.dearest[:10])
    return (
        Figure("leads", count(totals.number), f"the dearest {MOST} below" if totals.number > MOST else ""),
        Figure("per lead", money(mean), "known cost, on average", "money"),
        Figure("all leads", money(totals.cost_nano) if totals.number else UNKNOWN, "known cost", "money"),
        Figure(
            "dearest ten",
            percent(top, totals.cost_nano) if totals.cost_nano else UNKNOWN,
            "of the cost of all leads",
        ),
    )


def _empty(sources: Sources) -> str:
    if any(sums.calls for sums in sources.totals.series.values()):
        return "No call in this window names a lead: record calls with lead_id=…"
    return nothing_recorded(sources)
