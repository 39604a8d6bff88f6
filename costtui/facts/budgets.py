"""Limits on spending."""

from dataclasses import dataclass
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
