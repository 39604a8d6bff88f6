"""The price book: what a call costs, from the provider's own word, overrides, or a price library with history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from costtui.facts import Cost, CostSource, Usage, UsageState
from costtui.money import cost
from costtui.pricing import classic
from costtui.pricing.overrides import PriceOverride, active, applied, edges
from costtui.pricing.rates import Rates, bill, unbilled_units
from costtui.pricing.reference import fine_tuned_base, provider_id, references
from costtui.window import DAY_US, MINUTE_US

if TYPE_CHECKING:
    from costtui.settings import Settings

BOOKS = ("library", classic.NAME)
"""Books on offer: the library alone with the classic list behind it, or the classic list before the library."""
_CACHED = 4096


@dataclass(frozen=True, slots=True)
class _Held:
    """Rates of a model and tier, and the time during which they hold."""

    rates: Rates | None
    start_us: int
    end_us: int


class PriceBook:
    """Prices calls in integer nano-dollars; safe to share between threads.

    In order: the provider's own figure, overrides (the last that holds), the chosen book, the library's price on the
    day of the call, the classic list for what the library does not know. What none of them knows is *unknown*.
    """

    __slots__ = ("_before", "_held", "_overrides")

    def __init__(self, overrides: Sequence[PriceOverride] = (), book: str = BOOKS[0]) -> None:
        self._overrides = tuple(overrides)
        self._before = classic.ENTRIES if book == classic.NAME else ()
        self._held: dict[tuple[str | None, str, str | None], _Held] = {}

    @classmethod
    def load(cls, settings: "Settings", *, book: str = "", overrides: Iterable[PriceOverride] = ()) -> Self:
        """Return the book that the settings describe; ``book`` chooses another, ``overrides`` go before theirs."""
        return cls((*settings.prices, *overrides), book or settings.price_book)

    def price(
        self,
        usage: Usage,
        *,
        provider: str | None,
        model: str,
        at_us: int,
        service_tier: str | None = None,
        provider_cost_nano: int | None = None,
    ) -> Cost:
        """Return what a call cost.

        Tokens × rates at the instant of the call, each line rounded half to even to the nano-dollar, and their sum. A
        provider's own figure wins, with ours beside it. Estimated or half-reported tokens and fine-tunes at their base
        model's price are *heuristic*; without price or tokens the cost is None and *unknown*, never zero.
        """
        ours = self._priced(usage, provider, model, at_us, service_tier)
        if provider_cost_nano is None:
            return ours
        ref = "the provider's own figure" + (f"; by {ours.price_ref}" if ours.lines else "")
        return Cost(provider_cost_nano, CostSource.PROVIDER, ref, ours.lines, ours.nano)

    def rates(
        self, provider: str | None, model: str, at_us: int, service_tier: str | None = None
    ) -> Rates | None:
        """Return what a model costs at an instant, None where no price is known."""
        key = (provider, model, service_tier)
        held = self._held.get(key)
        if held is None or not held.start_us <= at_us < held.end_us:
            held = self._find(provider, model, at_us, (service_tier or "").lower())
            if len(self._held) >= _CACHED:
                self._held.clear()
            self._held[key] = held
        return held.rates

    def worst_case(
        self, provider: str | None, model: str, input_tokens: int, max_output_tokens: int, at_us: int
    ) -> int | None:
        """Return the most that a call can cost in nano-dollars (nothing cached, all written), None without a price."""
        rates = self.rates(provider, model, at_us)
        if rates is None:
            return None
        units = rates.of(Usage(input_tokens, max_output_tokens))
        most = [
            max((rate for unit, rate in units.items() if unit in names), default=None)
            for names in (("input", "cache_write"), ("output", "output_reasoning_tokens"))
        ]
        given, output = (
            rates.fallbacks.get(side) if rate is None else rate
            for side, rate in zip(("input", "output"), most, strict=True)
        )
        if (given is None and input_tokens) or (output is None and max_output_tokens):
            return None
        return (
            cost(input_tokens, given or 0)
            + cost(max_output_tokens, output or 0)
            + cost(1, units.get("requests", 0))
        )

    def dearest(
        self, provider: str | None, input_tokens: int, max_output_tokens: int, at_us: int
    ) -> int | None:
        """Return the most that such a call costs with any known model of a provider, of all where it has none.

        For calls whose price is not known: in nano-dollars, None where there is no price at all.
        """
        from costtui.pricing import library

        listed = library.search("")
        owner = provider_id(provider)
        own = [name for name in listed if name[0] == owner] or listed
        known = (
            self.worst_case(name, model, input_tokens, max_output_tokens, at_us // DAY_US * DAY_US)
            for name, model in own
        )
        return max((nano for nano in known if nano is not None), default=None)

    def overrides_for(self, provider: str | None, model: str) -> tuple[PriceOverride, ...]:
        """Return the overrides that name a model, whenever they hold, the weakest first."""
        names = references(provider, model)
        return tuple(entry for entry in (*self._before, *self._overrides) if entry.names(names))

    def _priced(
        self, usage: Usage, provider: str | None, model: str, at_us: int, service_tier: str | None
    ) -> Cost:
        given, output = usage.input_tokens, usage.output_tokens
        if given is None and output is None:
            return Cost(None, CostSource.UNKNOWN)
        rates = self.rates(provider, model, at_us, service_tier)
        if rates is None:
            return Cost(None, CostSource.UNKNOWN)
        lines, unpriced = bill(rates, usage)
        if unpriced:
            return Cost(None, CostSource.UNKNOWN, f"{rates.ref} has no price for {unpriced} tokens", lines)
        ref = rates.ref
        if usage.units and (left_out := unbilled_units(rates, usage)):
            ref = f"{ref} (without {', '.join(left_out)})"
        guessed = rates.heuristic or usage.state == UsageState.ESTIMATED or given is None or output is None
        nano = 0
        for line in lines:
            nano += line.cost_nano
        return Cost(nano, CostSource.HEURISTIC if guessed else CostSource.PRICED, ref, lines)

    def _find(self, provider: str | None, model: str, at_us: int, service_tier: str) -> _Held:
        matching = self.overrides_for(provider, model)
        start, end = edges(matching, at_us)
        if any(entry.is_banded for entry in matching):
            minute = at_us // MINUTE_US * MINUTE_US
            start, end = max(start, minute), min(end, minute + MINUTE_US)
        override = active(matching, at_us)
        if override is not None and override.units:
            ref = f"{override.origin} {override.model}"
            return _Held(applied(override, None, ref), start, end)
        held = _listed(provider, model, at_us, service_tier)
        rates = held.rates
        if override is not None:
            rates = applied(override, rates, override.origin)
        return _Held(rates, max(start, held.start_us), min(end, held.end_us))


def _listed(provider: str | None, model: str, at_us: int, service_tier: str) -> _Held:
    """Return the library's rates, those of the classic list for what it does not know, or none."""
    from costtui.pricing import library

    names = references(provider, model)
    day = at_us // DAY_US * DAY_US
    for owner, name in names:
        if not owner and ":" in name:
            continue  # a tag of a local model, which the library would take for its maker's
        listed = library.find(owner, name)
        if listed is None:
            continue
        found = library.stretch(listed, at_us, service_tier)
        if found.rates is None and listed.model.endswith(":free"):
            free = Rates({"input": 0, "output": 0}, f"{library.version()} {listed.provider}/{listed.model}")
            return _Held(free, found.start_us, found.end_us)
        if found.rates is not None:
            return _Held(found.rates, found.start_us, found.end_us)
    if base := fine_tuned_base(model):
        held = _listed(provider or "openai", base, at_us, service_tier)
        if held.rates is not None:
            ref = f"{held.rates.ref} (fine-tuned: at its base model's price)"
            return replace(held, rates=replace(held.rates, ref=ref, heuristic=True))
    for entry in classic.ENTRIES:
        if entry.names(names):
            return _Held(Rates(entry.units, f"{entry.origin} {entry.model}"), day, day + DAY_US)
    return _Held(None, day, day + DAY_US)
