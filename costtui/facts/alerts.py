"""What the user wants to be told."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much an alert or a verdict matters, least first."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of a condition that the user wants to know about."""

    rule: str
    subject: str
    """What the condition is about (a budget, a node, a model); empty: the whole store."""
    severity: Severity
    message: str
    """One sentence with the figure and the threshold."""
    since_us: int
    place: str = ""
    """The page that shows the cause, and ``key`` what to open there."""
    key: str = ""
    filter: str = ""
