"""Where nodes are going, as tables of a report: what changed significantly, and when a call cost far more than usual."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from costtui.analysis.anomalies import Episode
from costtui.analysis.trends import Direction, Trend
from costtui.format import count, money
from costtui.money import usd
from costtui.report.document import Grid, Note, grid
from costtui.view.group_table import NO_NODE
from costtui.view.node_trend import NodeTrend, node_trend
from costtui.view.node_trend_table import p_text, unit_of
from costtui.view.nodes import node_groups
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table
from costtui.window import from_us

MOST_NODES = 30
"""Nodes that cost most: the others are not looked at."""


@dataclass(frozen=True, slots=True)
class Change:
    """A quantity of a node that has changed significantly."""

    node: str
    quantity: str
    trend: Trend
    unit: str


@dataclass(frozen=True, slots=True)
class Unusual:
    """A stretch of time in which the calls of a node cost far more, or less, than usual."""

    node: str
    start: str
    end: str
    episode: Episode


def node_trends(sources: Sources) -> list[Grid | Note]:
    """Return what changed and what was unusual, or a sentence that nothing did. Raises StoreError."""
    names = [group.name for group in node_groups(sources.totals, MOST_NODES)]
    found = [(name, own) for name in names if (own := node_trend(sources, name)) is not None]
    if not found:
        return []
    unit = unit_of(found[0][1].span)
    changes = [change for name, own in found for change in _changes(name, own, unit)]
    unusual = [one for name, own in found for one in _unusual(name, own, sources)]
    blocks: list[Grid | Note] = []
    if changes:
        blocks.append(grid("node_trends", "Nodes that changed", CHANGES, changes))
    if unusual:
        blocks.append(grid("unusual", "Unusual costs of nodes", UNUSUAL, unusual))
    calm = " and ".join(
        words
        for words, rows in (
            ("no node changed significantly", changes),
            ("no call cost far more or less than usual", unusual),
        )
        if not rows
    )
    if calm:
        blocks.append(Note(f"{calm[0].upper()}{calm[1:]}, judged by {unit} and the 48 before them."))
    return blocks


def _changes(node: str, found: NodeTrend, unit: str) -> Iterator[Change]:
    for quantity, own in (("cost per call", found.cost), ("success rate", found.success)):
        if own.direction in (Direction.IMPROVING, Direction.DEGRADING):
            yield Change(node, quantity, own, unit)


def _unusual(node: str, found: NodeTrend, sources: Sources) -> Sequence[Unusual]:
    stretches = [(found.between(episode), episode) for episode in found.episodes]
    return [
        Unusual(node, _at(start, sources), _at(end, sources), episode)
        for (start, end), episode in stretches
        if end > sources.span.start_us
    ]


def _at(instant_us: int, sources: Sources) -> str:
    return f"{from_us(instant_us, sources.zone):%Y-%m-%d %H:%M}"


def _usd(nano: float) -> float:
    return float(usd(round(nano)))


def _change(change: Change) -> float | None:
    percent = change.trend.change_percent
    return None if percent is None else round(percent, 2)


CHANGES: Table[Change] = Table(
    Field("node", "node", 0, lambda c: c.node, lambda c: c.node or NO_NODE, align="left"),
    Field("quantity", "of", 0, lambda c: c.quantity, None, align="left"),
    Field("trend", "trend", 0, lambda c: str(c.trend.direction), None, align="left"),
    Field(
        "change",
        "change",
        0,
        _change,
        lambda c: "" if c.trend.change_percent is None else f"{round(c.trend.change_percent):+,d} %",
        name="change_percent",
    ),
    Field("p", "p", 0, lambda c: c.trend.p_value, lambda c: p_text(c.trend.p_value), name="p_value"),
    Field("over", "over", 0, lambda c: f"{count(c.trend.count)} {c.unit}", None, align="left"),
)
UNUSUAL: Table[Unusual] = Table(
    Field("node", "node", 0, lambda u: u.node, lambda u: u.node or NO_NODE, align="left"),
    Field("start", "from", 0, lambda u: u.start, None, align="left"),
    Field("end", "to", 0, lambda u: u.end, None, align="left"),
    Field("calls", "calls", 0, lambda u: u.episode.calls, lambda u: count(u.episode.calls)),
    Field(
        "per_call",
        "$/call",
        0,
        lambda u: _usd(u.episode.anomaly.now_nano),
        lambda u: money(round(u.episode.anomaly.now_nano)),
        name="cost_per_call_usd",
    ),
    Field(
        "usual",
        "usual",
        0,
        lambda u: _usd(u.episode.anomaly.usual_nano),
        lambda u: money(round(u.episode.anomaly.usual_nano)),
        name="usual_cost_per_call_usd",
    ),
    Field(
        "factor",
        "times",
        0,
        lambda u: round(u.episode.anomaly.factor, 3),
        lambda u: f"{u.episode.anomaly.factor:.2g} ×",
    ),
)
