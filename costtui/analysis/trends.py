"""Trends with significance, and the point from which a series got worse."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, sqrt
from statistics import median

from costtui.analysis.distributions import normal_cdf

FEWEST = 5
"""Values below which there is no trend to speak of."""
MOST = 200
"""Newest values that are looked at: the test is quadratic."""
ALPHA = 0.05
ALARM_ALPHA = 0.01
"""Of what raises an alarm by itself, again and again."""


class Direction(StrEnum):
    """Where a series is going."""

    IMPROVING = "improving"
    DEGRADING = "degrading"
    STABLE = "stable"
    INSUFFICIENT = "insufficient data"


@dataclass(frozen=True, slots=True)
class Trend:
    """The direction of a series, and how sure that is."""

    direction: Direction
    count: int
    change_percent: float | None
    """From the start to the end of the fitted line; None where the line starts at zero."""
    p_value: float
    averages: tuple[float, ...]
    """Moving averages, one for each full window."""


def trend(values: Sequence[float], *, window: int = 5, higher_is_better: bool = True) -> Trend:
    """Return the trend of values, oldest first (Mann–Kendall test, Theil–Sen line)."""
    recent = values[-MOST:]
    averages = moving_averages(recent, window)
    if len(recent) < FEWEST:
        return Trend(Direction.INSUFFICIENT, len(recent), None, 1.0, averages)
    slopes = [
        (later - earlier) / (right - left)
        for left, earlier in enumerate(recent)
        for right, later in enumerate(recent[left + 1 :], left + 1)
    ]
    p_value = _mann_kendall(recent, sum((slope > 0) - (slope < 0) for slope in slopes))
    slope = median(slopes)
    start = median(value - slope * place for place, value in enumerate(recent))
    change = 100 * slope * (len(recent) - 1) / abs(start) if start else None
    direction = Direction.STABLE
    if p_value < ALPHA:
        risen = sum((slope > 0) - (slope < 0) for slope in slopes) > 0
        direction = Direction.IMPROVING if risen == higher_is_better else Direction.DEGRADING
    return Trend(direction, len(recent), change, p_value, averages)


def ratio_trend(
    sums: Sequence[tuple[float, float]], *, window: int = 5, higher_is_better: bool = True
) -> Trend:
    """Return the trend of a ratio from (amount, number) of each bucket, oldest first: success per call, cost per call.

    Buckets weigh what they hold, those without a number nothing. Score test of a slope in time with White's variance
    (Econometrica 1980), which asks neither for even buckets nor for independent amounts in one of them: a busy hour
    is no trend. The change is that of the weighted line, from its start to its end.
    """
    known = [(place, amount, number) for place, (amount, number) in enumerate(sums) if number > 0]
    averages = moving_averages([amount / number for _, amount, number in known], window)
    if len(known) < FEWEST:
        return Trend(Direction.INSUFFICIENT, len(known), None, 1.0, averages)
    total = sum(number for _, _, number in known)
    ratio = sum(amount for _, amount, _ in known) / total
    centre = sum(place * number for place, _, number in known) / total
    spread = sum(number * (place - centre) ** 2 for place, _, number in known)
    parts = [(place - centre) * (amount - ratio * number) for place, amount, number in known]
    score, variance = sum(parts), sum(part**2 for part in parts)
    slope = score / spread
    start = ratio + slope * (known[0][0] - centre)
    change = 100 * slope * (known[-1][0] - known[0][0]) / start if start > 0 else None
    p_value = 2 * normal_cdf(-abs(score) / sqrt(variance)) if variance > 0 else 1.0
    direction = Direction.STABLE
    if p_value < ALPHA:
        direction = Direction.IMPROVING if (slope > 0) == higher_is_better else Direction.DEGRADING
    return Trend(direction, len(known), change, p_value, averages)


def moving_averages(values: Sequence[float], window: int = 5) -> tuple[float, ...]:
    """Return the mean of each run of ``window`` neighbours, empty where there are fewer."""
    return tuple(sum(values[end - window : end]) / window for end in range(window, len(values) + 1))


def _mann_kendall(values: Sequence[float], score: int) -> float:
    """Return the p-value of a score (later minus earlier values), ties and continuity corrected."""
    count = len(values)
    ties = sum(size * (size - 1) * (2 * size + 5) for size in _tied(values))
    variance = (count * (count - 1) * (2 * count + 5) - ties) / 18
    if variance <= 0 or not score:
        return 1.0
    return min(2 * normal_cdf(-(abs(score) - 1) / sqrt(variance)), 1.0)


def _tied(values: Sequence[float]) -> list[int]:
    sizes: dict[float, int] = {}
    for value in values:
        sizes[value] = sizes.get(value, 0) + 1
    return list(sizes.values())


@dataclass(frozen=True, slots=True)
class Degradation:
    """A series that has become worse from some point on."""

    since: int
    """Place of the first value that belongs to the worse part."""
    before: float
    """Mean of the values before."""
    after: float
    p_value: float


def degradation(
    values: Sequence[float],
    *,
    higher_is_better: bool = True,
    smallest: float = 0.02,
    alpha: float = ALARM_ALPHA,
) -> Degradation | None:
    """Return from where on values (oldest first) are significantly worse, None where they are not.

    Pettitt's rank test for one change point (Applied Statistics 1979), one-sided; both parts need FEWEST values, and
    the means must differ by ``smallest`` of the better one.
    """
    recent = values[-MOST:]
    skipped, count = len(values) - len(recent), len(recent)
    if count < 2 * FEWEST:
        return None
    ranks = _ranks(recent if higher_is_better else [-value for value in recent])
    best, split, below = 0.0, 0, 0.0
    for place, rank in enumerate(ranks[:-1], 1):
        below += rank
        excess = 2 * below - place * (count + 1)  # positive: what came before ranks higher
        if excess > best and FEWEST <= place <= count - FEWEST:
            best, split = excess, place
    p_value = min(exp(-6 * best**2 / (count**3 + count**2)), 1.0)
    if not split or p_value >= alpha:
        return None
    before, after = sum(recent[:split]) / split, sum(recent[split:]) / (count - split)
    worse = before - after if higher_is_better else after - before
    if worse < smallest * abs(before):
        return None
    return Degradation(skipped + split, before, after, p_value)


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value from 1 on; equal values share theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or values[order[end]] != values[order[start]]:
            for place in order[start:end]:
                ranks[place] = (start + 1 + end) / 2
            start = end
    return ranks
