"""The overview page: am I fine, and if not, where to look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from costtui.facts import Budget, BudgetState, Period, Run, Status
from costtui.format import UNKNOWN, count
from costtui.money import MAX_NANO
from costtui.sums import Sums
from costtui.view import alerts, headline, runs, trouble
from costtui.view import nodes as node_view
from costtui.view.budgets import Gauge, Level, gauges, spread_evenly
from costtui.view.chart import Curve, bucket_name, has_open_end, per_bucket
from costtui.view.clock import is_zone, zone_name
from costtui.view.empty import nothing_recorded
from costtui.view.group_table import Group
from costtui.view.groups import counted
from costtui.view.headline import Figure
from costtui.view.pace import pace
from costtui.view.snapshot import Sources
from costtui.view.table import Row
from costtui.view.target import Target

TOP_NODES = 50
LATEST_RUNS = 8

NODES = node_view.TABLE.only("node", "calls", "cost", "share", "p95", "trend").flexible("node")
RUNS = runs.TABLE.only("run", "status", "started", "duration", "calls", "cost").flexible("run")


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The figures, budgets, chart and short tables of the window."""

    headline: tuple[Figure, ...]
    gauges: tuple[Gauge, ...]
    spend: Curve
    nodes: tuple[Row, ...]
    troubles: tuple[Row, ...]
    runs: tuple[Row, ...]
    empty: str
    """What to show instead of the page when there are no calls; else empty."""
    groups: tuple[Group, ...]
    trouble_targets: Mapping[str, Target]

    def rows(self) -> list[dict[str, Any]]:
        """Return the nodes as plain values."""
        return [node_view.EXPORTED.record(group) for group in self.groups]

    def worst(self) -> Target | None:
        """Return what burns the worst budget, None without any."""
        return self.gauges[0].target if self.gauges else None


@dataclass(frozen=True, slots=True)
class OverviewRequest:
    """The overview of the window."""

    redraw_s: ClassVar[float] = 0.2
    """Its many figures are read, not watched one by one: five times a second is live."""

    def build(self, sources: Sources) -> OverviewPage:
        """Return the page. Raises StoreError."""
        total = counted(sources.totals.series.values())
        today, states = _today(sources)
        all_gauges = gauges(sources, states)
        found = trouble.troubles(sources, total.errors)
        groups = node_view.node_groups(sources.totals, TOP_NODES)
        return OverviewPage(
            headline=_headline(sources, total, today, all_gauges),
            gauges=all_gauges,
            spend=_spend(sources, total.calls),
            nodes=tuple(NODES.row(group.name, group) for group in groups),
            troubles=tuple(trouble.TABLE.row(one.key, one, one.tone) for one in found),
            runs=tuple(
                RUNS.row(item.run.run_id, item) for item in runs.items(sources, _leading(sources.runs))
            ),
            empty="" if total.calls or all_gauges else nothing_recorded(sources),
            groups=tuple(groups),
            trouble_targets={one.key: one.target for one in found},
        )


def _leading(found: Sequence[Run]) -> list[Run]:
    """The runs at work, then the newest: as many as the page shows."""
    return sorted(found, key=lambda run: run.status is not Status.RUNNING)[:LATEST_RUNS]


def _headline(
    sources: Sources, total: Sums, today: BudgetState | None, found: tuple[Gauge, ...]
) -> tuple[Figure, ...]:
    speed = pace(sources.totals.spend_nano, sources.span.edges, sources.now_us)
    projected = None
    if today is not None and today.end_us is not None and sources.now_us < sources.span.end_us:
        projected = today.spent_nano + speed.nano_in(today.end_us - sources.now_us)
    return (
        headline.spent(total),
        headline.calls(total),
        headline.pace(speed, projected),
        headline.unpriced(total),
        headline.estimated(total),
        *_unattributed(sources),
        _alerts_figure(sources) or _budgets_figure(found),
    )


def _unattributed(sources: Sources) -> tuple[Figure, ...]:
    if sources.attribution is None:
        return ()
    from costtui.view.attribution import unattributed  # only stores with metric events pay for it

    return unattributed(sources)


def _alerts_figure(sources: Sources) -> Figure | None:
    if not sources.alerts:
        return None
    worst = sources.alerts[0].severity
    number = len(sources.alerts)
    return Figure("alerts", count(number), worst.value, alerts.TONES.get(worst, "warn"))


def _budgets_figure(found: tuple[Gauge, ...]) -> Figure:
    live = [one for one in found if one.live]
    over = sum(one.level is Level.OVER for one in live)
    warn = sum(one.level is Level.WARN for one in live)
    fast = sum(one.fast for one in live)
    counted = [
        f"{number} {word}" for number, word in ((over, "over"), (warn, "warn"), (fast, "fast")) if number
    ]
    if counted:
        tone = "error" if over else "warn" if warn else "accent"
        return Figure("budgets", " ".join(counted[:2]), f"of {count(len(live))}", tone)
    return (
        Figure("budgets", "OK", f"{count(len(live))} within limits", "ok")
        if live
        else Figure("budgets", UNKNOWN, "none in use")
    )


def _today(sources: Sources) -> tuple[BudgetState | None, list[BudgetState]]:
    """The spending of the calendar day, asked for as a budget without a limit, and the states of the real ones."""
    name = zone_name(sources.zone)
    if not is_zone(name):
        return None, sources.reader.budgets(sources.budgets, sources.now_us)
    today = Budget("today", MAX_NANO, MAX_NANO, period=Period.DAY, time_zone=name)
    states = sources.reader.budgets((*sources.budgets, today), sources.now_us)
    found = next((state for state in states if state.budget == today), None)
    return found, [state for state in states if state.budget != today]


def _spend(sources: Sources, calls: int) -> Curve:
    span = sources.span
    line = spread_evenly(sources.budgets, span.edges[1] - span.edges[0])
    return Curve(
        title=f"spend per {bucket_name(span)}",
        edges_us=span.edges,
        values=per_bucket(sources.totals.spend_nano, span, sources.now_us) if calls else (),
        threshold=None if line is None else line[0] / 1e9,
        threshold_label="" if line is None else line[1],
        open_end=has_open_end(span, sources.now_us),
    )
