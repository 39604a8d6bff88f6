"""Numbers, money, durations and ages as people read them."""

from costtui.money import NANO_PER_USD

UNKNOWN = "–"
"""Shown for what is not known; never a zero."""


def money(amount_nano: int | None) -> str:
    """Return an amount with as many digits as matter: ``$0.0015``, ``$12.30``, ``$1.2k``."""
    if amount_nano is None:
        return UNKNOWN
    sign, amount = ("-", -amount_nano) if amount_nano < 0 else ("", amount_nano)
    dollars = amount / NANO_PER_USD
    if amount == 0:
        return "$0.00"
    if dollars < 0.0000005:
        return f"{sign}<$0.000001"
    if dollars < 0.1:
        digits = 4 if dollars >= 0.00095 else 6
        return f"{sign}${dollars:.{digits}f}"
    if dollars < 999.995:
        return f"{sign}${dollars:.2f}"
    return f"{sign}${_scaled(dollars)}"


def figure(amount_nano: int, *, estimated: int = 0, unpriced: int = 0) -> str:
    """Return a sum with its precision: ``≈$1.24`` where calls are estimated, ``$1.24 +3 unpriced``."""
    text = ("≈" if estimated else "") + money(amount_nano)
    return f"{text} +{count(unpriced)} unpriced" if unpriced else text


def exact_money(amount_nano: int | None) -> str:
    """Return an amount to the last nano-dollar, without trailing zeros beyond the cent."""
    if amount_nano is None:
        return UNKNOWN
    sign, amount = ("-", -amount_nano) if amount_nano < 0 else ("", amount_nano)
    whole, fraction = divmod(amount, NANO_PER_USD)
    digits = f"{fraction:09d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{digits}"


def count(number: int) -> str:
    """Return a whole number: ``12,408``, ``1.2M``."""
    return f"{number:,}" if abs(number) < 1_000_000 else _scaled(number)


def tokens(number: int | None) -> str:
    """Return a number of tokens: ``4,812``, ``12.4k``, ``3.1M``."""
    if number is None:
        return UNKNOWN
    return f"{number:,}" if abs(number) < 10_000 else _scaled(number)


def percent(part: float, whole: float = 1.0) -> str:
    """Return a share: ``45 %``, ``1.1 %``, ``<0.1 %``, ``–`` of nothing."""
    if not whole:
        return UNKNOWN
    share = 100 * part / whole
    if 0 < share < 0.05:
        return "<0.1 %"
    return f"{share:.1f} %" if 0 < abs(share) < 9.95 else f"{share:,.0f} %"


def duration(ms: float | None) -> str:
    """Return a duration: ``12 ms``, ``1.4 s``, ``3 m 20 s``, ``2 h 05 m``, ``3 d 4 h``."""
    if ms is None:
        return UNKNOWN
    if ms < 0:
        return "-" + duration(-ms)
    if ms < 999.5:
        return f"{ms:.0f} ms"
    seconds = ms / 1000
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {seconds:02d} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} m"
    days, hours = divmod(hours, 24)
    return f"{days:,} d {hours} h"


def age(us: int) -> str:
    """Return how long ago something was, coarsely: ``0.2s``, ``45s``, ``3m``, ``5h``, ``2d``."""
    seconds = max(us, 0) / 1e6
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    for size, unit in ((60, "s"), (60, "m"), (48, "h")):
        if seconds < size:
            return f"{seconds:.0f}{unit}"
        seconds /= 60 if unit != "h" else 24
    return f"{seconds:.0f}d"


def _scaled(number: float) -> str:
    for unit in ("", "k", "M", "G", "T", "P"):
        if abs(number) < 999.5:
            return f"{number:.3g}{unit}" if unit else f"{number:.0f}"
        number /= 1000
    return f"{number:.3g}E"
