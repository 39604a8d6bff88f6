"""Labelled figures at the top of a page."""

from dataclasses import dataclass

from costtui.format import UNKNOWN, count, figure, money, percent
from costtui.sums import Sums
from costtui.view.pace import Pace


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its name, and a word on it."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


def spent(sums: Sums, label: str = "spent") -> Figure:
    """Return the known cost with its precision."""
    if sums.unpriced and not sums.cost_nano:
        return Figure(label, UNKNOWN, "no price known", "warn")
    note = f"+{count(sums.unpriced)} unpriced" if sums.unpriced else ""
    if sums.estimated and not note:
        note = "partly estimated"
    return Figure(label, figure(sums.cost_nano, estimated=sums.estimated), note, "money")


def counting_tone(share: float) -> str:
    """Return how good it is that a share of metric events counts in their experiment."""
    return "ok" if share >= 0.995 else "warn" if share > 0.5 else "error"


def calls(sums: Sums) -> Figure:
    """Return the number of calls, and how many failed."""
    if not sums.errors:
        return Figure("calls", count(sums.calls), "no errors" if sums.calls else "", "")
    return Figure(
        "calls",
        count(sums.calls),
        f"{percent(sums.errors, sums.calls)} errors",
        "error" if sums.errors >= sums.calls * 0.05 else "warn",
    )


def errors(number: int) -> str:
    """Return a number of errors in words, nothing for none."""
    return f"{count(number)} error{'s' if number != 1 else ''}" if number else ""


def pace(speed: Pace, today_nano: float | None) -> Figure:
    """Return the pace per hour, and what it makes of today."""
    note = "" if today_nano is None else f"→ {money(round(today_nano))} today"
    return Figure("pace", f"{money(round(speed.nano_per_hour))}/h", note)


def unpriced(sums: Sums) -> Figure:
    """Return the number of calls without a price."""
    if not sums.unpriced:
        return Figure("unpriced", "0", "all priced", "ok") if sums.calls else Figure("unpriced", "0")
    return Figure("unpriced", count(sums.unpriced), f"{percent(sums.unpriced, sums.calls)} of all", "warn")


def estimated(sums: Sums) -> Figure:
    """Return the share of calls whose cost or tokens are estimates."""
    if not sums.estimated:
        return Figure("estimated", "0", "")
    return Figure("estimated", percent(sums.estimated, sums.calls), f"{count(sums.estimated)} calls", "warn")
