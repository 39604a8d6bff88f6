"""Units of an experiment: what each was served, and the sums of what was tracked for it, by how well it counts."""

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

from costtui.attribution.experiment.plan import Plan
from costtui.attribution.verdicts import Severity


class Standing(IntEnum):
    """How well a metric event counts in the experiment."""

    COUNTS = 0
    DOUBTFUL = 1
    """Same unit, but contexts differ or it was tracked too early: it may not count."""
    LOST = 2
    UNSURE = 3


STANDING = {
    Severity.OK: Standing.COUNTS,
    Severity.WARNING: Standing.DOUBTFUL,
    Severity.ERROR: Standing.LOST,
    Severity.INFO: Standing.UNSURE,
}
_MOST_SUMS = 32
"""Sums of one unit; a key that stands for many users may name many variations."""


class Unit:
    """One unit of randomisation, a user as a rule."""

    __slots__ = ("attributes", "crossed", "exposures", "reason", "sums", "variation")

    def __init__(self) -> None:
        self.variation = ""
        """What it was served in the experiment first; empty: nothing that was seen."""
        self.crossed = False
        """Whether it was served several variations."""
        self.exposures: dict[str, int] = {}
        """Witness → evaluations that it saw."""
        self.reason = ""
        """Why it was served that."""
        self.attributes: tuple[str, ...] = ()
        """Values of the attributes that the rules of the experiment ask for, in their order."""
        self.sums: dict[tuple[str, Standing], list[int]] = {}
        """(variation that the event names, standing) → [events, events with a cost, nano-dollars]."""

    @property
    def exposed(self) -> int:
        """Evaluations in the experiment; two witnesses see the same ones."""
        return max(self.exposures.values(), default=0)

    def expose(self, variation: str, witness: str, reason: str, *, inside: bool) -> None:
        """Take in an evaluation in the experiment; ``inside``: in the time that is looked at."""
        self.crossed |= bool(variation and self.variation and variation != self.variation)
        if not self.variation:
            self.variation, self.reason = variation, reason
        if inside:
            self.exposures[witness] = self.exposures.get(witness, 0) + 1

    def count(self, declared: str, standing: Standing, cost_nano: int | None, sign: int = 1) -> None:
        """Add an event to the sums, or take it away."""
        place = declared, standing
        if place not in self.sums and len(self.sums) >= _MOST_SUMS:
            place = "", standing
        sums = self.sums.setdefault(place, [0, 0, 0])
        sums[0] += sign
        if cost_nano is not None:
            sums[1] += sign
            sums[2] += sign * cost_nano


class Tally:
    """The units of one flag or AI Config, and the times that their facts span."""

    def __init__(self, plan: Plan, unit_kind: str) -> None:
        self.plan = plan
        self.unit_kind = unit_kind
        self.units: dict[str, Unit] = {}
        self.without_unit = 0
        """Exposures whose context lacks the kind of the unit."""
        self.first_us: int | None = None
        self.last_us: int | None = None
        self.audience = tuple(dict.fromkeys(name for rule in plan.rules for name in rule.audience))
        """Attributes that the rules ask for."""

    def unit(self, key: str) -> Unit:
        """Return the unit of a key, made where there is none."""
        found = self.units.get(key)
        if found is None:
            found = self.units[key] = Unit()
        return found

    def saw(self, at_us: int) -> None:
        """Widen the times."""
        self.first_us = at_us if self.first_us is None else min(self.first_us, at_us)
        self.last_us = at_us if self.last_us is None else max(self.last_us, at_us)


def attributes_of(context: Mapping[str, Any] | None, names: Iterable[str]) -> tuple[str, ...]:
    """Return the values of attributes (``user.tier``) in a context in normal form; empty for what is not there."""
    return tuple(_values(context or {}, names))


def _values(context: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        kind, _, attribute = name.partition(".")
        inner = context.get(kind) if context.get("kind") == "multi" else context
        own = isinstance(inner, Mapping) and inner.get("kind", kind) == kind
        value = inner.get(attribute) if own and isinstance(inner, Mapping) else None
        yield "" if value is None else str(value)
