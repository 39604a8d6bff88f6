"""The rules of an experiment, answered: yes, no, or not yet and what is missing."""

from dataclasses import dataclass
from math import ceil, isfinite
from typing import Literal

from costtui.analysis.moments import Moments
from costtui.analysis.stats import Estimate, Sample, sequential_difference, sequential_rate, units_needed
from costtui.analysis.verdict import FEWEST
from costtui.attribution.experiment.findings import design_effect, rate_of
from costtui.attribution.experiment.plan import Rule
from costtui.attribution.experiment.result import Arm, Result
from costtui.format import count, duration, money, percent

Answer = Literal["yes", "no", "not yet"]
_MOST = 10_000_000
"""Calls beyond which waiting is no advice."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a rule."""

    rule: Rule
    answer: Answer
    value: float | None
    """Share of successes, or dollars a month; None where nothing can be said."""
    low: float | None
    high: float | None
    text: str
    """The answer in words, with its grounds."""
    missing: int | None = None
    """About how many more calls or requests would settle it; None where that is not what is missing."""


def decisions_of(result: Result) -> tuple[Decision, ...]:
    """Return the answers to the rules of an experiment."""
    arms = {arm.name: arm for arm in result.arms}
    return tuple(_decide(rule, result, arms.get(rule.variation)) for rule in result.tally.plan.rules)


def _decide(rule: Rule, result: Result, arm: Arm | None) -> Decision:
    if arm is None:
        return _open(rule, f"{rule.variation} was never served")
    return _by_success(rule, arm) if rule.measure == "success_rate" else _by_saving(rule, result, arm)


def _open(rule: Rule, text: str) -> Decision:
    return Decision(rule, "not yet", None, None, None, text)


# -- success ------------------------------------------------------------------------------------------


def _by_success(rule: Rule, arm: Arm) -> Decision:
    """Compare the lower end of the interval with what is asked for."""
    calls = arm.calls.success
    if not calls.bottom:
        return _open(rule, f"no call of {arm.name} is recorded: its success is not known")
    rate = rate_of(calls)
    said = f"success {share_text(rate.value)} of {count(calls.bottom)} calls, at least {share_text(rate.low)}"
    wanted = percent(rule.above)
    if rate.low > rule.above:
        return _decision(rule, "yes", rate, f"{said}: above {wanted}")
    if rate.high < rule.above:
        return _decision(rule, "no", rate, f"success at most {share_text(rate.high)}: below {wanted}")
    missing = _calls_needed(calls, rule.above)
    if missing is None:
        return _decision(rule, "not yet", rate, f"{said}: too close to {wanted} to say")
    way = "" if rate.value > rule.above else " to rule it out"
    return _decision(
        rule,
        "not yet",
        rate,
        f"{said}, not yet above {wanted}: needs {count(missing)} more calls{way}",
        missing,
    )


def _calls_needed(calls: Moments, above: float) -> int | None:
    """Return how many more calls, if they succeed as often, put the interval on one side; None where too many."""
    share, effect = calls.top / calls.bottom, design_effect(calls)

    def settled(trials: int) -> bool:
        units = max(round(calls.units * trials / calls.bottom), 1)
        found = sequential_rate(round(share * trials), trials, units, effect)
        return found.low > above if share > above else found.high < above

    most = calls.bottom
    while not settled(most):
        most *= 2
        if most > _MOST:
            return None
    least = calls.bottom
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if settled(middle) else (middle, most)
    return most - calls.bottom


def _decision(rule: Rule, answer: Answer, found: Estimate, text: str, missing: int | None = None) -> Decision:
    return Decision(rule, answer, found.value, found.low, found.high, text, missing)


# -- saving -------------------------------------------------------------------------------------------


def _by_saving(rule: Rule, result: Result, arm: Arm) -> Decision:
    """Project what the audience's requests would cost less a month if they were served this variation."""
    base = result.baseline
    if base is None or base is arm:
        return _open(rule, "there is no other variation to save against")
    asked, total = _audience(rule, result, arm.name)
    who = ", ".join(rule.audience.values()) or "everybody"
    if not asked:
        if total:
            return _open(rule, f"{who} has {arm.name} already")
        return _open(rule, f"no request of {who} was tracked ({', '.join(rule.audience) or 'any'})")
    pair, doubt = _cost_samples(base, arm)
    if min(sample.units for sample in pair) < FEWEST:
        return _open(rule, "not enough data: too few requests with a cost")
    a, b = pair
    gap = sequential_difference(b, a)
    monthly = result.per_month(asked)
    each = f"{_saves(1000 * gap.value / 1e9)} per 1,000 requests{doubt}"
    if monthly is None:
        return _open(
            rule,
            f"{each}; {duration(result.elapsed_us / 1000)} of traffic say nothing of a month:"
            " needs a day of it, or monthly_requests in the settings",
        )
    return _weighed(rule, _dollars(gap, monthly), sum(sample.units for sample in pair), doubt)


def _weighed(rule: Rule, saving: Estimate, units: int, doubt: str) -> Decision:
    if not isfinite(saving.low) or not isfinite(saving.high):
        return _open(rule, "not enough data: the saving has no interval yet")
    said = f"{_saves(saving.value)} a month ({_usd(saving.low)} to {_usd(saving.high)}){doubt}"
    wanted = _usd(rule.above)
    if saving.low > rule.above:
        return _decision(rule, "yes", saving, f"{said}: above {wanted}")
    if saving.high < rule.above:
        return _decision(rule, "no", saving, f"{said}: below {wanted}")
    distance = abs(saving.value - rule.above)
    half = (saving.high - saving.low) / 2
    missing = units_needed(units, half, distance) - units if distance else None
    if missing is None or missing > _MOST:
        return _decision(rule, "not yet", saving, f"{said}: too close to {wanted} to say")
    missing = max(missing, ceil(units / 10))
    return _decision(rule, "not yet", saving, f"{said}: needs about {count(missing)} more units", missing)


def _audience(rule: Rule, result: Result, variation: str) -> tuple[int, int]:
    """Return the requests of the audience that another variation served, and all of them."""
    names = result.tally.audience
    places = [(names.index(name), value) for name, value in rule.audience.items()]
    asked = total = 0
    for unit in result.tally.units.values():
        if places and not (
            unit.attributes
            and all(unit.attributes[place].casefold() == value.casefold() for place, value in places)
        ):
            continue
        for (declared, _), (events, _, _) in unit.sums.items():
            total += events
            asked += events if (unit.variation or declared) != variation else 0
    return asked, total


def _cost_samples(base: Arm, arm: Arm) -> tuple[tuple[Sample, Sample], str]:
    """Return what a request costs under both, by the events that count; by all, where too few of those are there."""
    certain = base.counted.per_request.ratio(), arm.counted.per_request.ratio()
    if min(sample.units for sample in certain) >= FEWEST:
        return certain, ""
    return (
        (base.everything.per_request.ratio(), arm.everything.per_request.ratio()),
        ", if the doubtful and lost events counted",
    )


def _dollars(gap_nano: Estimate, requests: float) -> Estimate:
    low, value, high = (part * requests / 1e9 for part in (gap_nano.low, gap_nano.value, gap_nano.high))
    return Estimate(value, low, high, gap_nano.p_value)


def _saves(dollars: float) -> str:
    return f"costs {_usd(-dollars)} more" if dollars < 0 else f"saves {_usd(dollars)}"


def share_text(share: float) -> str:
    """Return a share of successes; one that is not all is not written as 100 %."""
    return f"{100 * min(share, 0.9999):.4g} %" if 0.995 <= share < 1 else percent(share)


def _usd(dollars: float) -> str:
    return money(round(dollars * 1e9))
