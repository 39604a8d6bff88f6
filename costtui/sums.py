"""Sums over calls: the one way in which calls are added up, in the store's rollups and in the live book."""

from collections.abc import Iterable

from costtui.facts import Call, CostSource, Series, Status, UsageState
from costtui.histogram import Histogram

COUNTERS = (
    "calls",
    "errors",
    "cost_nano",
    "saved_nano",
    "unpriced",
    "estimated",
    "missing_usage",
    "cache_hits",
    "retries",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "latency_sum_ms",
    "latency_count",
    "ttft_sum_ms",
    "ttft_count",
)
"""Names of the integer counters of a ``Sums``, in the order in which a store keeps them."""


class Sums:
    """Counters and latency percentiles of any number of calls; mutable, mergeable, subtractable."""

    __slots__ = (*COUNTERS, "latency")

    calls: int
    errors: int
    """Calls with status *error* (cancelled and partial ones are not errors)."""
    cost_nano: int
    """Sum of the known costs."""
    saved_nano: int
    unpriced: int
    """Calls whose cost is not known."""
    estimated: int
    """Calls whose cost or tokens are estimates."""
    missing_usage: int
    cache_hits: int
    retries: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    reasoning_tokens: int
    latency_sum_ms: int
    latency_count: int
    ttft_sum_ms: int
    ttft_count: int
    latency: Histogram

    def __init__(self) -> None:
        for name in COUNTERS:
            setattr(self, name, 0)
        self.latency = Histogram()

    def add(self, call: Call, sign: int = 1) -> None:
        """Add a call; with ``sign=-1`` take it away again."""
        usage, cost = call.usage, call.cost
        self.calls += sign
        self.errors += sign * (call.status == Status.ERROR)
        if cost.nano is None:
            self.unpriced += sign
        else:
            self.cost_nano += sign * cost.nano
        self.saved_nano += sign * call.saved_nano
        self.estimated += sign * is_estimated(call)
        self.missing_usage += sign * (usage.state == UsageState.MISSING)
        self.cache_hits += sign * call.cache_hit
        self.retries += sign * (call.attempt > 1)
        self.input_tokens += sign * (usage.input_tokens or 0)
        self.output_tokens += sign * (usage.output_tokens or 0)
        self.cache_read_tokens += sign * usage.cache_read_tokens
        self.cache_write_tokens += sign * usage.cache_write_tokens
        self.reasoning_tokens += sign * usage.reasoning_tokens
        if call.latency_ms is not None:
            self.latency_sum_ms += sign * call.latency_ms
            self.latency_count += sign
            self.latency.add(call.latency_ms, sign)
        if call.ttft_ms is not None:
            self.ttft_sum_ms += sign * call.ttft_ms
            self.ttft_count += sign

    def merge(self, other: "Sums") -> None:
        """Add everything that another sum holds."""
        for name in COUNTERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latency.merge(other.latency)

    def counters(self) -> tuple[int, ...]:
        """Return the counters in the order of COUNTERS."""
        return tuple(getattr(self, name) for name in COUNTERS)

    @classmethod
    def of(cls, calls: Iterable[Call]) -> "Sums":
        """Return the sums of some calls."""
        sums = cls()
        for call in calls:
            sums.add(call)
        return sums


def is_estimated(call: Call) -> bool:
    """Return whether the call's cost or its tokens are estimates."""
    return call.cost.source == CostSource.HEURISTIC or call.usage.state == UsageState.ESTIMATED


def series_of(call: Call) -> Series:
    """Return what the call is grouped by."""
    return Series(call.node, call.provider, call.model, call.subsystem, call.status)
