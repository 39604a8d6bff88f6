"""Comparison of groups of runs, issues or calls: figures with intervals, and a verdict in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt

from costtui.analysis.distributions import normal_quantile, wilson
from costtui.analysis.outcome import Outcome, grouped
from costtui.analysis.stats import (
    LEVEL,
    Estimate,
    Posterior,
    Sample,
    Units,
    covariance_of,
    interval,
    lift,
    posterior,
    quantile,
    rate_difference,
    ratio_of,
    sequence_width,
    sequential,
)
from costtui.analysis.verdict import COST, QUALITY, TIME, Verdict, Words, rate_verdict, relative_verdict


@dataclass(frozen=True, slots=True)
class Summary:
    """The distribution of one quantity in a group."""

    count: int
    mean: float
    median: float
    deviation: float
    minimum: float
    maximum: float
    p95: float
    low: float
    """Lower end of the 95 % interval of the mean; minus infinity where it cannot be said."""
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of successes with its interval."""

    successes: int
    trials: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """Successes ÷ trials, None without any."""
        return self.successes / self.trials if self.trials else None


@dataclass(frozen=True, slots=True)
class Arm:
    """One group of a comparison."""

    name: str
    count: int
    units: int
    cost: Summary | None
    """Nano-dollars per run, issue or call; None where no cost is known."""
    duration: Summary | None
    """Milliseconds."""
    success: Rate
    total_nano: int
    errors: int
    debugging_cycles: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class Contrast:
    """One quantity of an arm against the baseline."""

    arm: str
    quantity: str
    """``cost``, ``duration`` or ``success``."""
    change: Estimate
    """Relative for cost and duration, a difference of shares for success."""
    verdict: Verdict
    belief: Posterior | None = None
    """For the cost: the probability of being cheaper, and what a wrong choice costs per unit in nano-dollars."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """All groups, and each against the baseline."""

    by: str
    baseline: str
    arms: tuple[Arm, ...]
    contrasts: tuple[Contrast, ...]
    observational: bool
    """Nobody assigned the groups at random: a difference may come from what they were given to do."""

    def contrast(self, arm: str, quantity: str) -> Contrast | None:
        """Return one contrast, None for the baseline itself."""
        found = (c for c in self.contrasts if (c.arm, c.quantity) == (arm, quantity))
        return next(found, None)


def compare(
    outcomes: Iterable[Outcome],
    by: str,
    *,
    baseline: str = "",
    peeking: bool = True,
    observational: bool = True,
    noun: str = "runs",
) -> Comparison:
    """Return groups by a configuration field, each against the baseline (the largest group unless named).

    ``peeking`` keeps the error rate however often one looks (a monitor does nothing else). Several arms share
    the 5 % between them (Bonferroni). ``noun`` is what the units are called in verdicts.
    """
    groups = grouped(outcomes, by)
    base = baseline if baseline in groups else next(iter(groups), "")
    arms = tuple(summarise(name, group) for name, group in groups.items())
    others = [name for name in groups if name != base]
    level = 1 - (1 - LEVEL) / max(len(others), 1)
    contrasts = [
        contrast
        for name in others
        for contrast in _contrasts(
            name, groups[base], groups[name], _Look(level, peeking, noun, called(by, name))
        )
    ]
    return Comparison(by, base, arms, tuple(contrasts), observational)


def summarise(name: str, outcomes: Sequence[Outcome]) -> Arm:
    """Return the figures of one group."""
    return Arm(
        name=name,
        count=len(outcomes),
        units=len({outcome.unit for outcome in outcomes}),
        cost=_summary(outcomes, _cost),
        duration=_summary(outcomes, _duration),
        success=rate_of(outcomes),
        total_nano=sum(outcome.cost_nano or 0 for outcome in outcomes),
        errors=sum(outcome.errors for outcome in outcomes),
        debugging_cycles=sum(outcome.debugging_cycles for outcome in outcomes),
        unpriced=sum(outcome.unpriced for outcome in outcomes),
    )


def rate_of(outcomes: Iterable[Outcome]) -> Rate:
    """Return the success rate with its Wilson interval, over whatever is decided."""
    decided = [outcome for outcome in outcomes if outcome.attempted]
    trials, successes = sum(o.attempted for o in decided), sum(o.succeeded for o in decided)
    return Rate(successes, trials, *wilson(successes, trials))


@dataclass(frozen=True, slots=True)
class _Look:
    """How sure a verdict has to be, and what it calls the units."""

    level: float
    peeking: bool
    noun: str
    called: str
    """What a sentence calls the group."""


def called(by: str, name: str) -> str:
    """Return a group's value as a sentence can hold it: ``gpt-4o``, but ``max_retries 3`` and ``stream True``."""
    says_nothing = not any(letter.isalpha() for letter in name) or name in ("True", "False")
    return f"{by.rpartition('.')[2].removeprefix('tag:')} {name}" if says_nothing else name


_Quantity = Callable[[Outcome], float | None]


def _cost(outcome: Outcome) -> float | None:
    return outcome.cost_nano


def _duration(outcome: Outcome) -> float | None:
    return outcome.duration_ms


def _units(outcomes: Iterable[Outcome], quantity: _Quantity) -> Units:
    units: dict[str, tuple[float, float]] = {}
    for outcome in outcomes:
        value = quantity(outcome)
        if value is not None:
            total, count = units.get(outcome.unit, (0.0, 0.0))
            units[outcome.unit] = (total + value, count + 1)
    return units


def _summary(outcomes: Sequence[Outcome], quantity: _Quantity) -> Summary | None:
    values = sorted(float(value) for outcome in outcomes if (value := quantity(outcome)) is not None)
    if not values:
        return None
    mean = sum(values) / len(values)
    spread = sum((value - mean) ** 2 for value in values)
    estimate = interval(ratio_of(_units(outcomes, quantity)))
    return Summary(
        count=len(values),
        mean=mean,
        median=quantile(values, 0.5),
        deviation=sqrt(spread / (len(values) - 1)) if len(values) > 1 else 0.0,
        minimum=values[0],
        maximum=values[-1],
        p95=quantile(values, 0.95),
        low=estimate.low,
        high=estimate.high,
    )


def _contrasts(
    name: str, base: Sequence[Outcome], other: Sequence[Outcome], look: _Look
) -> Iterable[Contrast]:
    for quantity, read, words in (("cost", _cost, COST), ("duration", _duration, TIME)):
        left, right = _units(base, read), _units(other, read)
        if left and right:
            yield _relative(name, quantity, (left, right), words, look)
    hits = [(rate.successes, rate.trials) for rate in (rate_of(base), rate_of(other))]
    units = (hits[0][1], hits[1][1])
    if min(units):
        change = _widened(rate_difference(hits[0], hits[1], look.level), base, other, look)
        yield Contrast(name, "success", change, rate_verdict(look.called, change, units, QUALITY, look.noun))


def _relative(name: str, quantity: str, sides: tuple[Units, Units], words: Words, look: _Look) -> Contrast:
    a, b = (ratio_of(side) for side in sides)
    covariance = covariance_of(*sides)
    change = (sequential if look.peeking else lift)(a, b, look.level, covariance)
    verdict = relative_verdict(look.called, change, (a.units, b.units), words, look.noun)
    if verdict.outcome == "unknown" and _free(a, b):
        verdict = Verdict("lower", f"{look.called} is free")
    elif (
        verdict.outcome == "unknown" and quantity == "cost" and a.value == b.value == a.error == b.error == 0
    ):
        verdict = Verdict("same", "both are free")
    belief = posterior(a, b, covariance) if quantity == "cost" else None
    return Contrast(name, quantity, change, verdict, belief)


def _free(a: Sample, b: Sample) -> bool:
    return a.value > 0 and a.error < inf and b.value == b.error == 0


def _widened(change: Estimate, base: Sequence[Outcome], other: Sequence[Outcome], look: _Look) -> Estimate:
    """Widen an interval of shares: for outcomes that come in units (Kish's design effect), and for many looks."""
    factor = max(sqrt(_design_effect(base)), sqrt(_design_effect(other)), 1.0)
    if look.peeking:
        units = len({outcome.unit for outcome in (*base, *other)})
        factor *= sequence_width(units, look.level) / normal_quantile(0.5 + look.level / 2)
    low = max(change.value - factor * (change.value - change.low), -1.0)
    return replace(change, low=low, high=min(change.value + factor * (change.high - change.value), 1.0))


def _design_effect(outcomes: Sequence[Outcome]) -> float:
    """Return how much larger the variance of the rate is than if every outcome stood for itself."""
    units = _successes(outcomes)
    clustered = ratio_of(units)
    trials = sum(pair[1] for pair in units.values())
    independent = clustered.value * (1 - clustered.value) / trials if trials else 0.0
    return clustered.error**2 / independent if independent and clustered.error < inf else 1.0


def _successes(outcomes: Iterable[Outcome]) -> Units:
    units: dict[str, tuple[float, float]] = {}
    for outcome in outcomes:
        hits, trials = units.get(outcome.unit, (0.0, 0.0))
        units[outcome.unit] = (hits + outcome.succeeded, trials + outcome.attempted)
    return units
