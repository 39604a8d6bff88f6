"""The quality report: how good results were, by dimension, by subsystem, over time, and what a point cost."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from costtui.analysis.quality import Subsystem, bands_of, dimensions_of, nano_per_point, subsystems_of
from costtui.analysis.trends import ratio_trend
from costtui.facts import Quality
from costtui.format import UNKNOWN, count, money, percent
from costtui.money import usd
from costtui.report.document import Block, Chart, Document, Fact, Facts, Note, grid
from costtui.report.frame import document
from costtui.view.node_trend_table import p_text
from costtui.view.quality import nothing_rated, successes_of
from costtui.view.quality_table import (
    BANDS,
    DIMENSIONS,
    RUNS,
    SUBSYSTEMS,
    Rated,
    calm,
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
        return document("quality", "Quality", sources, [Note(nothing_rated(sources))])
    costs = known_costs(sources.runs)
    subsystems = subsystems_of(records, costs)
    recent = [
        Rated(record, costs.get(record.run_id), sources.zone, sources.now_us)
        for record in records[::-1][:RECENT]
    ]
    blocks: list[Block] = [
        _summary(records, costs),
        *_verdict(records, subsystems, sources),
        *_success(records, sources),
        _over_runs(records),
        grid("dimensions", "Dimensions", DIMENSIONS, dimensions_of(records)),
        grid("subsystems", "Subsystems", SUBSYSTEMS, subsystems),
        grid("cost_bands", "Cost against quality: runs by what they cost", BANDS, bands_of(records, costs)),
        grid("recent_runs", f"Recent runs ({len(recent)} of {count(len(records))})", RUNS, recent),
    ]
    return document("quality", "Quality", sources, blocks)


def _verdict(records: Sequence[Quality], subsystems: Sequence[Subsystem], sources: Sources) -> Iterator[Note]:
    found = warnings(records, subsystems, sources.zone)
    yield from (Note(text, warning=True) for text in found)
    if not found:
        yield Note(calm(subsystems))


def _success(records: Sequence[Quality], sources: Sources) -> list[Facts]:
    """Return how many runs succeeded, failed ones included, which have no quality."""
    successes = successes_of(records, sources.runs)
    if not successes:
        return []
    found = ratio_trend([(success, 1) for success in successes])
    last = found.averages[-1] if found.averages else None
    change = None if found.change_percent is None else round(found.change_percent, 2)
    sure = p_text(found.p_value)
    facts = (
        Fact("decided_runs", "runs that ended", len(successes), count(len(successes))),
        Fact(
            "success_rate",
            "succeeded",
            round(sum(successes) / len(successes), 6),
            percent(sum(successes), len(successes)),
        ),
        Fact(
            "last_5_success_rate",
            "of the last five",
            None if last is None else round(last, 6),
            UNKNOWN if last is None else percent(last),
        ),
        Fact("trend", "trend", str(found.direction), str(found.direction)),
        Fact("change_percent", "change", change, UNKNOWN if change is None else f"{round(change):+d} %"),
        Fact("p_value", "p", round(found.p_value, 6), sure),
    )
    return [Facts("success", "Success of runs", facts)]


def _summary(records: Sequence[Quality], costs: Mapping[str, int]) -> Facts:
    passed = sum(record.validation_passed for record in records)
    iterations = fmean(record.iteration_count for record in records)
    overall = fmean(record.overall_score for record in records)
    point = nano_per_point(records, costs)
    scores = [record.overall_score for record in records]
    facts = (
        Fact("runs", "runs", len(records), count(len(records))),
        Fact("overall_score", "mean overall score", round(overall, 6), score(overall)),
        Fact("min_overall_score", "worst run", min(scores), score(min(scores))),
        Fact("max_overall_score", "best run", max(scores), score(max(scores))),
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
