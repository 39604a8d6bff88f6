"""Each variation against the baseline: cost, time and success, with intervals that hold however often one looks."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Literal

from costtui.analysis.moments import Moments
from costtui.analysis.stats import (
    LEVEL,
    Estimate,
    Posterior,
    Sample,
    posterior,
    sequential,
    sequential_difference,
    sequential_rate,
    shares_apart,
)
from costtui.analysis.verdict import (
    COST,
    FEWEST,
    QUALITY,
    TIME,
    Verdict,
    Words,
    rate_verdict,
    relative_verdict,
)
from costtui.attribution.experiment.result import Arm, Result

_UNKNOWN = Estimate(0.0, -inf, inf, 1.0)

Quantity = Literal["cost", "cost_per_unit", "call_cost", "latency", "success"]
Scope = Literal["counted", "everything", "calls"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One quantity of a variation against the baseline."""

    variation: str
    quantity: Quantity
    scope: Scope
    """Events that count for certain, all that were tracked, or recorded calls."""
    change: Estimate
    """Relative; of the success, a difference of shares."""
    gap: Estimate | None
    """The same in nano-dollars, where it is a cost."""
    verdict: Verdict
    belief: Posterior | None = None
    """For a cost: the probability of being cheaper, and what a wrong choice costs per request or unit."""


def findings_of(result: Result) -> tuple[Finding, ...]:
    """Return what can be said of each variation but the baseline; several share the 5 % between them (Bonferroni)."""
    base = result.baseline
    others = [arm for arm in result.arms[1:] if arm.name]
    if base is None or not base.name:
        return ()
    level = 1 - (1 - LEVEL) / max(len(others), 1)
    noun = f"{result.tally.unit_kind}s"
    return tuple(finding for arm in others for finding in _of_arm(base, arm, level, noun))


def rate_of(moments: Moments, level: float = LEVEL) -> Estimate:
    """Return a share of successes with an interval that holds however often one looks, for outcomes that come in units."""
    return sequential_rate(moments.top, moments.bottom, moments.units, design_effect(moments), level)


def design_effect(moments: Moments) -> float:
    """Return how much larger the variance of a share is than if every outcome stood for itself (Kish 1965)."""
    clustered = moments.ratio()
    share, trials = clustered.value, moments.bottom
    alone = share * (1 - share) / trials if trials else 0.0
    return clustered.error**2 / alone if alone and clustered.error < inf else 1.0


def _of_arm(base: Arm, arm: Arm, level: float, noun: str) -> Iterator[Finding]:
    costs: tuple[tuple[Quantity, Scope, Moments, Moments], ...] = (
        ("cost", "counted", base.counted.per_request, arm.counted.per_request),
        ("cost", "everything", base.everything.per_request, arm.everything.per_request),
        ("cost_per_unit", "counted", base.counted.per_unit, arm.counted.per_unit),
        ("cost_per_unit", "everything", base.everything.per_unit, arm.everything.per_unit),
        ("call_cost", "calls", base.calls.cost, arm.calls.cost),
    )
    for quantity, scope, left, right in costs:
        if quantity == "cost_per_unit" and not _requests(base, arm, scope):
            continue  # units without events cost nothing, unless nothing counts: then it is not known what they cost
        if left.bottom and right.bottom:
            a, b = left.ratio(), right.ratio()
            verdict, change = _relative(base.name, arm.name, (a, b), COST, level, noun)
            gap = sequential_difference(a, b, level)
            yield Finding(arm.name, quantity, scope, change, gap, verdict, posterior(a, b))
        elif quantity == "cost" and scope == "counted":
            yield Finding(arm.name, quantity, scope, _UNKNOWN, None, _nothing_counts(base, arm))
    if base.calls.latency.bottom and arm.calls.latency.bottom:
        pair = base.calls.latency.ratio(), arm.calls.latency.ratio()
        verdict, change = _relative(base.name, arm.name, pair, TIME, level, noun)
        yield Finding(arm.name, "latency", "calls", change, None, verdict)
    if base.calls.success.bottom and arm.calls.success.bottom:
        change = shares_apart(rate_of(base.calls.success, level), rate_of(arm.calls.success, level))
        units = (base.calls.success.bottom, arm.calls.success.bottom)
        yield Finding(
            arm.name,
            "success",
            "calls",
            change,
            None,
            rate_verdict(arm.name, change, units, QUALITY, "calls"),
        )


def _requests(base: Arm, arm: Arm, scope: Scope) -> int:
    """Return how many requests with a cost the arm has that has fewer."""
    found = (
        (one.counted if scope == "counted" else one.everything).per_request.bottom for one in (base, arm)
    )
    return min(found)


def _nothing_counts(base: Arm, arm: Arm) -> Verdict:
    silent = [one for one in (base, arm) if not one.counted.per_request.bottom]
    if not any(one.tracked for one in silent):
        return Verdict("unknown", f"no cost was tracked for {' and '.join(one.name for one in silent)}")
    names = "" if len(silent) > 1 else f" of {silent[0].name}"
    return Verdict("unknown", f"no event{names} counts")


def _relative(
    base: str, name: str, pair: tuple[Sample, Sample], words: Words, level: float, noun: str
) -> tuple[Verdict, Estimate]:
    a, b = pair
    change = sequential(a, b, level)
    if min(a.units, b.units) >= FEWEST and words is COST:
        if _free(a) and _free(b):
            return Verdict("same", "both are free"), Estimate(0.0, 0.0, 0.0, 1.0)
        if _free(b) and a.value > 0:
            return Verdict("lower", f"{name} is free"), Estimate(-1.0, -1.0, -1.0, 0.0)
        if _free(a) and b.value > 0:
            return Verdict("higher", f"{base} is free, {name} is not"), Estimate(inf, inf, inf, 0.0)
    return relative_verdict(name, change, (a.units, b.units), words, noun), change


def _free(sample: Sample) -> bool:
    return sample.value == 0 and sample.error == 0
