"""How fast money is spent, and how sure that is."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from costtui.window import HOUR_US


@dataclass(frozen=True, slots=True)
class Pace:
    """Spending per time."""

    nano_per_hour: float
    error: float | None = None
    """Relative error (two standard errors of the mean over buckets); None with fewer than four buckets."""

    def nano_in(self, length_us: float) -> float:
        """Return what is spent in a length of time at this pace."""
        return self.nano_per_hour * length_us / HOUR_US


def pace(spend_nano: Sequence[int], edges: Sequence[int], now_us: int, over_us: int = HOUR_US) -> Pace:
    """Return the pace of the last hour (or the last bucket, where that is longer) of a span.

    Time before the first spending of the span does not count: a pipeline that has just started is not slow.
    """
    end = min(now_us, edges[-1])
    if end <= edges[0] or not spend_nano:
        return Pace(0.0)
    spent = [index for index, nano in enumerate(spend_nano) if nano]
    if not spent:
        return Pace(0.0)
    first = max(bisect_right(edges, max(end - over_us, edges[0])) - 1, 0)
    first = max(first, spent[0])
    elapsed = end - edges[first]
    if elapsed <= 0:
        return Pace(0.0)
    amounts = spend_nano[first:]
    complete = [nano for nano, edge in zip(amounts, edges[first + 1 :], strict=False) if edge <= end]
    return Pace(sum(amounts) * HOUR_US / elapsed, _relative_error(complete))


def _relative_error(amounts: Sequence[int]) -> float | None:
    total = sum(amounts)
    if len(amounts) < 4 or not total:
        return None
    mean = total / len(amounts)
    variance = sum((amount - mean) ** 2 for amount in amounts) / (len(amounts) - 1)
    return 2 * sqrt(variance / len(amounts)) / mean
