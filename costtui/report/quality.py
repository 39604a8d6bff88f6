"""The quality report: how good results were, by dimension, by subsystem, over time, and what a point cost."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from costtui.analysis.quality import bands_of, dimensions_of, nano_per_point, subsystems_of
from costtui.facts import Quality
from costtui.format import count, money, percent
from costtui.money import usd
from costtui.report.document import Block, Chart, Document, Fact, Facts, Note, grid
from costtui.report.frame import document
from costtui.view.quality_table import (
    BANDS,
    DIMENSIONS,
    RUNS,
    SUBSYSTEMS,
    Rated,
    known_costs,
    score,
    warnings,
)
from costtui.view.snapshot import Sources

RECENT = 20
MOST = 10_000


def quality_report(sources: Sources) -> Document:
    """Return the quality report of a span. Raises StoreError."""
    records = sorted(sources.reader.quality(sources.span, MOST), key=lambda record: record.recorded_us)
    if not records:
        hint = "No quality was recorded in this window; record it with: QualityTracker().record_quality(…)"
        return document("quality", "Quality", sources, [Note(hint)])
    costs = known_costs(sources.runs)
    subsystems = subsystems_of(records, costs)
    recent = [
        Rated(record, costs.get(record.run_id), sources.zone, sources.now_us)
        for record in records[::-1][:RECENT]
    ]
    blocks: list[Block] = [
        _summary(records, costs),
        *(Note(text, warning=True) for text in warnings(records, subsystems, sources.zone)),
        _over_runs(records),
        grid("dimensions", "Dimensions", DIMENSIONS, dimensions_of(records)),
        grid("subsystems", "Subsystems", SUBSYSTEMS, subsystems),
        grid("cost_bands", "Cost against quality: runs by what they cost", BANDS, bands_of(records, costs)),
        grid("recent_runs", f"Recent runs ({len(recent)} of {count(len(records))})", RUNS, recent),
    ]
    return document("quality", "Quality", sources, blocks)


def _summary(records: Sequence[Quality], costs: Mapping[str, int]) -> Facts:
    passed = sum(record.validation_passed for record in records)
    iterations = fmean(record.iteration_count for record in records)
    overall = fmean(record.overall_score for record in records)
    point = nano_per_point(records, costs)
    facts = (
        Fact("runs", "runs", len(records), count(len(records))),
        Fact("overall_score", "mean overall score", round(overall, 6), score(overall)),
        Fact("pass_rate", "passed", passed / len(records), percent(passed, len(records))),
        Fact("mean_iterations", "mean iterations", round(iterations, 6), f"{iterations:.1f}"),
        Fact(
            "cost_per_point_usd",
            "a point costs",
            None if point is None else float(usd(round(point))),
            money(None if point is None else round(point)),
        ),
    )
    return Facts("summary", "", facts)


def _over_runs(records: Sequence[Quality]) -> Chart:
    shown = records[-200:]
    return Chart(
        "overall_scores",
        "Overall score, run by run",
        tuple(record.run_id for record in shown),
        tuple(record.overall_score for record in shown),
        tuple(score(record.overall_score) for record in shown),
        bars=False,
    )
