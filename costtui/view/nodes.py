"""The nodes page: which step of the graph costs, and which one waits."""

from dataclasses import dataclass, replace
from typing import Any

from costtui.filter import Filter, parse_filter
from costtui.reading import Totals
from costtui.view.chart import Curve, bucket_name, has_open_end, per_bucket
from costtui.view.empty import nothing_passes, nothing_recorded
from costtui.view.group_table import FIGURES, NO_NODE, Group
from costtui.view.groups import cost_of, grouped, merged
from costtui.view.snapshot import Sources
from costtui.view.spark import spark
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target
from costtui.window import Span

TABLE: Table[Group] = Table(
    Field(
        "node",
        "node",
        24,
        lambda g: g.name,
        lambda g: ("! " if g.unusual else "") + (g.name or NO_NODE),
        lambda g: "warn" if g.unusual else "",
        align="left",
        help="path of the step of the graph, outer/inner; ! where a call cost far more, or less, than usual",
    ),
    *FIGURES,
    Field(
        "unusual",
        "unusual",
        8,
        lambda g: g.unusual.anomaly.factor if g.unusual else None,
        lambda g: _unusual_text(g),
        "warn",
        priority=2,
        name="unusual_factor",
        help="newest time in the window at which a call cost far more, or less, than usual: by what factor",
    ),
    Field(
        "trend",
        "trend",
        12,
        lambda g: sum(g.spend_nano),
        lambda g: spark(g.spend_nano, 12),
        "accent",
        align="left",
        priority=1,
        help="cost over the window",
    ),
)
"""Columns of the nodes page."""

EXPORTED = TABLE.only("node", *(field.id for field in FIGURES))


@dataclass(frozen=True, slots=True)
class NodesPage:
    """All nodes of the window, the most expensive first."""

    table: tuple[Row, ...]
    total: int
    """Nodes before filtering."""
    empty: str
    """What to show when the table is empty."""
    groups: tuple[Group, ...]
    span: Span
    now_us: int

    def spend(self, key: str | None) -> Curve:
        """Return what a node costs over the window; for the row under the cursor."""
        spent = next((group.spend_nano for group in self.groups if group.name == key), ())
        title = f"cost per {bucket_name(self.span)}" + ("" if key is None else f" of {key or NO_NODE}")
        return Curve(
            title,
            self.span.edges,
            per_bucket(spent, self.span, self.now_us),
            open_end=has_open_end(self.span, self.now_us),
        )

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as plain values."""
        return [EXPORTED.record(group) for group in self.groups]

    def target(self, key: str) -> Target:
        """Return what Enter on a row opens."""
        return Target("node", key)


@dataclass(frozen=True, slots=True)
class NodesRequest:
    """The nodes of the window that a filter lets through."""

    filter: str = ""

    def build(self, sources: Sources) -> NodesPage:
        """Return the page."""
        from costtui.view.node_trend import (
            latest_episodes,  # the overview lists nodes, too, and waits for none
        )

        where = parse_filter(self.filter)
        unusual = latest_episodes(sources)
        groups = [
            replace(group, unusual=unusual[group.name]) if group.name in unusual else group
            for group in node_groups(sources.totals)
        ]
        shown = TABLE.passing(groups, where)
        return NodesPage(
            table=tuple(TABLE.row(group.name, group) for group in shown),
            total=len(groups),
            empty=_empty(sources, where, len(groups)),
            groups=tuple(shown),
            span=sources.span,
            now_us=sources.now_us,
        )


def node_groups(totals: Totals, limit: int | None = None) -> list[Group]:
    """Return the nodes of the totals, the most expensive first; only the first ones where a limit is given."""
    by_node = grouped(totals.series, lambda series: series.node)
    total = sum(cost_of(parts) for parts in by_node.values())
    ranked = sorted(by_node.items(), key=lambda item: (-cost_of(item[1]), item[0]))
    return [
        Group(node, merged(parts), total, tuple(totals.spend_by_node.get(node, ())))
        for node, parts in ranked[:limit]
    ]


def _unusual_text(group: Group) -> str:
    if group.unusual is None:
        return ""
    from costtui.view.node_trend_table import unusual_text  # few nodes have it

    return unusual_text(group.unusual)


def _empty(sources: Sources, where: Filter, total: int) -> str:
    if total and where:
        return nothing_passes("node", total, where, TABLE.names)
    return nothing_recorded(sources)
