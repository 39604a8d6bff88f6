"""Why a model costs what it costs: the price that holds, its history, one's own prices, and where lists differ."""

from collections.abc import Mapping
from dataclasses import dataclass

from costtui.pricing import classic
from costtui.pricing.book import PriceBook
from costtui.pricing.overrides import PriceOverride
from costtui.pricing.rates import Rates
from costtui.pricing.reference import references


@dataclass(frozen=True, slots=True)
class Period:
    """A price of the library and when it holds, in words."""

    when: str
    rates: Rates | None
    """None where the library lists the model without a price."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the classic list and the price that holds differ, in nano-dollars per million tokens."""

    unit: str
    classic_nano: int
    holds_nano: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of the price of a model."""

    provider: str
    model: str
    rates: Rates | None
    """What holds at the instant that was asked for."""
    listed: str
    """PROVIDER/MODEL as the library lists it, empty where it does not."""
    history: tuple[Period, ...]
    variants: tuple[Period, ...]
    """Prices of service tiers and batches."""
    overrides: tuple[PriceOverride, ...]
    differences: tuple[Difference, ...]
    """Empty where the classic list does not know the model, or agrees."""
    in_classic: Mapping[str, int] | None
    comments: str = ""
    """What the library says of this price in words."""


def explain(book: PriceBook, provider: str, model: str, at_us: int) -> Explanation:
    """Return what is known of the price of a model at an instant."""
    from costtui.pricing import library

    names = references(provider or None, model)
    listed = next((found for owner, name in names if (found := library.find(owner, name))), None)
    rates = book.rates(provider or None, model, at_us)
    entry = next((entry for entry in classic.ENTRIES if entry.names(names)), None)
    return Explanation(
        provider=listed.provider if listed else names[0][0] if names else provider,
        model=model,
        rates=rates,
        listed=f"{listed.provider}/{listed.model}" if listed else "",
        history=tuple(Period(when, found) for when, found in library.periods(listed)) if listed else (),
        variants=tuple(Period(when, found) for when, found in library.variants(listed)) if listed else (),
        overrides=book.overrides_for(provider or None, model),
        differences=_differences(entry.units, rates) if entry else (),
        in_classic=entry.units if entry else None,
        comments=(listed.info.price_comments or "") if listed else "",
    )


def _differences(units: Mapping[str, int], rates: Rates | None) -> tuple[Difference, ...]:
    found = []
    for unit, amount in units.items():
        holds = rates.units.get(unit) if rates is not None else None
        if holds != amount:
            found.append(Difference(unit, amount, holds))
    return tuple(found)
