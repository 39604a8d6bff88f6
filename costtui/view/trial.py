"""What the Try page asks and is told: one call that is planned, made, and checked in the experiment."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from costtui.format import UNKNOWN, money
from costtui.view.budgets import gauges
from costtui.view.headline import Figure
from costtui.view.snapshot import Sources

SIMULATED = "simulated/sample-model"
"""The model that is always at hand: it answers inside the monitor and costs nothing."""
ROUTER = "router"
"""Stands for a model in the choice: the router takes one."""
PROMPTS = (
    "Which five routes had the most delays last month?",
    "Show the revenue of each region by quarter.",
    "Write the SQL that finds customers without an order this year.",
)


@dataclass(frozen=True, slots=True)
class Ask:
    """One call as the user wants it."""

    prompt: str = PROMPTS[0]
    model: str = ""
    """``provider/model``, ``router``, or empty: as the AI Config serves, else simulated."""
    config: str = ""
    """AI Config; empty: none."""
    context: str = "starter"
    """Name of the context that it is made for."""
    max_tokens: int = 0
    """Longest answer; 0: as the AI Config serves, else 1,000."""
    legacy: bool = False
    """Evaluate with an allow-list of attributes, and track with all: the historical bug."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen: names, and what they mean."""

    models: tuple[tuple[str, str], ...]
    configs: tuple[tuple[str, str], ...]
    contexts: tuple[tuple[str, str], ...]
    source: str
    """Where flags come from."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call would be, before any money is spent."""

    ask: Ask
    model: str
    variation: str = ""
    reason: str = ""
    parameters: str = ""
    most_nano: int | None = None
    """What it costs at most, None where that is not known."""
    note: str = ""
    problem: str = ""
    """Why it cannot be made, and what to do; empty where it can."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call."""

    figures: tuple[Figure, ...] = ()
    verdict: str = ""
    """In words; empty where nothing was tracked."""
    tone: str = ""
    report: str = ""
    """Why, the source lines, the events that were sent, and the fix."""
    problem: str = ""
    """Why there is no answer; empty where there is."""

    def headline(self) -> tuple[Figure, ...]:
        """Return the verdict first, then what the call took."""
        verdict = (Figure("counts?", self.verdict, "", self.tone),) if self.verdict else ()
        return (*verdict, *self.figures)


class Trial(Protocol):
    """Plans and makes calls; every method may take long and is called in a thread."""

    def choices(self) -> Choices:
        """Return what can be chosen."""
        ...

    def plan(self, ask: Ask) -> Plan:
        """Return what a call would be; nothing is sent to a model, no event to LaunchDarkly."""
        ...

    def fire(self, ask: Ask, tell: Callable[[str], None], stopped: threading.Event) -> Outcome:
        """Make the call, hand over its answer piece by piece, track its cost, and judge what was tracked."""
        ...


@dataclass(frozen=True, slots=True)
class TryPage:
    """The budget that is left for a call."""

    budget: Figure

    def rows(self) -> list[dict[str, Any]]:
        """Return nothing: what was tried is stored, and listed, like any call."""
        return []


@dataclass(frozen=True, slots=True)
class TryRequest:
    """The budgets that a call falls under."""

    def build(self, sources: Sources) -> TryPage:
        """Return the page. Raises StoreError."""
        live = [gauge for gauge in gauges(sources) if gauge.live]
        left = [
            (gauge.state.budget.max_nano - gauge.state.spent_nano - gauge.state.reserved_nano, gauge.label)
            for gauge in live
        ]
        if not left:
            return TryPage(Figure("budget left", UNKNOWN, "none in use"))
        nano, label = min(left)
        return TryPage(Figure("budget left", money(max(nano, 0)), label, "error" if nano <= 0 else "money"))


def headline(plan: Plan | None, budget: Figure) -> tuple[Figure, ...]:
    """Return what would be called, what was served, and the money."""
    if plan is None:
        return (Figure("model", "…"), budget)
    most = UNKNOWN if plan.most_nano is None else f"≤ {money(plan.most_nano)}"
    figures = [Figure("model", plan.model or UNKNOWN, plan.parameters)]
    if plan.ask.config:
        figures.append(Figure("served", plan.variation or UNKNOWN, plan.reason))
    note = "no price known" if plan.most_nano is None else "at most"
    return (*figures, Figure("estimate", most, note, "warn" if plan.most_nano is None else "money"), budget)
