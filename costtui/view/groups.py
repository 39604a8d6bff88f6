"""Totals by what calls have in common."""

from collections.abc import Callable, Iterable, Mapping

from costtui.facts import Series
from costtui.sums import COUNTERS, Sums


def counted(parts: Iterable[Sums]) -> Sums:
    """Return the counters of some sums together, without their latency percentiles (which cost the most)."""
    parts = list(parts)
    total = Sums()
    for name in COUNTERS:
        setattr(total, name, sum(getattr(part, name) for part in parts))
    return total


def merged(parts: Iterable[Sums]) -> Sums:
    """Return some sums together with their latency percentiles: a copy, which later calls do not change."""
    total = Sums()
    for part in parts:
        total.merge(part)
    return total


def grouped(series: Mapping[Series, Sums], key: Callable[[Series], str]) -> dict[str, list[Sums]]:
    """Return the sums of the series that share a key, to be counted or merged as needed."""
    groups: dict[str, list[Sums]] = {}
    for one, sums in series.items():
        groups.setdefault(key(one), []).append(sums)
    return groups


def cost_of(parts: Iterable[Sums]) -> int:
    """Return the known cost of some sums in nano-dollars."""
    return sum(part.cost_nano for part in parts)
