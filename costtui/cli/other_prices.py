"""The price list as the monitor is handed it: what tokens would cost with another model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from costtui.analysis.whatif import Price
    from costtui.facts import Usage
    from costtui.settings import Settings


def other_prices(settings: Settings) -> Callable[[str, str], Price]:
    """Return what gives the price of a model, by provider (may be empty) and name; the list is read when first asked."""

    @cache
    def price_of(provider: str, model: str) -> Price:
        from costtui.pricing import PriceBook

        book = PriceBook.load(settings)

        def price(usage: Usage, at_us: int) -> int | None:
            return book.price(usage, provider=provider or None, model=model, at_us=at_us).nano

        return price

    return price_of
