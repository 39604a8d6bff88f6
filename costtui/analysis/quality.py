"""How good results were, by dimension and by subsystem, where they got worse, and what a point of quality costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from costtui.analysis.trends import Degradation, Direction, degradation, trend
from costtui.facts import Quality

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
