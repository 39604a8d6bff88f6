"""One measured figure, against what it is compared with and the goal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a benchmark."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    """Value divided by that of ``against``."""
    goal: str = ""
    against: str = ""
