"""What is known of an experiment from the settings: its metric, unit, baseline, split, and the rules to decide by."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from costtui.sections import Section

Measure = Literal["success_rate", "monthly_saving"]
MEASURES: tuple[Measure, ...] = ("success_rate", "monthly_saving")
METRIC = "ai_cost_per_request"
"""The metric of costs where the settings name none."""
_ATTRIBUTE = re.compile(r"[^.\s]+\.[^\s]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """When a variation is to be rolled out, and to whom."""

    name: str
    """What is done: ``roll out to all premium``."""
    variation: str
    measure: Measure
    """``success_rate`` (a share) or ``monthly_saving`` (dollars)."""
    above: float
    audience: Mapping[str, str] = field(default_factory=dict)
    """Attributes (``user.tier``) of those that it is about; empty: everybody. The success is that of all of its calls."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One experiment as it is meant."""

    flag: str
    """Key of the flag or AI Config."""
    metric: str = METRIC
    """Key of the event whose value is a cost in dollars."""
    unit: str = ""
    """Context kind by which it is randomised; empty: ``user`` where there is one."""
    baseline: str = ""
    """Variation that the others are compared with; empty: ``control``, else what falls through, else the largest."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Intended split by variation; empty: equal."""
    monthly_requests: int = 0
    """Requests in a month; 0: as many as the pace of the recorded ones makes."""
    rules: tuple[Rule, ...] = ()


SAMPLE = Plan(
    flag="ai-config",
    baseline="motherduck-ai",
    rules=(
        Rule("roll out to all premium", "webllm", "success_rate", 0.95, {"user.tier": "premium"}),
        Rule("roll out to starter", "webllm", "monthly_saving", 500.0, {"user.tier": "starter"}),
    ),
)
"""The experiment of the sample project."""


def plan_of(flag: str, plans: Sequence[Plan]) -> Plan:
    """Return the plan of a flag: that of the settings, that of the sample project, else one without rules."""
    return next((plan for plan in (*plans, SAMPLE) if plan.flag == flag), Plan(flag))


def read_plans(section: Section) -> tuple[Plan, ...]:
    """Return the plans of the settings, ``[experiments.FLAG]`` each. Raises SettingsError."""
    return tuple(_plan(name, section.take_section(name)) for name in section.names())


def _plan(flag: str, section: Section) -> Plan:
    default = plan_of(flag, ())
    rules = section.take_sections("rules")
    plan = Plan(
        flag=flag,
        metric=section.take("metric", str, default.metric),
        unit=section.take("unit", str, default.unit),
        baseline=section.take("baseline", str, default.baseline),
        weights=_weights(section),
        monthly_requests=section.take("monthly_requests", int, 0),
        rules=tuple(_rule(rule) for rule in rules) or default.rules,
    )
    if plan.monthly_requests < 0:
        raise section.error("monthly_requests", f"must not be negative: {plan.monthly_requests}")
    section.close()
    return plan


def _weights(section: Section) -> dict[str, float]:
    weights = section.take("weights", dict, {})
    for name, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < 1e12:
            raise section.error(f"weights.{name}", f"must be a number from 0, not {weight!r}")
    if weights and not any(weights.values()):
        raise section.error("weights", "must not all be 0")
    return {name: float(weight) for name, weight in weights.items()}


def _rule(section: Section) -> Rule:
    measure = section.take_choice("measure", MEASURES, "success_rate")
    above = section.take("above", float, 0.95 if measure == "success_rate" else 0.0)
    if measure == "success_rate" and not 0 < above < 1:
        raise section.error("above", f"must be a share between 0 and 1, not {above}")
    variation = section.take("variation", str, "")
    if not variation:
        raise section.error("variation", "is missing: the key of the variation that would be rolled out")
    audience = section.take("audience", dict, {})
    for name, value in audience.items():
        if not _ATTRIBUTE.fullmatch(name) or not isinstance(value, str):
            raise section.error("audience", f'must be like {{ "user.tier" = "premium" }}, not {audience!r}')
    rule = Rule(
        name=section.take("name", str, f"roll out {variation}"),
        variation=variation,
        measure=next(one for one in MEASURES if one == measure),
        above=above,
        audience=audience,
    )
    section.close()
    return rule
