"""The compare report: models, nodes, subsystems and configurations against each other, with a verdict in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from costtui.analysis.compare import Arm, Comparison, compare
from costtui.analysis.outcome import Outcome, fields_of, of_calls, of_runs
from costtui.format import UNKNOWN, count, duration, money, percent
from costtui.money import usd
from costtui.reading import CallQuery
from costtui.report.document import Block, Document, Note, grid
from costtui.report.frame import document
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table

SAMPLE = 5_000
"""Newest calls that calls are compared by."""
MOST_FIELDS = 8
OF_CALLS = ("model", "node", "provider", "variation")
"""Fields that are compared call by call; all others are of runs."""


@dataclass(frozen=True, slots=True)
class Side:
    """One group of a comparison and what is said of it."""

    arm: Arm
    verdict: str


def _money(nano: float | None) -> str:
    return money(None if nano is None else round(nano))


def _usd(nano: float | None) -> float | None:
    return None if nano is None else float(usd(round(nano)))


def _cost(arm: Arm, name: str) -> float | None:
    value: float | None = getattr(arm.cost, name) if arm.cost else None
    return None if value is None or abs(value) == inf else max(value, 0)


def _cost_field(name: str, title: str, key: str, priority: int = 0) -> Field[Side]:
    return Field(
        key,
        title,
        9,
        lambda side: _usd(_cost(side.arm, name)),
        lambda side: _money(_cost(side.arm, name)),
        name=f"{key}_cost_usd",
        priority=priority,
    )


SIDES: Table[Side] = Table(
    Field("name", "value", 0, lambda s: s.arm.name, None, align="left"),
    Field("count", "count", 7, lambda s: s.arm.count, lambda s: count(s.arm.count)),
    Field(
        "units",
        "units",
        7,
        lambda s: s.arm.units,
        lambda s: count(s.arm.units),
        help="independent: users or runs",
    ),
    _cost_field("mean", "mean", "mean"),
    _cost_field("low", "95 % from", "mean_low"),
    _cost_field("high", "to", "mean_high"),
    _cost_field("median", "median", "median", 1),
    _cost_field("deviation", "std dev", "std", 3),
    _cost_field("minimum", "min", "min", 3),
    _cost_field("maximum", "max", "max", 3),
    _cost_field("p95", "p95", "p95", 2),
    Field(
        "duration",
        "mean time",
        9,
        lambda s: round(s.arm.duration.mean, 1) if s.arm.duration else None,
        lambda s: duration(s.arm.duration.mean if s.arm.duration else None),
        name="mean_duration_ms",
    ),
    Field(
        "success",
        "success",
        8,
        lambda s: s.arm.success.share,
        lambda s: UNKNOWN if s.arm.success.share is None else percent(s.arm.success.share),
        name="success_rate",
    ),
    Field(
        "errors", "errors", 7, lambda s: s.arm.errors, lambda s: count(s.arm.errors) if s.arm.errors else ""
    ),
    Field(
        "unpriced",
        "unpriced",
        8,
        lambda s: s.arm.unpriced,
        lambda s: count(s.arm.unpriced) if s.arm.unpriced else "",
        name="unpriced_calls",
    ),
    Field("verdict", "verdict", 0, lambda s: s.verdict, None, align="left"),
)


def compare_report(sources: Sources, by: Sequence[str] = (), *, peeking: bool = False) -> Document:
    """Return a comparison by some fields (default: all in which calls or runs differ). Raises StoreError."""
    blocks: list[Block] = [
        Note(
            "Observational: nobody assigned calls or runs at random, so that a difference may come from what they "
            "were given to do. Intervals hold 95 % for each table."
        )
    ]
    calls = of_calls(sources.reader.calls(CallQuery(span=sources.span, limit=SAMPLE)))
    runs = of_runs(sources.runs)
    names = (
        list(by) or [*(name for name in OF_CALLS if name in fields_of(calls)), *fields_of(runs)][:MOST_FIELDS]
    )
    for name in names:
        outcomes, noun = (calls, "calls") if name in OF_CALLS or name.startswith("tag:") else (runs, "runs")
        blocks += _comparison(name, outcomes, noun, peeking)
    if len(calls) == SAMPLE:
        blocks.append(Note(f"Calls are compared by the newest {count(SAMPLE)}."))
    if not names:
        blocks.append(Note("Nothing to compare: all calls and runs of this window are configured alike."))
    return document("compare", "Comparison", sources, blocks)


def sides_of(comparison: Comparison) -> list[Side]:
    """Return each group with its verdicts in one line."""
    return [
        Side(
            arm,
            "baseline"
            if arm.name == comparison.baseline
            else "; ".join(
                f"{contrast.quantity}: {contrast.verdict.text}"
                for contrast in comparison.contrasts
                if contrast.arm == arm.name
            ),
        )
        for arm in comparison.arms
    ]


def _comparison(name: str, outcomes: Sequence[Outcome], noun: str, peeking: bool) -> list[Block]:
    comparison = compare(outcomes, name, peeking=peeking, noun="users or runs" if noun == "calls" else noun)
    title = f"{noun.capitalize()} by {name}"
    if not comparison.arms:
        return [Note(f"{title}: none in this window.")]
    return [grid(f"by_{name}", title, SIDES, sides_of(comparison))]
