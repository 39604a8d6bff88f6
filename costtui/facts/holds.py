"""Money that is set aside for a call before it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
