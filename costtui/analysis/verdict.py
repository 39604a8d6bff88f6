"""What an interval says, in one plain sentence."""

from dataclasses import dataclass
from math import ceil, inf
from typing import Literal

from costtui.analysis.stats import Estimate, units_needed

MARGIN = 0.05
"""Differences below 5 % are not worth a decision."""
NOTHING = 0.0005
"""Differences below are not spoken of, however sure they are: equal figures differ by what rounding leaves."""
FEWEST = 5
"""Units per arm below which no interval is believed."""

Outcome = Literal["lower", "higher", "same", "unknown"]


@dataclass(frozen=True, slots=True)
class Words:
    """How a quantity is spoken of when it is lower or higher."""

    lower: str
    higher: str
    multiple: str = ""
    """How twice as high or more is said: ``costs {} times as much``; empty: in percent like everything else."""


COST = Words("cheaper", "dearer", "costs {} times as much")
TIME = Words("faster", "slower", "takes {} times as long")
QUALITY = Words("worse", "better")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome, its sentence, and how many more units would settle it."""

    outcome: Outcome
    text: str
    missing: int | None = None
    """About how many more units are needed; None where nothing is missing or it cannot be said."""


def relative_verdict(
    name: str, change: Estimate, units: tuple[int, int], words: Words, noun: str = "runs"
) -> Verdict:
    """Return the verdict on a relative change of ``name`` against its baseline; ``noun`` names the units."""
    if min(units) < FEWEST:
        return _too_few(units, noun)
    reach = max(abs(change.low), abs(change.high))
    if change.significant and reach >= NOTHING:
        near, far = sorted((abs(change.low), abs(change.high)))
        outcome: Outcome = "lower" if change.high < 0 else "higher"
        if outcome == "higher" and near >= 1 and words.multiple:
            return Verdict(outcome, f"{name} {words.multiple.format(_times(1 + near, 1 + far))}")
        word = words.lower if outcome == "lower" else words.higher
        return Verdict(outcome, f"{name} is {_range(near, far, '%')} {word}")
    if reach <= MARGIN:
        return Verdict("same", _no_difference(reach, "%"))
    return _undecided(change, units, noun)


def rate_verdict(
    name: str, change: Estimate, units: tuple[int, int], words: Words, noun: str = "runs"
) -> Verdict:
    """Return the verdict on the difference of two shares, in percentage points."""
    if min(units) < FEWEST:
        return _too_few(units, noun)
    reach = max(abs(change.low), abs(change.high))
    if change.significant and reach >= NOTHING:
        near, far = sorted((abs(change.low), abs(change.high)))
        outcome: Outcome = "lower" if change.high < 0 else "higher"
        word = words.lower if outcome == "lower" else words.higher
        return Verdict(outcome, f"{name} is {_range(near, far, 'points')} {word}")
    if reach <= MARGIN:
        return Verdict("same", _no_difference(reach, "points"))
    return _undecided(change, units, noun)


def _no_difference(reach: float, unit: str) -> str:
    if reach < NOTHING:
        return "no difference"
    size = _percent(reach)
    return f"no difference beyond {size} {'point' if (size, unit) == ('1', 'points') else unit}"


def _too_few(units: tuple[int, int], noun: str) -> Verdict:
    missing = sum(max(FEWEST - count, 0) for count in units)
    return Verdict("unknown", f"not enough data: at least {missing} more {noun}", missing)


def _undecided(change: Estimate, units: tuple[int, int], noun: str) -> Verdict:
    half = (change.high - change.low) / 2
    if half == inf:
        return Verdict("unknown", "not enough data")
    total = sum(units)
    missing = units_needed(total, half, max(abs(change.value), MARGIN)) - total
    if missing <= 0:
        missing = ceil(total / 10)
    return Verdict("unknown", f"not enough data: about {_rounded(missing):,} more {noun}", missing)


def _range(near: float, far: float, unit: str) -> str:
    low, high = _percent(near), _percent(far)
    if low == high:
        return f"{low} {'point' if (low, unit) == ('1', 'points') else unit}"
    return f"up to {high} {unit}" if near < NOTHING else f"{low}–{high} {unit}"


def _times(near: float, far: float) -> str:
    low, high = (f"{value:.2g}" if value < 9.95 else f"{value:,.0f}" for value in (near, far))
    return low if low == high else f"{low}–{high}"


def _percent(share: float) -> str:
    value = 100 * share
    return f"{value:.1f}" if value < 0.95 else f"{value:,.0f}"


def _rounded(number: int) -> int:
    """Round up to two digits: the estimate is no better."""
    size: int = 10 ** max(len(str(number)) - 2, 0)
    return -(-number // size) * size
