"""The quality page: whether results were good, where they got worse, and what a point of quality costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import Any

from costtui.analysis.outcome import of_runs
from costtui.analysis.quality import (
    SCORES,
    Band,
    Dimension,
    Subsystem,
    bands_of,
    dimensions_of,
    nano_per_point,
    subsystems_of,
)
from costtui.analysis.trends import Trend, degradation, ratio_trend
from costtui.facts import Quality, Run
from costtui.filter import Filter, parse_filter
from costtui.format import count, percent
from costtui.money import usd
from costtui.view.chart import Curve
from costtui.view.clock import minute
from costtui.view.empty import nothing_passes
from costtui.view.headline import Figure
from costtui.view.precision import nano_text
from costtui.view.quality_table import (
    BANDS,
    DIMENSIONS,
    RUNS,
    SUBSYSTEMS,
    TONES,
    Rated,
    calm,
    known_costs,
    score,
    warnings,
)
from costtui.view.snapshot import Sources
from costtui.view.table import Row
from costtui.view.target import Target, quoted

LIMIT = 1000
"""Newest records that the page looks at."""
MOST_POINTS = 200
"""Newest runs in the chart."""


@dataclass(frozen=True, slots=True)
class QualityPage:
    """The quality of the runs of the window that a filter lets through."""

    headline: tuple[Figure, ...]
    warnings: tuple[str, ...]
    """A sentence for each subsystem that got worse."""
    calm: str
    """What is said where none did."""
    dimensions: tuple[Row, ...]
    subsystems: tuple[Row, ...]
    bands: tuple[Row, ...]
    runs: tuple[Row, ...]
    total: int
    """Records before filtering."""
    empty: str
    items: tuple[Rated, ...]
    """Newest first."""
    by_cost: tuple[Band, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return the runs as plain values."""
        return [RUNS.record(item) for item in self.items]

    def curve(self, name: str | None) -> Curve:
        """Return one score, run by run, with the mean before it got worse as its threshold."""
        name = name or SCORES[0]
        values = [getattr(item.quality, name) for item in reversed(self.items[:MOST_POINTS])]
        title = f"{name.removesuffix('_score')}, run by run"
        worse = degradation(values)
        if worse is None:
            return Curve(title, (), tuple(values))
        since = count(len(values) - worse.since)
        title += f": worse for {since} runs (p = {worse.p_value:.1g})"
        return Curve(title, (), tuple(values), worse.before, f"{worse.before:.2f} before")

    def target(self, key: str) -> Target:
        """Return what Enter on a run opens."""
        return Target("run", key)

    def subsystem_target(self, key: str) -> Target:
        """Return what Enter on a subsystem opens: its runs."""
        return Target("runs", filter=quoted("subsystem", key))

    def band_target(self, key: str) -> Target:
        """Return what Enter on a cost band opens: the runs that cost as much."""
        band = self.by_cost[int(key)]
        return Target("runs", filter=f"cost>={usd(band.low_nano)} cost<={usd(band.high_nano)}")


@dataclass(frozen=True, slots=True)
class QualityRequest:
    """The quality of the runs of the window that a filter lets through."""

    filter: str = ""

    def build(self, sources: Sources) -> QualityPage:
        """Return the page. Raises StoreError."""
        where = parse_filter(self.filter)
        costs = known_costs(sources.runs)
        everything = [
            Rated(record, costs.get(record.run_id), sources.zone, sources.now_us)
            for record in sources.reader.quality(sources.span, LIMIT)
        ]
        items = sorted(RUNS.passing(everything, where), key=lambda item: -item.quality.recorded_us)
        records = tuple(item.quality for item in reversed(items))
        dimensions, subsystems, bands = _figures(
            records, tuple((run_id, costs[run_id]) for run_id in _run_ids(records) if run_id in costs)
        )
        return QualityPage(
            headline=_headline(records, costs, successes_of(records, sources.runs)) if records else (),
            warnings=tuple(warnings(records, subsystems, sources.zone)),
            calm=calm(subsystems),
            dimensions=tuple(DIMENSIONS.row(one.name, one) for one in dimensions),
            subsystems=tuple(SUBSYSTEMS.row(one.name, one) for one in subsystems),
            bands=tuple(BANDS.row(str(index), one) for index, one in enumerate(bands)),
            runs=tuple(RUNS.row(item.quality.run_id, item) for item in items),
            total=len(everything),
            empty=_empty(sources, where, len(everything)),
            items=tuple(items),
            by_cost=bands,
        )


_Figures = tuple[tuple[Dimension, ...], tuple[Subsystem, ...], tuple[Band, ...]]


@lru_cache(maxsize=4)
def _figures(records: tuple[Quality, ...], costs: tuple[tuple[str, int], ...]) -> _Figures:
    """Return what records say; kept, because the tests of trends are quadratic and pages are built many times a second."""
    if not records:
        return (), (), ()
    by_run = dict(costs)
    return (
        tuple(dimensions_of(records)),
        tuple(subsystems_of(records, by_run)),
        tuple(bands_of(records, by_run)),
    )


def _run_ids(records: Sequence[Quality]) -> list[str]:
    return [record.run_id for record in records]


def successes_of(records: Sequence[Quality], runs: Sequence[Run]) -> tuple[int, ...]:
    """Return which decided runs of the subsystems with quality succeeded, oldest first; failed ones have no quality."""
    subsystems = {record.subsystem for record in records}
    own = sorted((run for run in runs if run.subsystem in subsystems), key=lambda run: run.started_us)
    return tuple(outcome.succeeded for outcome in of_runs(own) if outcome.attempted)


@lru_cache(maxsize=4)
def _success_trend(successes: tuple[int, ...]) -> Trend:
    return ratio_trend([(success, 1) for success in successes])


def _success(successes: tuple[int, ...]) -> Figure:
    found = _success_trend(successes)
    last = f" · last 5: {percent(found.averages[-1])}" if found.averages else ""
    tone = TONES.get(found.direction, "")
    return Figure("success", percent(sum(successes), len(successes)), f"{found.direction}{last}", tone)


def _headline(
    records: Sequence[Quality], costs: Mapping[str, int], successes: tuple[int, ...]
) -> tuple[Figure, ...]:
    overall = [record.overall_score for record in records]
    passed = sum(record.validation_passed for record in records)
    known = sum(record.run_id in costs for record in records)
    failed = len(records) - passed
    return (
        Figure("overall", score(fmean(overall)), f"{score(min(overall))} to {score(max(overall))}"),
        Figure(
            "passed",
            percent(passed, len(records)),
            f"{count(failed)} failed" if failed else "all of them",
            "warn" if failed else "ok",
        ),
        Figure("runs", count(len(records)), "with quality"),
        Figure("iterations", f"{fmean(record.iteration_count for record in records):.1f}", "mean"),
        _success(successes),
        Figure(
            "a point costs",
            nano_text(nano_per_point(records, costs)),
            f"{count(known)} runs priced" if known else "no cost known",
            "money",
        ),
    )


def _empty(sources: Sources, where: Filter, total: int) -> str:
    if total and where:
        return nothing_passes("run", total, where, RUNS.names)
    return nothing_rated(sources)


def nothing_rated(sources: Sources) -> str:
    """Return why there is no quality in the window, and what to do. Raises StoreError."""
    newest = next(iter(sources.reader.quality(None, 1)), None)
    if newest is not None:
        at = minute(newest.recorded_us, sources.zone, sources.now_us)
        return f"No quality recorded in this window. The newest is of {at}: take a wider window (])."
    return (
        "No quality recorded yet: how good a run's result was, 0 to 1.\n"
        "Record it with: QualityTracker().record_quality(run_id, subsystem, metrics, True, 1, 5)\n"
        "To see some now, run: costtui demo"
    )
