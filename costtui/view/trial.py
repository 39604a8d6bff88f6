"""What the Try page asks and is told: calls that are planned, made, and checked in the experiment."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from costtui.format import UNKNOWN, count, money
from costtui.view.headline import Figure
from costtui.view.matrix import Grid, Matrix
from costtui.view.room import Payer

SIMULATED = "simulated/sample-model"
"""The model that is always at hand: it answers inside the monitor and costs nothing."""
ROUTER = "router"
"""Stands for a model in the choice: the router takes one."""
PROMPTS = (
    "Which five routes had the most delays last month?",
    "Show the revenue of each region by quarter.",
    "Write the SQL that finds customers without an order this year.",
)
REPEATS = (1, 5, 10, 50)
MOST_REPEATS = 1000
_BAR = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """A call as the user wants it, and how often."""

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
    repeat: int = 1
    user: str = ""
    """Key of the user instead of the context's own."""
    node: str = "try"
    """Node that it is recorded under."""
    temperature: float | None = None
    """None: as the AI Config serves, else the client's own."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen: names, and what they mean."""

    models: tuple[tuple[str, str], ...]
    configs: tuple[tuple[str, str], ...]
    contexts: tuple[tuple[str, str], ...]
    source: str
    """Where flags come from."""
    hint: str = ""
    """What is at hand for calls, or what to set."""
    own: frozenset[str] = frozenset()
    """Names of the contexts that are the user's, and not in the box."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a call would be, before any money is spent."""

    ask: Ask
    model: str
    variation: str = ""
    reason: str = ""
    parameters: str = ""
    most_nano: int | None = None
    """What it costs at most, all repetitions together; None where that is not known."""
    note: str = ""
    problem: str = ""
    """Why it cannot be made, and what to do; empty where it can."""
    payer: Payer = Payer()
    """Whose budgets it falls under."""

    @property
    def free(self) -> bool:
        """Whether no money can be spent."""
        return self.most_nano == 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a series of calls is."""

    done: int
    total: int
    errors: int = 0
    spent_nano: int = 0
    unpriced: int = 0

    def text(self) -> str:
        """Return it in words, with a bar."""
        full = _BAR * self.done // max(self.total, 1)
        parts = [f"{count(self.done)} of {count(self.total)}", f"spent {money(self.spent_nano)}"]
        if self.unpriced:
            parts.append(f"+{count(self.unpriced)} unpriced")
        if self.errors:
            parts.append(f"{count(self.errors)} errors")
        return f"{'█' * full}{'░' * (_BAR - full)}  {' · '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call, or of a series."""

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
    """Plans and makes calls; every method may take long, raises CosttuiError, and is called in a thread."""

    def choices(self) -> Choices:
        """Return what can be chosen."""
        ...

    def plan(self, ask: Ask) -> Plan:
        """Return what a call would be; nothing is sent to a model, no event to LaunchDarkly."""
        ...

    def fire(
        self,
        ask: Ask,
        tell: Callable[[str], None],
        stopped: threading.Event,
        count: Callable[[Tally], None],
    ) -> Outcome:
        """Make the calls, hand over the answer piece by piece, track the cost, and judge what was tracked."""
        ...

    def grid(self, grid: Grid) -> Matrix:
        """Return what each context would be served by each AI Config; no model is called, nothing is sent."""
        ...

    def fire_grid(self, grid: Grid, stopped: threading.Event, count: Callable[[Tally], None]) -> Matrix:
        """Make a call for each context and AI Config, and judge each."""
        ...

    def context(self, name: str) -> Mapping[str, Any]:
        """Return a context by its name."""
        ...

    def keep_context(self, name: str, context: Mapping[str, Any], instead_of: str = "") -> str:
        """Keep kind → attributes under a name (and the old name no more), and return what was done in words."""
        ...

    def drop_context(self, name: str) -> str:
        """Forget a context of the user's own, and return what was done in words."""
        ...


def typed_repeat(text: str) -> str:
    """Return what is wrong with a typed number of repetitions, empty where nothing is."""
    if text.isdecimal() and 1 <= int(text[:9]) <= MOST_REPEATS:
        return ""
    return f"a whole number from 1 to {MOST_REPEATS:,}"


def headline(plan: Plan | None, budget: Figure) -> tuple[Figure, ...]:
    """Return what would be called, what was served, and the money."""
    if plan is None:
        return (Figure("model", "…"), budget)
    most = UNKNOWN if plan.most_nano is None else f"≤ {money(plan.most_nano)}"
    figures = [Figure("model", plan.model or UNKNOWN, plan.parameters)]
    if plan.ask.config:
        figures.append(Figure("served", plan.variation or UNKNOWN, plan.reason))
    note = "no price known" if plan.most_nano is None else "at most"
    if plan.ask.repeat > 1:
        note = f"{note}, {count(plan.ask.repeat)} calls"
    return (*figures, Figure("estimate", most, note, "warn" if plan.most_nano is None else "money"), budget)
