"""What was spent and set aside under a limit, as a store tells it."""

from dataclasses import dataclass

from costtui.facts.budgets import Budget


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for a call that is under way."""

    id: str
    nano: int
    taken_us: int
    expires_us: int
    holder: str
    """Who holds it: ``host:pid node``."""
    assumed: bool = False
    """Whether its price is not known: the call's assumed cost stays set aside until the window ends."""


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget in its present window, for one value of its scope."""

    budget: Budget
    value: str
    """The scope's value (a run id for budgets per run)."""
    start_us: int
    end_us: int | None
    """None where the window ends with the run."""
    spent_nano: int
    reserved_nano: int
    unpriced: int = 0
    reservations: tuple[Reservation, ...] = ()
    part: str = ""
    """Of a budget per run on a field, the field's value in that run."""


@dataclass(frozen=True, slots=True)
class BudgetWindow:
    """What a budget spent in one of its windows."""

    start_us: int
    end_us: int | None
    spent_nano: int
    unpriced: int = 0
    forgiven_nano: int = 0
    """What of it does not count any more, because somebody set the budget back."""
