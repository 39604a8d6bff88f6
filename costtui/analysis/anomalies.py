"""Nodes whose cost per call is far outside their own history."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from statistics import median

from costtui import format as fmt

FEWEST_BUCKETS = 12
"""Buckets of history below which nothing is said."""
FEWEST_CALLS = 5
"""Calls that a bucket needs to count."""
DEVIATIONS = 5.0
"""Robust standard deviations (of the logarithm) that make an anomaly."""
LOOKBACK = 48
"""Buckets before that tell what is usual."""
SMALLEST_FACTOR = 1.5
"""A cost per call that is less than this far from usual is never one."""
_FLOOR = 0.05
"""A history that hardly moves is taken to vary by 5 %."""
_MAD_TO_DEVIATION = 1.4826


@dataclass(frozen=True, slots=True)
class Level:
    """The priced calls of a node in one bucket of time, and their cost."""

    calls: int
    cost_nano: int


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A node that costs more, or less, per call than it ever used to."""

    node: str
    now_nano: float
    usual_nano: float
    low_nano: float
    """Lower end of what is usual."""
    high_nano: float
    deviations: float

    @property
    def factor(self) -> float:
        """How many times the usual cost."""
        return self.now_nano / self.usual_nano

    @property
    def text(self) -> str:
        """The anomaly in a sentence."""
        usual = f"{fmt.money(round(self.low_nano))}–{fmt.money(round(self.high_nano))}"
        return (
            f"{self.node} costs {fmt.money(round(self.now_nano))} per call, "
            f"{self.factor:.1f} × its usual {fmt.money(round(self.usual_nano))} ({usual})"
        )


@dataclass(frozen=True, slots=True)
class Episode:
    """Neighbouring buckets in which a node cost far more, or less, per call than in those before."""

    first: int
    """Place of the first bucket."""
    last: int
    calls: int
    anomaly: Anomaly
    """Of all these calls together, against what was usual when it began."""


def anomaly(node: str, history: Sequence[Level], now: Level, smallest: float = DEVIATIONS) -> Anomaly | None:
    """Return how a node's cost per call now is outside its history, None where it is not or nobody can say.

    The history's centre and spread are the median and the median deviation of the logarithm: costs are skewed, and an
    earlier anomaly must not hide the next. Few calls now widen what is usual. ``smallest`` is in robust deviations.
    """
    usual = _Usual(len(history))
    for level in history:
        usual.add(level)
    return usual.judge(node, now, smallest)


def episodes(node: str, levels: Sequence[Level]) -> list[Episode]:
    """Return when a node's cost per call was outside what it had been in the LOOKBACK buckets before, oldest first.

    What has lasted for a third to a half of them is usual from then on: a new model is no anomaly for ever.
    """
    usual = _Usual(LOOKBACK)
    found: list[Episode] = []
    for place, level in enumerate(levels):
        one = usual.judge(node, level, DEVIATIONS)
        usual.add(level)
        if one is None:
            continue
        last = found[-1] if found else None
        if last and last.last == place - 1 and (last.anomaly.deviations > 0) == (one.deviations > 0):
            found[-1] = _extended(last, one, level)
        else:
            found.append(Episode(place, place, level.calls, one))
    return found


class _Usual:
    """What a node's calls used to cost, in so many buckets."""

    def __init__(self, most: int) -> None:
        self._levels: deque[tuple[float, int]] = deque(maxlen=max(most, 1))
        self._rates: list[float] = []
        """Logarithms of the cost per call, sorted."""

    def add(self, level: Level) -> None:
        """Take in a bucket, and forget the oldest where there are enough."""
        if not _counts(level):
            return
        if len(self._levels) == self._levels.maxlen:
            del self._rates[bisect_left(self._rates, self._levels[0][0])]
        rate = log(level.cost_nano / level.calls)
        self._levels.append((rate, level.calls))
        insort(self._rates, rate)

    def judge(self, node: str, now: Level, smallest: float) -> Anomaly | None:
        """Return how another bucket is outside of it, None where it is not or nobody can say."""
        rates = self._rates
        if len(rates) < FEWEST_BUCKETS or not _counts(now):
            return None
        centre = (rates[len(rates) // 2] + rates[(len(rates) - 1) // 2]) / 2
        rate = log(now.cost_nano / now.calls)
        if abs(rate - centre) < log(SMALLEST_FACTOR):
            return None
        spread = max(_MAD_TO_DEVIATION * median(abs(one - centre) for one in rates), _FLOOR)
        usual_calls = median(calls for _, calls in self._levels)
        spread *= sqrt(max(usual_calls / now.calls, 1.0))
        deviations = (rate - centre) / spread
        if abs(deviations) < smallest:
            return None
        return Anomaly(
            node, exp(rate), exp(centre), exp(centre - 2 * spread), exp(centre + 2 * spread), deviations
        )


def _extended(episode: Episode, one: Anomaly, level: Level) -> Episode:
    before = episode.anomaly
    calls = episode.calls + level.calls
    now_nano = (before.now_nano * episode.calls + level.cost_nano) / calls
    furthest = max(before.deviations, one.deviations, key=abs)
    return Episode(
        episode.first, episode.last + 1, calls, replace(before, now_nano=now_nano, deviations=furthest)
    )


def _counts(level: Level) -> bool:
    return level.calls >= FEWEST_CALLS and level.cost_nano > 0
