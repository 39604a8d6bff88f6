"""The columns of calls that have something in common: a node, a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from costtui.format import UNKNOWN, count, duration, percent, tokens
from costtui.sums import Sums
from costtui.view.precision import cost_tone, nano_text, nano_usd, short_cost
from costtui.view.table import Field

if TYPE_CHECKING:
    from costtui.analysis.anomalies import Episode

NO_NODE = "(no node)"
"""Shown for calls that were recorded outside of any node."""


@dataclass(frozen=True)
class Group:
    """Calls that have a name in common, and their part of the whole."""

    name: str
    sums: Sums
    total_nano: int
    """Known cost of all calls of the span."""
    spend_nano: Sequence[int] = ()
    """Known cost per bucket."""
    provider: str = ""
    unusual: "Episode | None" = None
    """The newest time at which a call cost far more, or less, than usual."""

    @cached_property
    def p50_ms(self) -> float | None:
        """Median latency."""
        return self.sums.latency.percentile(0.5)

    @cached_property
    def p95_ms(self) -> float | None:
        """Latency that 19 of 20 calls do not pass."""
        return self.sums.latency.percentile(0.95)

    @property
    def mean_ms(self) -> float | None:
        """Mean latency."""
        return self.sums.latency_sum_ms / self.sums.latency_count if self.sums.latency_count else None

    @property
    def share(self) -> float | None:
        """Part of the whole known cost."""
        return self.sums.cost_nano / self.total_nano if self.total_nano and not self.unknown_cost else None

    @property
    def per_call_nano(self) -> float | None:
        """Known cost per call that has one."""
        priced = self.sums.calls - self.sums.unpriced
        return self.sums.cost_nano / priced if priced > 0 and not self.unknown_cost else None

    @property
    def unknown_cost(self) -> bool:
        """Whether calls without a price are all that there is to say about the cost."""
        return self.sums.unpriced > 0 and self.sums.cost_nano == 0

    @property
    def ttft_ms(self) -> float | None:
        """Mean time to the first token."""
        return self.sums.ttft_sum_ms / self.sums.ttft_count if self.sums.ttft_count else None

    @property
    def cached(self) -> float | None:
        """Part of the input tokens that the provider read from its cache."""
        return self.sums.cache_read_tokens / self.sums.input_tokens if self.sums.input_tokens else None

    @property
    def failed(self) -> float | None:
        """Part of the calls that ended in an error."""
        return self.sums.errors / self.sums.calls if self.sums.calls else None

    def cost_text(self) -> str:
        """Return the cost with its precision."""
        sums = self.sums
        return short_cost(sums.cost_nano, estimated=sums.estimated, unpriced=sums.unpriced)


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else percent(share)


def _rounded(number: float | None, digits: int = 6) -> float | None:
    return None if number is None else round(number, digits)


def _tone_of_errors(group: Group) -> str:
    return "muted" if not group.sums.errors else "error" if (group.failed or 0) >= 0.05 else "warn"


FIGURES: tuple[Field[Group], ...] = (
    Field(
        "calls",
        "calls",
        7,
        lambda g: g.sums.calls,
        lambda g: count(g.sums.calls),
        help="all calls, failed ones included",
    ),
    Field(
        "cost",
        "cost",
        10,
        lambda g: None if g.unknown_cost else nano_usd(g.sums.cost_nano),
        Group.cost_text,
        lambda g: cost_tone(g.cost_text()),
        name="cost_usd",
        help="known cost; ≈ where calls are estimated, + where some are unpriced",
    ),
    Field(
        "share",
        "share",
        6,
        lambda g: _rounded(g.share),
        lambda g: _percent(g.share),
        help="of the known cost of the window",
    ),
    Field(
        "per_call",
        "$/call",
        9,
        lambda g: nano_usd(g.per_call_nano),
        lambda g: nano_text(g.per_call_nano),
        priority=3,
        name="cost_per_call_usd",
        help="known cost per priced call",
    ),
    Field(
        "p50",
        "p50",
        8,
        lambda g: _rounded(g.p50_ms, 1),
        lambda g: duration(g.p50_ms),
        priority=2,
        name="p50_ms",
        help="median latency",
    ),
    Field(
        "p95",
        "p95",
        8,
        lambda g: _rounded(g.p95_ms, 1),
        lambda g: duration(g.p95_ms),
        priority=1,
        name="p95_ms",
        help="19 of 20 calls were faster",
    ),
    Field(
        "ttft",
        "TTFT",
        8,
        lambda g: _rounded(g.ttft_ms, 1),
        lambda g: duration(g.ttft_ms),
        priority=6,
        name="ttft_mean_ms",
        help="mean time to the first token of a stream",
    ),
    Field(
        "input",
        "in",
        6,
        lambda g: g.sums.input_tokens,
        lambda g: tokens(g.sums.input_tokens),
        priority=4,
        name="input_tokens",
        help="input tokens, cached ones included",
    ),
    Field(
        "output",
        "out",
        6,
        lambda g: g.sums.output_tokens,
        lambda g: tokens(g.sums.output_tokens),
        priority=4,
        name="output_tokens",
        help="output tokens, reasoning included",
    ),
    Field(
        "cached",
        "cached",
        6,
        lambda g: _rounded(g.cached),
        lambda g: _percent(g.cached),
        "muted",
        priority=5,
        name="cache_read_share",
        help="of the input tokens were read from the provider's cache",
    ),
    Field(
        "errors",
        "errors",
        6,
        lambda g: _rounded(g.failed),
        lambda g: _percent(g.failed),
        _tone_of_errors,
        priority=2,
        name="error_share",
        help="calls that ended in an error",
    ),
    Field(
        "unpriced",
        "unpriced",
        8,
        lambda g: g.sums.unpriced,
        lambda g: count(g.sums.unpriced) if g.sums.unpriced else "",
        "warn",
        priority=3,
        name="unpriced_calls",
        help="calls whose price is not known: they are not in the cost",
    ),
)
"""Columns that nodes and models share."""
