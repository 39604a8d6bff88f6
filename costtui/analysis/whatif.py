"""What recorded traffic would have cost with another model."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from costtui.facts import Call, Series, Usage, UsageState
from costtui.sums import Sums

Price = Callable[[Usage, int], int | None]
"""(usage, start of the call in µs) → nano-dollars, None where the model has no price or the usage is not known."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Actual cost against the cost with another model, over those calls for which both are known."""

    calls: int
    actual_nano: int
    other_nano: int
    left_out: int
    """Calls without a known cost, or that the other model has no price for."""
    estimated: int
    """Calls whose tokens are estimates; and everywhere, another model may count the same text differently."""

    @property
    def saved_nano(self) -> int:
        """What would have been saved; negative where it would have cost more."""
        return self.actual_nano - self.other_nano


def what_if(calls: Iterable[Call], price: Price) -> dict[str, WhatIf]:
    """Return calls priced with another model, by node; answers from the response cache stay free."""
    return _collected(
        (call.node, 1, call.cost.nano, _other(call, price), call.usage.state == UsageState.ESTIMATED)
        for call in calls
    )


def what_if_totals(series: Mapping[Series, Sums], price: Price, at_us: int) -> dict[str, WhatIf]:
    """Return totals priced with another model, by node, all at one instant's prices.

    The tokens of a series are priced together: exact where the price per token is the same for long and short prompts.
    """
    return _collected(
        (
            key.node,
            sums.calls,
            None if sums.unpriced else sums.cost_nano,
            price(_usage(sums), at_us),
            sums.estimated,
        )
        for key, sums in series.items()
    )


def total(parts: Iterable[WhatIf]) -> WhatIf:
    """Return the sum of several."""
    items = list(parts)
    return WhatIf(
        *(
            sum(getattr(item, name) for item in items)
            for name in ("calls", "actual_nano", "other_nano", "left_out", "estimated")
        )
    )


def _other(call: Call, price: Price) -> int | None:
    return 0 if call.cache_hit else price(call.usage, call.started_us)


def _usage(sums: Sums) -> Usage:
    return Usage(
        input_tokens=sums.input_tokens,
        output_tokens=sums.output_tokens,
        cache_read_tokens=sums.cache_read_tokens,
        cache_write_tokens=sums.cache_write_tokens,
        reasoning_tokens=sums.reasoning_tokens,
        state=UsageState.REPORTED,
    )


def _collected(rows: Iterable[tuple[str, int, int | None, int | None, int]]) -> dict[str, WhatIf]:
    found: dict[str, list[int]] = {}
    for node, calls, actual, other, estimated in rows:
        sums = found.setdefault(node, [0, 0, 0, 0, 0])
        if actual is None or other is None:
            sums[3] += calls
        else:
            for place, amount in ((0, calls), (1, actual), (2, other), (4, estimated)):
                sums[place] += amount
    return {node: WhatIf(*sums) for node, sums in found.items()}
