"""One measured figure, and how figures are printed."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure, what it is compared with, and the goal."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    """Against the baseline named in ``against``."""
    goal: str = ""
    """In words: ``≤ 1.3``, ``≤ 50 ms``."""
    against: str = ""


def table(measures: Iterable[Measure]) -> str:
    """Return measures as a text table."""
    rows = [("what", "median", "ratio", "goal", "against")]
    rows += [
        (
            measure.name,
            f"{measure.value:,.4g} {measure.unit}",
            "" if measure.ratio is None else f"{measure.ratio:.2f}",
            measure.goal,
            measure.against,
        )
        for measure in measures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
