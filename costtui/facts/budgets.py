"""Limits on spending, and money set aside under them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Period(StrEnum):
    """How long a budget lasts before it starts again."""

    RUN = "run"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class UnknownPrice(StrEnum):
    """What a budget does about a call whose price is not known."""

    BLOCK = "block"
    ASSUME_MAXIMUM = "assume_maximum"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on spending: for whom, for how long, and how much."""

    name: str
    max_nano: int
    warning_nano: int
    scope: str = "everything"
    """``everything``, or the field that is limited: subsystem, node, model, provider, user, lead, ``tag:NAME``."""
    scope_value: str = ""
    """The value that the field must have; empty: each value has the budget for itself."""
    period: Period = Period.RUN
    time_zone: str = "UTC"
    unknown_price: UnknownPrice = UnknownPrice.ALLOW
    source: str = "settings"


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
class Claim:
    """What a call that is about to be made may cost, and whose budgets it concerns."""

    estimate_nano: int | None
    """The most that it can cost; None where its price is not known."""
    dearest_nano: int | None = None
    """The most that it could cost at the dearest known price, for budgets that assume that."""
    run_id: str = ""
    run_budget_nano: int | None = None
    """The run's own limit."""
    node: str = ""
    subsystem: str = ""
    provider: str = ""
    model: str = ""
    user_id: str = ""
    lead_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """Money that is set aside for a call; an empty id where no budget concerns it."""

    id: str
    expires_us: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of a hold: written together with its call, or alone where nothing was spent."""

    hold_id: str
    unpriced: bool = False
    """Whether the call was made and its price is not known: budgets that assume the maximum keep that set aside."""


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
