"""The tables of the cost report that no screen has: providers, subsystems, leads, and where costs come from."""

from collections.abc import Iterable
from dataclasses import dataclass

from costtui.facts import Run
from costtui.format import UNKNOWN, count, duration, percent
from costtui.money import usd
from costtui.reading import LeadReader
from costtui.report.document import Grid, grid
from costtui.view import leads
from costtui.view.group_table import FIGURES, Group
from costtui.view.groups import cost_of, grouped, merged
from costtui.view.precision import short_cost
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table

MOST_LEADS = 10


def _named(title: str, *ids: str) -> Table[Group]:
    return Table(
        Field(title, title, 0, lambda g: g.name, lambda g: g.name or UNKNOWN, align="left"),
        Field(
            "mean",
            "mean",
            8,
            lambda g: None if g.mean_ms is None else round(g.mean_ms, 1),
            lambda g: duration(g.mean_ms),
            name="mean_latency_ms",
        ),
        Field(
            "success",
            "success",
            8,
            lambda g: None if g.failed is None else round(1 - g.failed, 6),
            lambda g: UNKNOWN if g.failed is None else percent(1 - g.failed),
            name="success_rate",
        ),
        *FIGURES,
    ).only(title, *ids)


_TABLES = {
    "provider": _named(
        "provider",
        "calls",
        "cost",
        "share",
        "per_call",
        "mean",
        "p50",
        "p95",
        "success",
        "errors",
        "unpriced",
    ),
    "subsystem": _named(
        "subsystem", "calls", "cost", "share", "per_call", "mean", "p50", "p95", "success", "unpriced"
    ),
}


def by_field(field: str, sources: Sources) -> list[Grid]:
    """Return the table of providers or subsystems, none where no call has one."""
    series = sources.totals.series
    total = cost_of(series.values())
    groups = [
        Group(name, merged(parts), total)
        for name, parts in grouped(series, lambda one: str(getattr(one, field))).items()
    ]
    if not any(group.name for group in groups):
        return []
    groups.sort(key=lambda group: (-group.sums.cost_nano, group.name))
    return [grid(f"{field}s", f"{field.capitalize()}s", _TABLES[field], groups)]


def dearest_leads(sources: Sources) -> list[Grid]:
    """Return the table of the leads that cost most, none where no call was made for one. Raises StoreError."""
    if not isinstance(sources.reader, LeadReader):
        return []
    found = sources.reader.leads(sources.span, MOST_LEADS)
    if not found.number:
        return []
    title = f"Dearest leads ({count(len(found.dearest))} of {count(found.number)})"
    return [grid("leads", title, leads.TABLE, (leads.Item(lead, found.cost_nano) for lead in found.dearest))]


@dataclass(slots=True)
class Source:
    """The runs whose cost is known by one method."""

    method: str
    runs: int = 0
    cost_nano: int = 0
    estimated: int = 0
    unpriced: int = 0

    def add(self, run: Run) -> None:
        """Count a run."""
        self.runs += 1
        self.cost_nano += run.cost_nano
        self.estimated += run.estimated
        self.unpriced += run.unpriced


SOURCES: Table[Source] = Table(
    Field("source", "source", 0, lambda s: s.method, None, align="left"),
    Field("runs", "runs", 7, lambda s: s.runs, lambda s: count(s.runs)),
    Field(
        "cost",
        "cost",
        10,
        lambda s: float(usd(s.cost_nano)),
        lambda s: short_cost(s.cost_nano, estimated=s.estimated, unpriced=s.unpriced),
        name="cost_usd",
    ),
    Field(
        "unpriced",
        "unpriced",
        8,
        lambda s: s.unpriced,
        lambda s: count(s.unpriced) if s.unpriced else "",
        name="unpriced_calls",
    ),
)


def cost_sources(runs: Iterable[Run]) -> Grid:
    """Return the table of the methods by which the costs of runs are known."""
    found: dict[str, Source] = {}
    for run in runs:
        found.setdefault(run.source_method, Source(run.source_method)).add(run)
    ranked = sorted(found.values(), key=lambda source: -source.runs)
    return grid("sources", "Where the costs of runs come from", SOURCES, ranked)
