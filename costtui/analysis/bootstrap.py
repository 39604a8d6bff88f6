"""Intervals of percentiles by resampling whole units (users, runs), reproducibly."""

from collections.abc import Mapping, Sequence
from random import Random

from costtui.analysis.stats import LEVEL, Estimate, quantile

RESAMPLES = 500

Clusters = Mapping[str, Sequence[float]]
"""Unit → its values."""


def quantile_of(clusters: Clusters, fraction: float, level: float = LEVEL, seed: int = 0) -> Estimate:
    """Return the quantile of all values with the percentile interval of a cluster bootstrap."""
    draw = _Quantiles(clusters, fraction)
    return _interval(draw.observed, [draw.resampled(random) for random in _randoms(seed)], level)


def quantile_difference(
    a: Clusters, b: Clusters, fraction: float, level: float = LEVEL, seed: int = 0
) -> Estimate:
    """Return b's quantile minus a's with the percentile interval of a cluster bootstrap."""
    left, right = _Quantiles(a, fraction), _Quantiles(b, fraction)
    draws = [right.resampled(random) - left.resampled(random) for random in _randoms(seed)]
    return _interval(right.observed - left.observed, draws, level)


class _Quantiles:
    """Weighted quantiles of values that are sorted once: a resample only changes the weights."""

    def __init__(self, clusters: Clusters, fraction: float) -> None:
        self._units = len(clusters)
        self._fraction = fraction
        pairs = sorted((value, unit) for unit, values in enumerate(clusters.values()) for value in values)
        self._values = [value for value, _ in pairs]
        self._owners = [unit for _, unit in pairs]
        self.observed = quantile(self._values, fraction) if pairs else 0.0

    def resampled(self, random: Random) -> float:
        weights = [0] * self._units
        for unit in random.choices(range(self._units), k=self._units):
            weights[unit] += 1
        per_value = [weights[unit] for unit in self._owners]
        wanted = self._fraction * sum(per_value)
        seen = 0
        for value, weight in zip(self._values, per_value, strict=True):
            seen += weight
            if weight and seen >= wanted:
                return value
        return self._values[-1]


def _randoms(seed: int) -> list[Random]:
    return [Random(f"{seed}:{number}") for number in range(RESAMPLES)]  # noqa: S311 - not for secrets


def _interval(observed: float, draws: list[float], level: float) -> Estimate:
    draws.sort()
    tail = (1 - level) / 2
    below = sum(draw < 0 for draw in draws) + sum(draw == 0 for draw in draws) / 2
    p_value = 2 * min(below, len(draws) - below) / len(draws) if draws else 1.0
    return Estimate(observed, quantile(draws, tail), quantile(draws, 1 - tail), p_value)
