"""Costs in the cells of tables, short, and with what is not known about them."""

from math import isfinite

from costtui.format import money
from costtui.money import usd

UNPRICED = "unpriced"


def short_cost(cost_nano: int, *, estimated: int = 0, unpriced: int = 0) -> str:
    """Return a sum of known costs: ``≈`` before it if calls are estimated, ``+`` behind it if calls are unpriced.

    Where unpriced calls are all that there is, a word says so: never $0.
    """
    if unpriced and not cost_nano:
        return UNPRICED
    return ("≈" if estimated else "") + money(cost_nano) + ("+" if unpriced else "")


def cost_tone(text: str) -> str:
    """Return the tone of such a cost."""
    return "warn" if text == UNPRICED else "money"


def nano_text(nano: float | None) -> str:
    """Return a mean cost as money; what is infinite cannot be said."""
    return money(None if nano is None or not isfinite(nano) else round(nano))


def nano_usd(nano: float | None) -> float | None:
    """Return a mean cost in dollars, for sorting and exports."""
    return None if nano is None or not isfinite(nano) else float(usd(round(nano)))
