"""Nodes whose cost per call is far outside their own history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import median

from costtui import format as fmt

FEWEST_BUCKETS = 12
"""Buckets of history below which nothing is said."""
FEWEST_CALLS = 5
"""Calls that a bucket needs to count."""
DEVIATIONS = 5.0
"""Robust standard deviations (of the logarithm) that make an anomaly."""
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


def anomaly(node: str, history: Sequence[Level], now: Level, smallest: float = DEVIATIONS) -> Anomaly | None:
    """Return how a node's cost per call now is outside its history, None where it is not or nobody can say.

    The history's centre and spread are the median and the median deviation of the logarithm: costs are skewed, and an
    earlier anomaly must not hide the next. Few calls now widen what is usual. ``smallest`` is in robust deviations.
    """
    rates = [log(level.cost_nano / level.calls) for level in history if _counts(level)]
    if len(rates) < FEWEST_BUCKETS or not _counts(now):
        return None
    centre = median(rates)
    spread = max(_MAD_TO_DEVIATION * median(abs(rate - centre) for rate in rates), _FLOOR)
    usual_calls = median(level.calls for level in history if _counts(level))
    spread *= sqrt(max(usual_calls / now.calls, 1.0))
    rate = log(now.cost_nano / now.calls)
    deviations = (rate - centre) / spread
    if abs(deviations) < smallest or abs(rate - centre) < log(SMALLEST_FACTOR):
        return None
    return Anomaly(
        node, exp(rate), exp(centre), exp(centre - 2 * spread), exp(centre + 2 * spread), deviations
    )


def anomalies(history: Mapping[str, Sequence[Level]], now: Mapping[str, Level]) -> list[Anomaly]:
    """Return the anomalies of all nodes, the one that burns the most first."""
    found = (anomaly(node, history.get(node, ()), level) for node, level in now.items())
    excess = {node: level.calls for node, level in now.items()}
    return sorted(
        (item for item in found if item),
        key=lambda item: (item.usual_nano - item.now_nano) * excess[item.node],
    )


def _counts(level: Level) -> bool:
    return level.calls >= FEWEST_CALLS and level.cost_nano > 0
