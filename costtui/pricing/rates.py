"""Rates in integer nano-dollars, and the lines of a bill that they make of a call's usage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from costtui.facts import CostLine, Usage
from costtui.money import cost

_INPUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cache_audio_read_tokens", ("cache_read", "input_audio_tokens")),
    ("cache_image_read_tokens", ("cache_read", "input_image_tokens")),
    ("cache_video_read_tokens", ("cache_read", "input_video_tokens")),
    ("cache_write_1h", ("cache_write",)),
    ("cache_read", ()),
    ("cache_write", ()),
    ("input_audio_tokens", ()),
    ("input_image_tokens", ()),
    ("input_video_tokens", ()),
)
_OUTPUT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("output_reasoning_tokens", ()),
    ("output_citation_tokens", ()),
    ("output_audio_tokens", ()),
    ("output_image_tokens", ()),
    ("output_video_tokens", ()),
)
"""Units inside the input and output tokens, the most specific first, with the units that hold them."""

_IN_TOKENS = frozenset(unit for unit, _ in (*_INPUT, *_OUTPUT))
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
    """Return the lines of a bill, and the unit that has no rate though it was used (empty: all have).

    Each token stands in one line. Tokens of a kind that has no rate of its own count as plain input or output.
    """
    units = rates.of(usage) if rates.tiers else rates.units
    lines: list[CostLine] = []
    unpriced = ""
    for side, total, parts, counts in (
        ("input", usage.input_tokens or 0, _INPUT, _input_counts(usage)),
        ("output", usage.output_tokens or 0, _OUTPUT, _output_counts(usage)),
    ):
        rest = total
        if counts:
            for unit, count in _parts(parts, counts, units, total):
                rest -= count
                lines.append(CostLine(unit, count, units[unit], cost(count, units[unit])))
        if rest:
            rate = units.get(side, rates.fallbacks.get(side))
            if rate is None:
                unpriced = unpriced or side
            else:
                lines.append(CostLine(side, rest, rate, cost(rest, rate)))
    if usage.units:
        for unit, count in usage.units.items():
            if unit in units and unit not in _IN_TOKENS:
                lines.append(CostLine(unit, count, units[unit], cost(count, units[unit])))
    if "requests" in units:
        lines.append(CostLine("requests", 1, units["requests"], cost(1, units["requests"])))
    return tuple(lines), unpriced


def unbilled_units(rates: Rates, usage: Usage) -> tuple[str, ...]:
    """Return what was used besides tokens and has no rate."""
    return tuple(unit for unit in usage.units if unit not in rates.units and unit not in _IN_TOKENS)


def _input_counts(usage: Usage) -> dict[str, int]:
    counts = {unit: count for unit, count in usage.units.items() if unit in _IN_TOKENS} if usage.units else {}
    if usage.cache_read_tokens:
        counts["cache_read"] = usage.cache_read_tokens
    if usage.cache_write_tokens:
        counts["cache_write"] = usage.cache_write_tokens
        if usage.cache_write_1h_tokens:
            counts["cache_write_1h"] = usage.cache_write_1h_tokens
    return counts


def _output_counts(usage: Usage) -> dict[str, int]:
    counts = {unit: count for unit, count in usage.units.items() if unit in _IN_TOKENS} if usage.units else {}
    if usage.reasoning_tokens:
        counts["output_reasoning_tokens"] = usage.reasoning_tokens
    return counts


def _parts(
    parts: tuple[tuple[str, tuple[str, ...]], ...], counts: Mapping[str, int], units: Units, total: int
) -> Iterator[tuple[str, int]]:
    """Yield each special kind of token that has a rate, with those that no more special kind has taken."""
    taken: dict[str, int] = {}
    for unit, inside in parts:
        count = min(counts.get(unit, 0) - taken.get(unit, 0), total)
        if count > 0 and unit in units:
            total -= count
            for outer in inside:
                taken[outer] = taken.get(outer, 0) + count
            yield unit, count
