"""The budgets that a call falls under, and what each has left for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from costtui.facts import Budget, BudgetState, Period
from costtui.format import UNKNOWN, money
from costtui.pricing.reference import undated
from costtui.text import plain
from costtui.view.budgets import budget_label
from costtui.view.headline import Figure
from costtui.view.snapshot import Sources


@dataclass(frozen=True, slots=True)
class Payer:
    """What budgets ask of a call that belongs to no run."""

    node: str = ""
    provider: str = ""
    model: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What a budget has left."""

    label: str
    nano: int
    """Limit less what is spent and reserved; below 0 where more was spent."""
    max_nano: int

    def text(self) -> str:
        """Return it in words."""
        return f"{self.label}: {money(max(self.nano, 0))} left of {money(self.max_nano)}"


def room_for(payer: Payer, states: Iterable[BudgetState], budgets: Sequence[Budget] = ()) -> tuple[Left, ...]:
    """Return what is left of every budget that a call falls under, the tightest first.

    ``budgets`` are those of the settings: one that each value has for itself has no state before its first call.
    """
    known = list(states)
    begun = {(state.budget.name, state.value) for state in known}
    for budget in budgets:
        value = _value(payer, budget.scope)
        if value is not None and (budget.name, value) not in begun:
            known.append(BudgetState(budget, value, 0, None, 0, 0))
    found = [
        Left(
            budget_label(state),
            state.budget.max_nano - state.spent_nano - state.reserved_nano,
            state.budget.max_nano,
        )
        for state in known
        if _concerns(state.budget, payer) and state.value == _value(payer, state.budget.scope)
    ]
    return tuple(sorted(found, key=lambda left: (left.nano, left.label)))


def _concerns(budget: Budget, payer: Payer) -> bool:
    value = _value(payer, budget.scope)
    named = undated(budget.scope_value) if budget.scope == "model" else plain(budget.scope_value)
    return budget.period is not Period.RUN and value is not None and budget.scope_value in ("", value, named)


def _value(payer: Payer, scope: str) -> str | None:
    """Return a call's value of a scope, None where it has none."""
    if scope == "everything":
        return ""
    value = plain(str(getattr(payer, scope, "")))
    return (undated(value) if scope == "model" else value) or None


@dataclass(frozen=True, slots=True)
class TryPage:
    """The budgets that a call falls under."""

    left: tuple[Left, ...]

    @property
    def budget(self) -> Figure:
        """The tightest budget."""
        if not self.left:
            return Figure("budget left", UNKNOWN, "no budget holds")
        tightest, *others = self.left
        more = f" +{len(others)} more" if others else ""
        tone = "error" if tightest.nano <= 0 else "money"
        return Figure("budget left", money(max(tightest.nano, 0)), tightest.label + more, tone)

    def rows(self) -> list[dict[str, Any]]:
        """Return the budgets as plain values: what was tried is stored, and listed, like any call."""
        return [{"budget": left.label, "left_usd": left.nano / 1e9} for left in self.left]


@dataclass(frozen=True, slots=True)
class TryRequest:
    """The budgets that a call falls under."""

    payer: Payer = Payer()

    def build(self, sources: Sources) -> TryPage:
        """Return the page. Raises StoreError."""
        states = sources.reader.budgets(sources.budgets, sources.now_us)
        return TryPage(room_for(self.payer, states, sources.budgets))
