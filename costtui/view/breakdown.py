"""Performance & Cost Breakdown: where the time and the money of a run went, node by node."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from costtui.facts import Call, Status, Step
from costtui.format import UNKNOWN, count, duration, percent
from costtui.money import usd
from costtui.view.group_table import NO_NODE
from costtui.view.precision import short_cost
from costtui.view.table import Field, Table
from costtui.window import covered


@dataclass(slots=True)
class _Sum:
    own_us: int | None = None
    times: int = 0
    calls: int = 0
    cost_nano: int = 0
    unpriced: int = 0
    errors: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a run that one node took."""

    node: str
    own_ms: float | None
    """Time in the node itself, nodes inside it left out; None where it was not measured."""
    total_ms: float
    """The same over all nodes: parallel ones count each."""
    times: int
    calls: int
    cost_nano: int
    total_nano: int
    unpriced: int
    errors: int
    detail: str
    """What the node said last that it did, or why it failed."""

    @property
    def time_share(self) -> float | None:
        """Part of the time of all nodes."""
        return self.own_ms / self.total_ms if self.own_ms is not None and self.total_ms else None

    @property
    def cost_share(self) -> float | None:
        """Part of the known cost."""
        return self.cost_nano / self.total_nano if self.total_nano else None


def _share(share: float | None) -> str:
    return UNKNOWN if share is None else percent(share)


BREAKDOWN: Table[Part] = Table(
    Field(
        "node",
        "node",
        0,
        lambda p: p.node,
        lambda p: p.node or NO_NODE,
        align="left",
        help="path of the step",
    ),
    Field(
        "times",
        "times",
        5,
        lambda p: p.times,
        lambda p: count(p.times),
        "muted",
        priority=3,
        help="how often it ran",
    ),
    Field(
        "time",
        "time",
        10,
        lambda p: p.own_ms,
        lambda p: duration(p.own_ms),
        name="time_ms",
        help="in the node itself, nodes inside it left out",
    ),
    Field(
        "time_share",
        "% time",
        6,
        lambda p: p.time_share,
        lambda p: _share(p.time_share),
        help="of the time of all nodes; parallel ones count each",
    ),
    Field(
        "calls",
        "calls",
        7,
        lambda p: p.calls,
        lambda p: count(p.calls),
        priority=2,
        help="calls that it made",
    ),
    Field(
        "cost",
        "cost",
        10,
        lambda p: float(usd(p.cost_nano)),
        lambda p: short_cost(p.cost_nano, unpriced=p.unpriced),
        "money",
        name="cost_usd",
        help="known cost of its calls",
    ),
    Field(
        "cost_share",
        "% cost",
        6,
        lambda p: p.cost_share,
        lambda p: _share(p.cost_share),
        priority=1,
        help="of the known cost of the run",
    ),
    Field(
        "errors",
        "errors",
        6,
        lambda p: p.errors,
        lambda p: count(p.errors) if p.errors else "",
        "error",
        priority=4,
        help="times that it failed",
    ),
    Field(
        "detail",
        "detail",
        26,
        lambda p: p.detail,
        None,
        "muted",
        align="left",
        priority=5,
        help="what it said last, or why it failed",
    ),
)
"""Columns of the breakdown."""


def of_steps(steps: Sequence[Step], now_us: int) -> list[Part]:
    """Return the parts of a run from its steps, the slowest first; a running step counts until now."""
    children: dict[str, list[tuple[int, int]]] = {}
    for step in steps:
        children.setdefault(step.node.rpartition("/")[0], []).append(interval(step, now_us))
    for intervals in children.values():
        intervals.sort()
    sums: dict[str, _Sum] = {}
    for step in steps:
        start, end = interval(step, now_us)
        one = sums.setdefault(step.node, _Sum(0))
        inner = covered(children.get(step.node, ()), start, end) if step.node else 0
        one.own_us = (one.own_us or 0) + end - start - inner
        one.times += 1
        one.calls += step.calls
        one.cost_nano += step.cost_nano
        one.unpriced += step.unpriced
        one.errors += step.status is Status.ERROR
        one.detail = step.error or step.detail or one.detail
    return _parts(sums)


def of_calls(calls: Iterable[Call]) -> list[Part]:
    """Return the parts of a run from its calls, where it recorded no steps: time is the sum of latencies."""
    sums: dict[str, _Sum] = {}
    for call in calls:
        one = sums.setdefault(call.node, _Sum())
        if call.latency_ms is not None:
            one.own_us = (one.own_us or 0) + call.latency_ms * 1000
        one.times += 1
        one.calls += 1
        one.cost_nano += call.cost.nano or 0
        one.unpriced += call.cost.nano is None
        one.errors += call.status is Status.ERROR
        one.detail = call.error or one.detail
    return _parts(sums)


def interval(step: Step, now_us: int) -> tuple[int, int]:
    """Return the start and end of a step; a running one lasts until now."""
    end = step.ended_us
    if end is None:
        end = now_us if step.status is Status.RUNNING else step.started_us
    return step.started_us, max(end, step.started_us)


def _parts(sums: dict[str, _Sum]) -> list[Part]:
    total_ms = sum(one.own_us or 0 for one in sums.values()) / 1000
    total_nano = sum(one.cost_nano for one in sums.values())
    parts = [
        Part(
            node=node,
            own_ms=None if one.own_us is None else one.own_us / 1000,
            total_ms=total_ms,
            times=one.times,
            calls=one.calls,
            cost_nano=one.cost_nano,
            total_nano=total_nano,
            unpriced=one.unpriced,
            errors=one.errors,
            detail=one.detail,
        )
        for node, one in sums.items()
    ]
    return sorted(parts, key=lambda part: (-(part.own_ms or 0), -part.cost_nano, part.node))
