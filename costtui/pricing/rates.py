"""Rates in integer nano-dollars, and the lines of a bill that they make of a call's usage."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from costtui.facts import CostLine, Usage
from costtui.money import cost

_INPUT: dict[str, tuple[str, ...]] = {
    "cache_audio_read_tokens": ("cache_read", "input_audio_tokens"),
    "cache_image_read_tokens": ("cache_read", "input_image_tokens"),
    "cache_video_read_tokens": ("cache_read", "input_video_tokens"),
    "cache_write_1h": ("cache_write",),
    "cache_read": (),
    "cache_write": (),
    "input_audio_tokens": (),
    "input_image_tokens": (),
    "input_video_tokens": (),
}
_OUTPUT: dict[str, tuple[str, ...]] = {
    "output_reasoning_tokens": (),
    "output_citation_tokens": (),
    "output_audio_tokens": (),
    "output_image_tokens": (),
    "output_video_tokens": (),
}
"""Units inside the input and output tokens, the most specific first, with the units that hold them."""

_IN_TOKENS = _INPUT.keys() | _OUTPUT.keys()
Units = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates of a call with more input tokens than ``above``: they hold for all of its tokens."""

    above: int
    units: Units


@dataclass(frozen=True, slots=True)
class Rates:
    """What a model costs at a certain time."""

    units: Units
    """Nano-dollars per million units: ``input``, ``cache_read``, ``cache_write``, ``cache_write_1h``, ``output``,
    or a unit of ``Usage.units``."""
    ref: str
    """Which price this is, for people."""
    tiers: tuple[Tier, ...] = ()
    """Rates of long contexts, by rising threshold."""
    heuristic: bool = False
    """Whether the price itself is only near: that of a fine-tune's base model."""
    fallbacks: Units = field(default_factory=dict)
    """Rates for plain input or output of models that name only a special one."""

    def of(self, usage: Usage) -> Units:
        """Return the rates for a call of this size."""
        units = self.units
        for tier in self.tiers:
            if (usage.input_tokens or 0) > tier.above:
                units = tier.units
        return units


def bill(rates: Rates, usage: Usage) -> tuple[tuple[CostLine, ...], str]:
    """Return the lines of a bill, and the side (input, output) that has no rate though it was used, else nothing.

    Each token stands in one line. Tokens of a kind that has no rate of its own count as plain input or output.
    """
    units = rates.of(usage) if rates.tiers else rates.units
    lines: list[CostLine] = []
    unpriced = ""
    for side, rest, special in (
        ("input", usage.input_tokens, _special_input(usage, units)),
        ("output", usage.output_tokens, _special_output(usage, units)),
    ):
        if not rest:
            continue
        if special:
            for unit, count in _apart(special, rest, _INPUT if side == "input" else _OUTPUT):
                rest -= count
                lines.append(CostLine(unit, count, units[unit], cost(count, units[unit])))
        if rest:
            rate = units.get(side)
            if rate is None:
                rate = rates.fallbacks.get(side)
            if rate is None:
                unpriced = unpriced or side
            else:
                lines.append(CostLine(side, rest, rate, cost(rest, rate)))
    for unit, count in usage.units.items():
        if unit in units and unit not in _IN_TOKENS:
            lines.append(CostLine(unit, count, units[unit], cost(count, units[unit])))
    if "requests" in units:
        lines.append(CostLine("requests", 1, units["requests"], cost(1, units["requests"])))
    return tuple(lines), unpriced


def unbilled_units(rates: Rates, usage: Usage) -> tuple[str, ...]:
    """Return what was used besides tokens and has no rate."""
    return tuple(unit for unit in usage.units if unit not in rates.units and unit not in _IN_TOKENS)


def _special_input(usage: Usage, units: Units) -> dict[str, int]:
    """Return the input tokens of each kind that has a rate of its own."""
    found: dict[str, int] = {}
    if usage.units:
        found = {unit: count for unit, count in usage.units.items() if unit in _INPUT and unit in units}
    if usage.cache_read_tokens and "cache_read" in units:
        found["cache_read"] = usage.cache_read_tokens
    if usage.cache_write_tokens and "cache_write" in units:
        found["cache_write"] = usage.cache_write_tokens
    if usage.cache_write_1h_tokens and "cache_write_1h" in units:
        found["cache_write_1h"] = usage.cache_write_1h_tokens
    return found


def _special_output(usage: Usage, units: Units) -> dict[str, int]:
    """Return the output tokens of each kind that has a rate of its own."""
    found: dict[str, int] = {}
    if usage.units:
        found = {unit: count for unit, count in usage.units.items() if unit in _OUTPUT and unit in units}
    if usage.reasoning_tokens and "output_reasoning_tokens" in units:
        found["output_reasoning_tokens"] = usage.reasoning_tokens
    return found


def _apart(
    special: Mapping[str, int], total: int, order: Mapping[str, tuple[str, ...]]
) -> list[tuple[str, int]]:
    """Return each special kind with those of its tokens that no more special kind has taken, total at most."""
    if len(special) == 1:
        ((unit, count),) = special.items()
        return [(unit, min(count, total))] if count > 0 else []
    taken: dict[str, int] = {}
    found: list[tuple[str, int]] = []
    for unit in order:
        if unit not in special:
            continue
        count = min(special[unit] - taken.get(unit, 0), total)
        if count > 0:
            total -= count
            found.append((unit, count))
            for outer in order[unit]:
                taken[outer] = taken.get(outer, 0) + count
    return found
