"""The budget of one run: below the warning mark, above it, or used up."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from costtui.facts import Budget, Period
from costtui.format import money

log = logging.getLogger("costtui")


@dataclass(frozen=True, slots=True)
class RunBudget:
    """The tightest limit on what a run may spend."""

    name: str
    warning_nano: int
    max_nano: int

    def exceeded(self, spent_nano: int) -> bool:
        """Return whether the next call must not be made."""
        return spent_nano >= self.max_nano

    def message(self, spent_nano: int) -> str | None:
        """Return what there is to say of a spending, None below the warning mark."""
        spent = f"{money(spent_nano)} of {money(self.max_nano)}"
        if self.exceeded(spent_nano):
            return f"budget {self.name!r} exceeded: the run has spent {spent}; raise its max to go on"
        if spent_nano >= self.warning_nano:
            return f"budget {self.name!r}: the run has spent {spent} (warning at {money(self.warning_nano)})"
        return None


def run_budget(budgets: Sequence[Budget], subsystem: str, own_nano: int | None) -> RunBudget | None:
    """Return the tightest budget that holds for a run of a subsystem; ``own_nano`` is a limit of the run itself."""
    limits = [
        RunBudget(budget.name, budget.warning_nano, budget.max_nano)
        for budget in budgets
        if budget.period == Period.RUN and _concerns(budget, subsystem)
    ]
    if own_nano is not None:
        limits.append(RunBudget("run", own_nano * 8 // 10, own_nano))
    return min(limits, key=lambda limit: limit.max_nano, default=None)


def _concerns(budget: Budget, subsystem: str) -> bool:
    if budget.scope == "subsystem":
        return budget.scope_value in ("", subsystem)
    return budget.scope == "everything"
