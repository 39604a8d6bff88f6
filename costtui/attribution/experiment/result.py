"""What an experiment shows: figures of each variation, with and without the events that may be lost, and the split."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from costtui.analysis.moments import Moments
from costtui.analysis.stats import SRM_LIMIT, sample_ratio
from costtui.attribution.experiment.units import Standing, Tally, Unit
from costtui.reading import VariationCalls

MONTH_US = 2_629_800_000_000
"""A twelfth of 365.25 days."""
DAY_US = 86_400_000_000
_CONTROL = ("control", "baseline", "default")


@dataclass(slots=True)
class Costs:
    """What was tracked as cost, as sums over units."""

    per_request: Moments = field(default_factory=Moments)
    """Nano-dollars, and events with a cost."""
    per_unit: Moments = field(default_factory=Moments)
    """Nano-dollars of every unit that was exposed, those without events too."""


@dataclass(slots=True)
class Arm:
    """One variation."""

    name: str
    exposures: int = 0
    units: int = 0
    """Units that were exposed to it, and to no other."""
    events: list[int] = field(default_factory=lambda: [0] * len(Standing))
    """Metric events by ``Standing``."""
    counted: Costs = field(default_factory=Costs)
    """Of events that count for certain."""
    everything: Costs = field(default_factory=Costs)
    """Of all that were tracked: what the result would be if none were lost."""
    calls: VariationCalls = field(default_factory=VariationCalls)
    """Calls that were recorded under it."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Reason → units that were served it for that."""

    @property
    def tracked(self) -> int:
        """All metric events."""
        return sum(self.events)

    @property
    def counting(self) -> float | None:
        """Share of the events that count for certain, None without any."""
        return self.events[Standing.COUNTS] / self.tracked if self.tracked else None


@dataclass(frozen=True, slots=True)
class Split:
    """Whether units were spread over the variations as intended."""

    p_value: float | None
    """Of the observed numbers under the intended shares (chi-square); None: they were not spread at random."""
    declared: bool
    """Whether the shares are those of the settings; else equal ones are assumed."""
    text: str

    @property
    def mismatch(self) -> bool:
        """Whether something is wrong with the numbers."""
        return self.p_value is not None and self.p_value < SRM_LIMIT


@dataclass(frozen=True, slots=True)
class Result:
    """One experiment."""

    tally: Tally
    arms: tuple[Arm, ...]
    """The baseline first, then by units."""
    split: Split
    crossed: int
    """Units that were served several variations; they are in no arm."""
    crossed_events: int
    rate: int
    """One in so many units was looked at."""

    @property
    def flag(self) -> str:
        """Key of the flag or AI Config."""
        return self.tally.plan.flag

    @property
    def baseline(self) -> Arm | None:
        """The variation that the others are compared with."""
        return self.arms[0] if self.arms else None

    @property
    def events(self) -> tuple[int, ...]:
        """Metric events of all variations by ``Standing``."""
        return tuple(sum(arm.events[place] for arm in self.arms) for place in Standing)

    @property
    def elapsed_us(self) -> int:
        """Time from the first fact to the last."""
        first, last = self.tally.first_us, self.tally.last_us
        return 0 if first is None or last is None else last - first

    def per_month(self, requests: int) -> float | None:
        """Return a number of recorded requests as a number in a month; None where too little time was recorded.

        Where the settings say how many requests a month has, these requests are the same part of them as of the recorded.
        """
        if self.tally.plan.monthly_requests:
            whole = self.requests
            return self.tally.plan.monthly_requests * requests / whole if whole else None
        if self.elapsed_us < DAY_US:
            return None
        return requests * self.rate * MONTH_US / self.elapsed_us

    @property
    def requests(self) -> int:
        """Requests that were tracked, of the units that were looked at; calls where nothing was tracked."""
        return sum(self.events) + self.crossed_events or sum(arm.calls.calls for arm in self.arms)


def result_of(
    tally: Tally, calls: Mapping[tuple[str, str], VariationCalls], rate: int = 1, baseline: str = ""
) -> Result:
    """Return what the units of an experiment and the calls by (config, variation) show."""
    arms: dict[str, Arm] = {}
    crossed = crossed_events = 0

    def arm(name: str) -> Arm:
        return arms.setdefault(name, Arm(name))

    for unit in tally.units.values():
        if unit.crossed:
            crossed += 1
            crossed_events += sum(sums[0] for sums in unit.sums.values())
            continue
        if unit.variation and unit.exposed:
            own = arm(unit.variation)
            own.units += 1
            own.exposures += unit.exposed
            own.reasons[unit.reason] += 1
        _count(unit, arm)
    for (config, variation), found in calls.items():
        if config == tally.plan.flag and variation:
            arm(variation).calls = found
    ordered = _ordered(arms, baseline if baseline in arms else tally.plan.baseline)
    return Result(tally, ordered, _split(ordered, tally), crossed, crossed_events, rate)


def _count(unit: Unit, arm: Callable[[str], Arm]) -> None:
    """Add what was tracked for a unit to the variation that it was served, or that its events name."""
    shares: dict[str, list[int]] = {unit.variation: [0] * 4} if unit.variation and unit.exposed else {}
    for (declared, standing), (events, priced, nano) in unit.sums.items():
        name = unit.variation or declared
        if not events:
            continue
        arm(name).events[standing] += events
        counts = standing is Standing.COUNTS
        share = shares.setdefault(name, [0] * 4)
        for place, more in enumerate((counts * nano, counts * priced, nano, priced)):
            share[place] += more
    for name, (nano, priced, all_nano, all_priced) in shares.items():
        own = arm(name)
        for costs, cost, requests in (
            (own.counted, nano, priced),
            (own.everything, all_nano, all_priced),
        ):
            if requests:
                costs.per_request.add(cost, requests)
            if unit.exposed or requests:
                costs.per_unit.add(cost)


def _ordered(arms: Mapping[str, Arm], base: str) -> tuple[Arm, ...]:
    if base not in arms:
        named = (name for name in _CONTROL if name in arms)
        base = next(named, "") or next(
            (
                name
                for name, arm in sorted(arms.items())
                if "FALLTHROUGH" in arm.reasons and len(arm.reasons) == 1
            ),
            "",
        )
    return tuple(
        sorted(arms.values(), key=lambda arm: (arm.name != base, not arm.name, -arm.units, arm.name))
    )


def _split(arms: tuple[Arm, ...], tally: Tally) -> Split:
    """Return the test of the split, among units that were served for the same reason: rules select, rollouts draw."""
    weights = tally.plan.weights
    exposed = [arm for arm in arms if arm.units]
    drawn = Counter(reason for arm in exposed for reason in arm.reasons)
    if len(exposed) < 2:
        return Split(
            None, bool(weights), "only one variation was served" if exposed else "nobody was exposed"
        )
    if max(drawn.values()) < 2 and not weights:
        served = ", ".join(f"{arm.name} by {_reason(arm)}" for arm in exposed)
        return Split(None, False, f"not at random: {served}")
    reasons = {reason for reason, number in drawn.items() if number > 1}
    counts = {
        arm.name: arm.units if weights else sum(arm.reasons[reason] for reason in reasons) for arm in exposed
    }
    names = [*counts, *(name for name in weights if name not in counts)]
    shares = [weights.get(name, 0.0) if weights else 1.0 for name in names]
    p_value = sample_ratio([counts.get(name, 0) for name in names], shares)
    whole = sum(shares)
    seen = " : ".join(f"{counts.get(name, 0):,}" for name in names)
    meant = " : ".join(f"{100 * share / whole:.3g}" for share in shares)
    as_meant = f"as the settings say, {meant} %" if weights else "if equal shares are meant"
    verdict = "mismatch" if p_value < SRM_LIMIT else "fine"
    return Split(p_value, bool(weights), f"{verdict}: {seen} {as_meant} (p = {p_value:.2g})")


def _reason(arm: Arm) -> str:
    words = [
        reason.replace("RULE_MATCH", "rule").lower() or "no reason"
        for reason, _ in arm.reasons.most_common(2)
    ]
    return " and ".join(words)
