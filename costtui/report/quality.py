"""The quality report: how good results were, by dimension, by subsystem, over time, and what a point cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from statistics import fmean

from costtui.analysis.quality import (
    SCORES,
    Dimension,
    Subsystem,
    dimensions_of,
    nano_per_point,
    subsystems_of,
)
from costtui.facts import Quality
from costtui.format import UNKNOWN, count, money, percent
from costtui.money import usd
from costtui.report.document import Block, Chart, Document, Fact, Facts, Note, grid
from costtui.report.frame import document
from costtui.view.clock import minute
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table
from costtui.window import from_us

RECENT = 20
MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Recent:
    quality: Quality
    zone: tzinfo
    now_us: int


def _score(value: float) -> str:
    return f"{value:.2f}"


DIMENSIONS: Table[Dimension] = Table(
    Field("dimension", "dimension", 0, lambda d: d.name, None, align="left"),
    Field("mean", "mean", 6, lambda d: round(d.mean, 6), lambda d: _score(d.mean)),
    Field("min", "min", 6, lambda d: d.minimum, lambda d: _score(d.minimum)),
    Field("max", "max", 6, lambda d: d.maximum, lambda d: _score(d.maximum)),
    Field("trend", "trend", 17, lambda d: str(d.direction), None, align="left"),
)
SUBSYSTEMS: Table[Subsystem] = Table(
    Field("subsystem", "subsystem", 0, lambda s: s.name, lambda s: s.name or UNKNOWN, align="left"),
    Field("runs", "runs", 6, lambda s: s.runs, lambda s: count(s.runs)),
    Field(
        "overall",
        "overall",
        7,
        lambda s: round(s.overall, 6),
        lambda s: _score(s.overall),
        name="overall_score",
    ),
    Field("passed", "passed", 7, lambda s: round(s.passed, 6), lambda s: percent(s.passed), name="pass_rate"),
    Field("iterations", "iterations", 10, lambda s: round(s.iterations, 3), lambda s: f"{s.iterations:.1f}"),
    Field("trend", "trend", 17, lambda s: str(s.direction), None, align="left"),
    Field(
        "per_point",
        "$/point",
        9,
        lambda s: None if s.nano_per_point is None else float(usd(round(s.nano_per_point))),
        lambda s: money(None if s.nano_per_point is None else round(s.nano_per_point)),
        name="cost_per_point_usd",
        help="known cost of the runs for each hundredth of their overall scores",
    ),
)


def _score_field(name: str) -> Field[_Recent]:
    def value(recent: _Recent) -> float:
        score: float = getattr(recent.quality, name)
        return score

    return Field(name, name.removesuffix("_score"), 8, value, lambda recent: _score(value(recent)))


RECENT_RUNS: Table[_Recent] = Table(
    Field("run", "run", 22, lambda r: r.quality.run_id, None, align="left", name="run_id"),
    Field(
        "recorded",
        "recorded",
        12,
        lambda r: from_us(r.quality.recorded_us, r.zone).isoformat(timespec="seconds"),
        lambda r: minute(r.quality.recorded_us, r.zone, r.now_us),
        align="left",
        name="recorded_at",
    ),
    Field("subsystem", "subsystem", 0, lambda r: r.quality.subsystem, None, align="left"),
    *(_score_field(name) for name in SCORES),
    Field(
        "passed",
        "passed",
        6,
        lambda r: r.quality.validation_passed,
        lambda r: "✓ pass" if r.quality.validation_passed else "✗ fail",
        align="left",
        name="validation_passed",
    ),
    Field("iterations", "iterations", 10, lambda r: r.quality.iteration_count, None),
)


def quality_report(sources: Sources) -> Document:
    """Return the quality report of a span. Raises StoreError."""
    records = sorted(sources.reader.quality(sources.span, MOST), key=lambda record: record.recorded_us)
    if not records:
        hint = "No quality was recorded in this window; record it with: QualityTracker().record_quality(…)"
        return document("quality", "Quality", sources, [Note(hint)])
    costs = {run.run_id: run.cost_nano for run in sources.runs if run.calls > run.unpriced}
    subsystems = subsystems_of(records, costs)
    recent = [_Recent(record, sources.zone, sources.now_us) for record in records[::-1][:RECENT]]
    blocks: list[Block] = [
        _summary(records, costs),
        *_warnings(records, subsystems, sources.zone),
        _over_runs(records),
        grid("dimensions", "Dimensions", DIMENSIONS, dimensions_of(records)),
        grid("subsystems", "Subsystems", SUBSYSTEMS, subsystems),
        grid("recent_runs", f"Recent runs ({len(recent)} of {count(len(records))})", RECENT_RUNS, recent),
    ]
    return document("quality", "Quality", sources, blocks)


def _summary(records: Sequence[Quality], costs: Mapping[str, int]) -> Facts:
    passed = sum(record.validation_passed for record in records)
    iterations = fmean(record.iteration_count for record in records)
    overall = fmean(record.overall_score for record in records)
    point = nano_per_point(records, costs)
    facts = (
        Fact("runs", "runs", len(records), count(len(records))),
        Fact("overall_score", "mean overall score", round(overall, 6), _score(overall)),
        Fact("pass_rate", "passed", passed / len(records), percent(passed, len(records))),
        Fact("mean_iterations", "mean iterations", round(iterations, 6), f"{iterations:.1f}"),
        Fact(
            "cost_per_point_usd",
            "a point costs",
            None if point is None else float(usd(round(point))),
            money(None if point is None else round(point)),
        ),
    )
    return Facts("summary", "Summary", facts)


def _warnings(records: Sequence[Quality], subsystems: Sequence[Subsystem], zone: tzinfo) -> list[Note]:
    notes = []
    for subsystem in subsystems:
        if (worse := subsystem.worse) is None:
            continue
        own = [record for record in records if record.subsystem == subsystem.name]
        since = from_us(own[worse.since].recorded_us, zone)
        notes.append(
            Note(
                f"{subsystem.name} got worse: overall score {worse.before:.2f} before, {worse.after:.2f} since "
                f"{since:%Y-%m-%d} (p = {worse.p_value:.1g})",
                warning=True,
            )
        )
    return notes


def _over_runs(records: Sequence[Quality]) -> Chart:
    shown = records[-200:]
    return Chart(
        "overall_scores",
        "Overall score, run by run",
        tuple(record.run_id for record in shown),
        tuple(record.overall_score for record in shown),
        tuple(_score(record.overall_score) for record in shown),
        bars=False,
    )
