"""Where Enter leads: the one path from a budget down to a call."""

from dataclasses import dataclass
from typing import Literal

Place = Literal[
    "overview",
    "budget",
    "leads",
    "nodes",
    "node",
    "runs",
    "run",
    "work",
    "calls",
    "call",
    "attribution",
    "evidence",
]


@dataclass(frozen=True, slots=True)
class Target:
    """A page to open."""

    place: Place
    key: str = ""
    """Key of a gauge, node path, run id, call id or cause of a detail page."""
    filter: str = ""
    """Filter that the page starts with, as people type it."""
    between: tuple[int, int] | None = None
    """Of calls: only those that started from an instant on and before another; None: those of the window."""
    title: str = ""
    """What the path calls the page; empty: its filter."""
    part: str = ""
    """Of a run's work: the issue, empty for all of them."""


def quoted(field: str, value: str) -> str:
    """Return the filter term that a field equals a value, quoted where it must be."""
    return f'{field}="{value}"' if " " in value or '"' in value or not value else f"{field}={value}"
