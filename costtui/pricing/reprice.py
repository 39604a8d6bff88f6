"""Recorded calls priced again: what would change, call by call and model by model."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from costtui.facts import Call, Cost, CostSource
from costtui.pricing.book import PriceBook

_NOT_OURS = frozenset({CostSource.PROVIDER, CostSource.LANGSMITH})


@dataclass(slots=True)
class Tally:
    """Sums over the calls of one model."""

    provider: str
    model: str
    calls: int = 0
    changed: int = 0
    known_before_nano: int = 0
    known_after_nano: int = 0
    priced: int = 0
    """Calls that had no price and get one."""
    unpriced: int = 0
    """Calls that have no price before and after."""

    @property
    def before_nano(self) -> int | None:
        """What the calls cost so far, None where none of them has a price."""
        return self.known_before_nano if self.calls > self.priced + self.unpriced else None

    @property
    def after_nano(self) -> int | None:
        """What the calls would cost, None where none of them has a price."""
        return self.known_after_nano if self.calls > self.unpriced else None

    @property
    def difference_nano(self) -> int:
        """What the change adds to the known cost."""
        return self.known_after_nano - self.known_before_nano

    def add(self, other: "Tally") -> None:
        """Add the sums of another tally."""
        for name in ("calls", "changed", "known_before_nano", "known_after_nano", "priced", "unpriced"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def repriced(call: Call, book: PriceBook, *, every: bool) -> Cost | None:
    """Return what a call costs by the book on its day, None where that is what it costs already or not ours to say.

    Costs told by the provider or LangSmith stay, and so do answers from the response cache; calls that have a price
    are looked at only with ``every``. A price that is not known any more takes none away.
    """
    if call.cache_hit or call.cost.source in _NOT_OURS or (call.cost.nano is not None and not every):
        return None
    cost = book.price(
        call.usage,
        provider=call.provider or None,
        model=call.model,
        at_us=call.started_us,
        service_tier=call.service_tier or None,
    )
    if cost.nano is None or (cost.nano, cost.source) == (call.cost.nano, call.cost.source):
        return None
    return cost


def tallied(tallies: dict[tuple[str, str], Tally], call: Call, cost: Cost | None) -> None:
    """Add a call and its new cost (None: unchanged) to the tally of its model."""
    key = (call.provider, call.model)
    tally = tallies.get(key) or tallies.setdefault(key, Tally(*key))
    tally.calls += 1
    tally.known_before_nano += call.cost.nano or 0
    tally.known_after_nano += (call.cost if cost is None else cost).nano or 0
    if cost is not None:
        tally.changed += 1
        tally.priced += call.cost.nano is None
    elif call.cost.nano is None:
        tally.unpriced += 1


def named(pattern: str) -> Callable[[Call], bool]:
    """Return whether a call's model is meant by a pattern (``*`` and ``?`` are wild); empty: all."""
    wanted = pattern.lower()
    return lambda call: (
        not wanted
        or any(fnmatchcase(name.lower(), wanted) for name in (call.model, f"{call.provider}/{call.model}"))
    )
