"""The page of two runs side by side: what one cost and took more than the other, node by node, and how they differ."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from costtui.facts import Run
from costtui.format import UNKNOWN, count, duration, money
from costtui.money import usd
from costtui.reading import CallQuery
from costtui.view.breakdown import Part, of_calls, of_steps
from costtui.view.detail import Pair, Section
from costtui.view.group_table import NO_NODE
from costtui.view.headline import Figure
from costtui.view.precision import short_cost
from costtui.view.runs import duration_ms
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target, quoted

MAX_CALLS = 5_000


@dataclass(frozen=True, slots=True)
class Pairing:
    """What one node did in two runs; None where it did not run."""

    node: str
    base: Part | None
    other: Part | None

    @property
    def more_nano(self) -> int:
        """Known cost of the other run beyond that of the first."""
        return _cost(self.other) - _cost(self.base)

    @property
    def more_ms(self) -> float | None:
        """Time of the other run beyond that of the first; None where one of them was not measured."""
        left, right = _time(self.base), _time(self.other)
        return None if left is None or right is None else right - left


def _cost(part: Part | None) -> int:
    return 0 if part is None else part.cost_nano


def _time(part: Part | None) -> float | None:
    return 0.0 if part is None else part.own_ms


def _cost_text(part: Part | None) -> str:
    return UNKNOWN if part is None else short_cost(part.cost_nano, unpriced=part.unpriced)


def _signed_money(nano: int) -> str:
    return f"+{money(nano)}" if nano > 0 else money(nano)


def _signed_time(ms: float | None) -> str:
    if ms is None:
        return UNKNOWN
    shown = round(ms)
    return f"{'+' if shown > 0 else '-' if shown < 0 else ''}{duration(abs(ms))}"


def _tone(more: float | None) -> str:
    return "muted" if not more else "error" if more > 0 else "ok"


PARTS: Table[Pairing] = Table(
    Field(
        "node",
        "node",
        20,
        lambda p: p.node,
        lambda p: p.node or NO_NODE,
        align="left",
        help="path of the step",
    ),
    Field(
        "base_calls",
        "calls A",
        7,
        lambda p: p.base.calls if p.base else None,
        lambda p: count(p.base.calls) if p.base else UNKNOWN,
        "muted",
        priority=2,
        help="of the marked run",
    ),
    Field(
        "other_calls",
        "calls B",
        7,
        lambda p: p.other.calls if p.other else None,
        lambda p: count(p.other.calls) if p.other else UNKNOWN,
        "muted",
        priority=2,
        help="of the other run",
    ),
    Field(
        "base_cost",
        "cost A",
        10,
        lambda p: float(usd(p.base.cost_nano)) if p.base else None,
        lambda p: _cost_text(p.base),
        "money",
        priority=1,
        name="base_cost_usd",
        help="known cost in the marked run",
    ),
    Field(
        "other_cost",
        "cost B",
        10,
        lambda p: float(usd(p.other.cost_nano)) if p.other else None,
        lambda p: _cost_text(p.other),
        "money",
        name="other_cost_usd",
        help="known cost in the other run",
    ),
    Field(
        "more_cost",
        "± cost",
        10,
        lambda p: float(usd(p.more_nano)),
        lambda p: _signed_money(p.more_nano),
        lambda p: _tone(p.more_nano),
        name="more_cost_usd",
        help="what the other run cost more",
    ),
    Field(
        "base_time",
        "time A",
        9,
        lambda p: p.base.own_ms if p.base else None,
        lambda p: duration(p.base.own_ms if p.base else None),
        "muted",
        priority=3,
        name="base_time_ms",
        help="in the node itself, in the marked run",
    ),
    Field(
        "other_time",
        "time B",
        9,
        lambda p: p.other.own_ms if p.other else None,
        lambda p: duration(p.other.own_ms if p.other else None),
        priority=1,
        name="other_time_ms",
        help="in the node itself, in the other run",
    ),
    Field(
        "more_time",
        "± time",
        10,
        lambda p: p.more_ms,
        lambda p: _signed_time(p.more_ms),
        lambda p: _tone(p.more_ms),
        name="more_time_ms",
        help="what the other run took longer",
    ),
)
"""Columns of the difference, node by node."""


@dataclass(frozen=True, slots=True)
class RunDiffPage:
    """Two runs, or the reason why there are none to compare."""

    missing: str
    headline: tuple[Figure, ...] = ()
    table: tuple[Row, ...] = ()
    sections: tuple[Section, ...] = ()
    pairings: tuple[Pairing, ...] = ()
    other: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """Return the nodes as plain values."""
        return [PARTS.record(one) for one in self.pairings]

    def target(self, node: str) -> Target:
        """Return what Enter on a node opens: its calls in the other run."""
        return Target("calls", filter=f"{quoted('run', self.other)} {quoted('node', node)}")


@dataclass(frozen=True, slots=True)
class RunDiffRequest:
    """A run against a marked one, whenever they were."""

    redraw_s: ClassVar[float] = 2.0
    """Least seconds between two pages: all steps of both runs are read for one."""

    base: str
    other: str

    def build(self, sources: Sources) -> RunDiffPage:
        """Return the page. Raises StoreError."""
        base, other = (sources.reader.run(run_id) for run_id in (self.base, self.other))
        if base is None or other is None:
            gone = self.base if base is None else self.other
            return RunDiffPage(f"This store has no run {gone!r}.\nesc goes back")
        left, right = ({part.node: part for part in _parts(run, sources)} for run in (base, other))
        pairings = sorted(
            (Pairing(node, left.get(node), right.get(node)) for node in {**left, **right}),
            key=lambda one: (-abs(one.more_nano), -abs(one.more_ms or 0), one.node),
        )
        return RunDiffPage(
            missing="",
            headline=_headline(base, other, sources.now_us),
            table=tuple(PARTS.row(one.node, one) for one in pairings),
            sections=_sections(base, other),
            pairings=tuple(pairings),
            other=other.run_id,
        )


def _parts(run: Run, sources: Sources) -> list[Part]:
    steps = sources.reader.steps(run.run_id)
    if steps:
        return of_steps(steps, sources.now_us)
    return of_calls(sources.reader.calls(CallQuery(run_id=run.run_id, order="oldest", limit=MAX_CALLS)))


def _headline(base: Run, other: Run, now_us: int) -> tuple[Figure, ...]:
    more = other.cost_nano - base.cost_nano
    left, right = duration_ms(base, now_us), duration_ms(other, now_us)
    longer = None if left is None or right is None else right - left
    return (
        Figure("cost", _signed_money(more), f"{_run_cost(base)} → {_run_cost(other)}", _tone(more)),
        Figure("duration", _signed_time(longer), f"{duration(left)} → {duration(right)}", _tone(longer)),
        Figure("calls", f"{other.calls - base.calls:+,}", f"{count(base.calls)} → {count(other.calls)}"),
        Figure(
            "errors",
            f"{other.errors - base.errors:+,}",
            f"{count(base.errors)} → {count(other.errors)}",
            _tone(other.errors - base.errors),
        ),
        Figure("quality", _quality_change(base, other), f"{_quality(base)} → {_quality(other)}"),
    )


def _run_cost(run: Run) -> str:
    return short_cost(run.cost_nano, estimated=run.estimated, unpriced=run.unpriced)


def _quality(run: Run) -> str:
    return UNKNOWN if run.quality is None else f"{run.quality:.2f}"


def _quality_change(base: Run, other: Run) -> str:
    if base.quality is None or other.quality is None:
        return UNKNOWN
    return f"{other.quality - base.quality:+.2f}"


def _sections(base: Run, other: Run) -> tuple[Section, ...]:
    facts = (
        ("status", base.status.value, other.status.value),
        ("subsystem", base.subsystem or UNKNOWN, other.subsystem or UNKNOWN),
        ("cost from", base.source_method, other.source_method),
        ("error", base.error or UNKNOWN, other.error or UNKNOWN),
    )
    sections = [Section("runs", (Pair("A", base.run_id), Pair("B", other.run_id), *_differing(facts)))]
    names = sorted({**base.config, **other.config})
    differing = _differing(
        [(str(name), _config(base.config, name), _config(other.config, name)) for name in names]
    )
    words = differing or (Pair("", "alike" if names else "none recorded", "muted"),)
    return (*sections, Section("configuration", tuple(words)))


def _differing(facts: Any) -> tuple[Pair, ...]:
    return tuple(Pair(label, f"{left} → {right}") for label, left, right in facts if left != right)


def _config(config: Mapping[str, Any], name: str) -> str:
    if name not in config:
        return UNKNOWN
    value = config[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
