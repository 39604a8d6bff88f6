"""The critical path of a run: the steps one after the other that its duration is made of."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from costtui.facts import Step
from costtui.view.breakdown import interval

SLACK_US = 1_000
"""How far a step may reach into the one that waited for it: clocks are read one after the other."""


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """Steps in the order of their start; what is missing between them was spent waiting, or in no step."""

    steps: tuple[Step, ...]
    now_us: int

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the steps."""
        return frozenset(step.key for step in self.steps)

    @property
    def ms(self) -> float:
        """Time in the steps."""
        return sum(_ms(step, self.now_us) for step in self.steps)

    def by_node(self) -> list[tuple[str, float]]:
        """Return the time that each node spends on the path in milliseconds, the longest first."""
        sums: dict[str, float] = {}
        for step in self.steps:
            sums[step.node] = sums.get(step.node, 0) + _ms(step, self.now_us)
        return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def critical_path(steps: Sequence[Step], now_us: int) -> CriticalPath:
    """Return the chain of innermost steps that ends last: before each, the one that ended last before its start.

    What a step really waited for is not recorded; the last one to end before it is the best guess there is.
    """
    leaves = sorted(_innermost(steps, now_us), key=lambda step: interval(step, now_us)[::-1])
    chain: list[Step] = []
    limit: int | None = None
    while leaves:
        step = leaves.pop()
        start, end = interval(step, now_us)
        if end > start and (limit is None or end <= limit + SLACK_US):
            chain.append(step)
            limit = start
    return CriticalPath(tuple(chain[::-1]), now_us)


def _innermost(steps: Iterable[Step], now_us: int) -> list[Step]:
    """Return the steps in which no step of a node inside theirs began."""
    starts: dict[str, list[int]] = {}
    steps = list(steps)
    for step in steps:
        outer = step.node.rpartition("/")[0]
        while outer:
            starts.setdefault(outer, []).append(step.started_us)
            outer = outer.rpartition("/")[0]
    for inner in starts.values():
        inner.sort()
    found = []
    for step in steps:
        start, end = interval(step, now_us)
        inner = starts.get(step.node, [])
        first = bisect_left(inner, start)
        if first == len(inner) or inner[first] > end:
            found.append(step)
    return found


def _ms(step: Step, now_us: int) -> float:
    start, end = interval(step, now_us)
    return (end - start) / 1000
