"""The page of one node: its models, its trend, its latest calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from costtui.facts import Call, Series
from costtui.format import count, duration, money, percent
from costtui.money import NANO_PER_USD
from costtui.reading import CallQuery
from costtui.sums import Sums
from costtui.view import call_table, headline
from costtui.view.chart import Curve, bucket_name, has_open_end, per_bucket
from costtui.view.empty import nothing_recorded
from costtui.view.group_table import FIGURES, Group
from costtui.view.groups import cost_of, grouped, merged
from costtui.view.headline import Figure
from costtui.view.node_trend import NodeTrend, node_trend
from costtui.view.node_trend_table import TREND_LINES, trend_lines, unit_of
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target, quoted

LATEST = 100
"""Calls at the foot of the page, and in the latency chart where no more are at hand."""

MODELS: Table[Group] = Table(
    Field("model", "model", 0, lambda g: g.name, lambda g: g.name or "(no model)", align="left"),
    Field("provider", "provider", 12, lambda g: g.provider, None, "muted", align="left", priority=2),
    *FIGURES,
)
"""Columns of the models of a node."""

CALLS = call_table.TABLE.only(
    "time", "model", "status", "cost", "latency", "ttft", "input", "output", "run", "error"
)


@dataclass(frozen=True, slots=True)
class NodePage:
    """What one node costs and how long it takes."""

    node: str
    headline: tuple[Figure, ...]
    models: tuple[Row, ...]
    spend: Curve
    per_call: Curve
    """Cost per call, the buckets marked in which it was unusual; for longer than the window."""
    latency: Curve
    trend: tuple[Row, ...]
    """Where cost and success are going, and when the cost was unusual."""
    calls: tuple[Row, ...]
    empty: str
    items: tuple[call_table.Item, ...]
    trend_targets: Mapping[str, Target]

    def rows(self) -> list[dict[str, Any]]:
        """Return the latest calls as plain values."""
        return call_table.records(self.items)

    def target(self, key: str) -> Target:
        """Return what Enter on one of the calls opens."""
        return Target("call", key)

    def trend_target(self, key: str) -> Target:
        """Return what Enter on a line of the trend opens: the calls that it is about."""
        return self.trend_targets[key]

    def model(self, key: str) -> tuple[str, str] | None:
        """Return provider and model of a row of the models, None where the model has no name."""
        provider, _, model = key.partition("\x1f")
        return (provider, model) if model else None

    def model_target(self, key: str) -> Target:
        """Return what Enter on one of the models opens: its calls in this node."""
        provider, _, model = key.partition("\x1f")
        terms = (quoted("node", self.node), quoted("provider", provider), quoted("model", model))
        return Target("calls", filter=" ".join(terms))


@dataclass(frozen=True, slots=True)
class NodeRequest:
    """One node in the window."""

    node: str

    def build(self, sources: Sources) -> NodePage:
        """Return the page. Raises StoreError."""
        totals = sources.totals
        own = {series: sums for series, sums in totals.series.items() if series.node == self.node}
        total = merged(own.values())
        calls = _latest_calls(self.node, total.calls, sources)
        items = call_table.items(sources, calls)
        shown = items[:LATEST]
        found = node_trend(sources, self.node)
        lines = trend_lines(found, self.node, sources) if found else []
        return NodePage(
            node=self.node,
            headline=_headline(total, cost_of(totals.series.values())),
            models=tuple(MODELS.row(f"{one.provider}\x1f{one.name}", one) for one in model_groups(own)),
            spend=Curve(
                f"cost per {bucket_name(sources.span)}",
                sources.span.edges,
                per_bucket(totals.spend_by_node.get(self.node, ()), sources.span, sources.now_us),
                open_end=has_open_end(sources.span, sources.now_us),
            ),
            per_call=_per_call(found) if found else Curve("cost per call", (), ()),
            latency=_latency(calls, total.calls, sources),
            trend=tuple(TREND_LINES.row(line.key, line) for line in lines),
            calls=call_table.rows_of(CALLS, shown),
            empty=nothing_recorded(sources),
            items=shown,
            trend_targets={line.key: line.target for line in lines},
        )


def model_groups(series: Mapping[Series, Sums]) -> list[Group]:
    """Return the models of some series, the most expensive first."""
    total = cost_of(series.values())
    groups = [
        Group(key.partition("\x1f")[2], merged(parts), total, provider=key.partition("\x1f")[0])
        for key, parts in grouped(series, lambda one: f"{one.provider}\x1f{one.model}").items()
    ]
    return sorted(groups, key=lambda group: (-group.sums.cost_nano, group.name))


def _per_call(found: NodeTrend) -> Curve:
    marks = tuple(place for episode in found.episodes for place in range(episode.first, episode.last + 1))
    return Curve(
        f"cost per call over {unit_of(found.span)}" + (", ▲ unusual" if marks else ""),
        found.span.edges,
        tuple(None if cost is None else cost / NANO_PER_USD for cost in found.cost_per_call),
        marks=marks,
    )


def _headline(sums: Sums, total_nano: int) -> tuple[Figure, ...]:
    p50, p95 = sums.latency.percentile(0.5), sums.latency.percentile(0.95)
    priced = sums.calls - sums.unpriced
    per_call = money(round(sums.cost_nano / priced)) if priced > 0 else "–"
    return (
        headline.spent(sums),
        headline.calls(sums),
        Figure("per call", per_call, f"{percent(sums.cost_nano, total_nano)} of spend" if total_nano else ""),
        Figure("latency", duration(p50), f"p95 {duration(p95)}"),
        headline.unpriced(sums),
        Figure(
            "retries", count(sums.retries), f"{count(sums.cache_hits)} cache hits" if sums.cache_hits else ""
        ),
    )


def _latest_calls(node: str, known: int, sources: Sources) -> Sequence[Call]:
    """The newest calls first; the store is asked only where the calls at hand are too few."""
    at_hand = [call for call in reversed(sources.recent) if call.node == node]
    if len(at_hand) >= min(LATEST, known):
        return at_hand
    return sources.reader.calls(CallQuery(span=sources.span, nodes=(node,), limit=LATEST))


def _latency(calls: Sequence[Call], known: int, sources: Sources) -> Curve:
    edges = sources.span.edges
    by_bucket: dict[int, list[int]] = {}
    step = edges[1] - edges[0]
    for call in calls:
        if call.latency_ms is not None:
            by_bucket.setdefault((call.started_us - edges[0]) // step, []).append(call.latency_ms)
    values = tuple(
        median(by_bucket[index]) if index in by_bucket else None for index in range(sources.span.buckets)
    )
    of = "" if len(calls) >= known else f", newest {count(len(calls))} calls"
    return Curve(f"median latency{of}", edges, values)
