"""Why spend changed: the difference of two windows in parts that add up to the nano-dollar.

The cost of every (node, provider, model) is a product: all requests × the node's share of them × the model's share
of the node × calls per request × priced share × tokens per call × what caching leaves of them × price. Each factor's
part of the difference is its logarithmic change weighted by the logarithmic mean of both costs (LMDI-I; Ang, Energy
Policy 2004): exact, free of a residual, and independent of the order of the factors.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite, log, log1p

from costtui.facts import Series
from costtui.sums import Sums

EFFECTS = ("volume", "nodes", "models", "retries", "unpriced", "tokens", "cache", "price")
"""Names of the parts, in the order in which they are told.

*volume*: more or fewer requests · *nodes* and *models*: other ones make and answer them · *retries*: calls per request ·
*unpriced*: the share of calls whose cost is known · *tokens*: per call · *cache*: cached part of the input · *price*: per token.
"""


@dataclass(frozen=True, slots=True)
class Rates:
    """Reference prices in any one unit per token; only their proportions matter."""

    input: float = 1.0
    output: float = 4.0
    cache_read: float = 0.1
    cache_write: float = 1.25


RatesOf = Callable[[str, str], Rates]
"""(provider, model) → the reference prices that tell tokens, cache and price apart."""

Group = tuple[str, str, str]
"""Node, provider, model."""


@dataclass(frozen=True, slots=True)
class Change:
    """The difference in cost of one group, or of everything, in its parts."""

    before_nano: int
    after_nano: int
    effects: Mapping[str, int]
    """Name of EFFECTS → nano-dollars; they add up to ``after_nano − before_nano`` exactly."""

    @property
    def nano(self) -> int:
        """The difference."""
        return self.after_nano - self.before_nano


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Why spend changed, in all and for each group."""

    total: Change
    groups: Mapping[Group, Change]
    """The largest difference first."""


def decompose(
    before: Mapping[Series, Sums],
    after: Mapping[Series, Sums],
    rates: RatesOf = lambda _provider, _model: Rates(),
) -> Decomposition:
    """Return the difference in cost between two windows' totals, in parts that add up exactly."""
    old, new = _grouped(before), _grouped(after)
    old_nodes, new_nodes = _requests_by_node(old), _requests_by_node(new)
    changes = {}
    for group in old.keys() | new.keys():
        node, provider, model = group
        reference = rates(provider, model)
        left = _factors(old.get(group), old_nodes, node, reference)
        right = _factors(new.get(group), new_nodes, node, reference)
        changes[group] = _change(left, right, _cost(old, group), _cost(new, group))
    ordered = dict(sorted(changes.items(), key=lambda item: (-abs(item[1].nano), item[0])))
    total = Change(
        sum(change.before_nano for change in ordered.values()),
        sum(change.after_nano for change in ordered.values()),
        {name: sum(change.effects[name] for change in ordered.values()) for name in EFFECTS},
    )
    return Decomposition(total, ordered)


def _grouped(series: Mapping[Series, Sums]) -> dict[Group, Sums]:
    groups: dict[Group, Sums] = {}
    for key, sums in series.items():
        groups.setdefault((key.node, key.provider, key.model), Sums()).merge(sums)
    return groups


def _cost(groups: Mapping[Group, Sums], group: Group) -> int:
    return groups[group].cost_nano if group in groups else 0


def _requests(sums: Sums) -> int:
    """Return the calls that are no retries; all of them where a window holds nothing but retries."""
    return sums.calls - sums.retries or sums.calls


def _requests_by_node(groups: Mapping[Group, Sums]) -> dict[str, int]:
    nodes: dict[str, int] = {}
    for (node, _, _), sums in groups.items():
        nodes[node] = nodes.get(node, 0) + _requests(sums)
    return nodes


def _factors(sums: Sums | None, nodes: Mapping[str, int], node: str, rates: Rates) -> tuple[float, ...]:
    """Return the factors whose product is the cost, in the order of EFFECTS."""
    volume = sum(nodes.values())
    share = _over(nodes.get(node, 0), volume)
    if sums is None:
        return (volume, share, 0, 0, 0, 0, 0, 0)
    requests, priced = _requests(sums), sums.calls - sums.unpriced
    uncached = sums.input_tokens * rates.input + sums.output_tokens * rates.output
    cached = (
        uncached
        + sums.cache_read_tokens * (rates.cache_read - rates.input)
        + sums.cache_write_tokens * (rates.cache_write - rates.input)
    )
    per_call = _over(uncached, sums.calls)
    return (
        volume,
        share,
        _over(requests, nodes.get(node, 0)),
        _over(sums.calls, requests),
        _over(priced, sums.calls),
        per_call,
        _over(cached, uncached),
        _over(sums.cost_nano, priced * per_call * _over(cached, uncached)),
    )


def _over(above: float, below: float) -> float:
    return above / below if below else 0.0


def _change(left: tuple[float, ...], right: tuple[float, ...], before: int, after: int) -> Change:
    difference = after - before
    if min(before, after) > 0 and all(factor > 0 and isfinite(factor) for factor in (*left, *right)):
        close = abs(difference) < before / 2
        growth = log1p(difference / before) if close else log(after) - log(before)
        weight = difference / growth if growth else float(after)
        parts = [weight * log(new / old) for old, new in zip(left, right, strict=True)]
        return Change(before, after, dict(zip(EFFECTS, _rounded(parts, difference), strict=True)))
    effects = dict.fromkeys(EFFECTS, 0)
    effects[_vanishing(left, right)] = difference
    return Change(before, after, effects)


def _vanishing(left: tuple[float, ...], right: tuple[float, ...]) -> str:
    """Return the first factor that is zero on one side only: it alone explains the whole (the limit of LMDI)."""
    for name, old, new in zip(EFFECTS, left, right, strict=True):
        if (old > 0) != (new > 0):
            return name
    return "price"


def _rounded(parts: list[float], total: int) -> list[int]:
    """Return whole numbers next to the parts that add up to the total exactly; the largest part takes the rest."""
    whole = [round(part) for part in parts]
    largest = max(range(len(parts)), key=lambda place: abs(parts[place]))
    whole[largest] += total - sum(whole)
    return whole
