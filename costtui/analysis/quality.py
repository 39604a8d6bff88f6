"""How good results were, by dimension and by subsystem, where they got worse, and what a point of quality costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from costtui.analysis.trends import Degradation, Direction, degradation, trend
from costtui.facts import Quality

FEWEST_IN_BAND = 3
"""Runs below which the mean quality of a band says nothing."""
SCORES = ("overall_score", "completeness", "clarity", "testability", "traceability")
POINTS = 100
"""A score of 1 is 100 points."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One score over runs."""

    name: str
    mean: float
    minimum: float
    maximum: float
    direction: Direction


@dataclass(frozen=True, slots=True)
class Subsystem:
    """The quality of one subsystem's runs, and what it cost."""

    name: str
    runs: int
    overall: float
    passed: float
    iterations: float
    direction: Direction
    nano_per_point: float | None
    worse: Degradation | None


@dataclass(frozen=True, slots=True)
class Band:
    """Runs of like cost, and how good they were."""

    runs: int
    low_nano: int
    high_nano: int
    """Cost of the cheapest and of the dearest run of the band."""
    mean_nano: float
    overall: float
    passed: float
    next_point_nano: float | None
    """What one more point costs, from the best of the cheaper bands; None where this one is not better than they are."""


def dimensions_of(records: Sequence[Quality]) -> list[Dimension]:
    """Return the five scores of records, oldest first."""
    found = []
    for name in SCORES:
        values = [getattr(record, name) for record in records]
        found.append(Dimension(name, fmean(values), min(values), max(values), trend(values).direction))
    return found


def subsystems_of(records: Sequence[Quality], costs: Mapping[str, int]) -> list[Subsystem]:
    """Return the quality of each subsystem, the best first; ``costs`` are those of runs, in nano-dollars."""
    groups: dict[str, list[Quality]] = {}
    for record in records:
        groups.setdefault(record.subsystem, []).append(record)
    found = []
    for name, group in groups.items():
        scores = [record.overall_score for record in group]
        found.append(
            Subsystem(
                name=name,
                runs=len(group),
                overall=fmean(scores),
                passed=fmean(record.validation_passed for record in group),
                iterations=fmean(record.iteration_count for record in group),
                direction=trend(scores).direction,
                nano_per_point=nano_per_point(group, costs),
                worse=degradation(scores),
            )
        )
    return sorted(found, key=lambda subsystem: -subsystem.overall)


def nano_per_point(records: Sequence[Quality], costs: Mapping[str, int]) -> float | None:
    """Return what a hundredth of the overall score cost, over runs whose cost is known; None without any."""
    known = [record for record in records if record.run_id in costs]
    points = POINTS * sum(record.overall_score for record in known)
    return sum(costs[record.run_id] for record in known) / points if points else None


def bands_of(records: Sequence[Quality], costs: Mapping[str, int], most: int = 4) -> list[Band]:
    """Return the runs whose cost is known in bands of equal size, the cheapest first: quality against cost.

    A single run is good or cheap by luck; the mean of a band is less so. Fewer bands where runs are few.
    """
    known = sorted(
        (record for record in records if record.run_id in costs), key=lambda one: costs[one.run_id]
    )
    number = min(most, len(known) // FEWEST_IN_BAND)
    found: list[Band] = []
    best: Band | None = None
    for index in range(number):
        group = known[index * len(known) // number : (index + 1) * len(known) // number]
        band = _band([costs[record.run_id] for record in group], group, best)
        found.append(band)
        if best is None or band.overall > best.overall:
            best = band
    return found


def _band(costs: Sequence[int], group: Sequence[Quality], best: Band | None) -> Band:
    mean, overall = fmean(costs), fmean(record.overall_score for record in group)
    further = None
    if best is not None and overall > best.overall:
        further = (mean - best.mean_nano) / (POINTS * (overall - best.overall))
    passed = fmean(record.validation_passed for record in group)
    return Band(len(group), min(costs), max(costs), mean, overall, passed, further)
