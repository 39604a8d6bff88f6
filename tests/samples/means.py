"""The mean of independent values, as a sample to compare."""

from collections.abc import Sequence
from math import inf, sqrt

from costtui.analysis.stats import Sample


def mean_of(values: Sequence[float]) -> Sample:
    """Return the mean of independent values."""
    count = len(values)
    if not count:
        return Sample(0, 0.0, inf)
    mean = sum(values) / count
    if count < 2:
        return Sample(1, mean, inf)
    squares = sum((value - mean) ** 2 for value in values)
    return Sample(count, mean, sqrt(squares / (count - 1) / count))
