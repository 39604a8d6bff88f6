"""What each side of a cause would be served: the flag evaluated again, for the context that was tracked as well."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from costtui.attribution.groups import Group
from costtui.attribution.verdicts import Note


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a context would be served."""

    variation: str
    """Key of an AI Config's variation, else index of a flag's."""
    reason: str
    """Why, in the SDK's words: ``RULE_MATCH premium-desktop, in experiment``."""

    @property
    def words(self) -> str:
        """Variation and reason in words."""
        variation = self.variation or "the default"
        return f"{variation} ({self.reason})" if self.reason else variation


Serve = Callable[[str, Mapping[str, Any]], Outcome | None]
"""Evaluates a flag for a context from flag data at hand; None where the flag is not known."""


@dataclass(frozen=True, slots=True)
class Served:
    """What both sides of a cause would be served."""

    evaluated: Outcome | None
    """None where no context of the evaluation is known."""
    tracked: Outcome

    @property
    def words(self) -> str:
        """In a sentence."""
        tracked = self.tracked.words
        if self.evaluated is None:
            return f"The tracked context would be served {tracked}."
        if self.evaluated == self.tracked:
            return f"Both contexts would be served {tracked}."
        return f"Evaluated again: {self.evaluated.words}; the tracked context would be served {tracked}."


def served(group: Group, serve: Serve) -> Served | None:
    """Return what the contexts of a group's first event would be served, None where that cannot be evaluated.

    Private attributes are not in what was captured, and rules may look at them: then nothing is said.
    """
    if not group.config or group.tracked is None or Note.REDACTED in group.notes:
        return None
    tracked = serve(group.config, group.tracked)
    if tracked is None:
        return None
    return Served(serve(group.config, group.evaluated) if group.evaluated is not None else None, tracked)


def served_json(found: Served) -> dict[str, Any]:
    """Return what both sides would be served as JSON values."""
    return {
        "evaluated": found.evaluated.variation if found.evaluated else None,
        "tracked": found.tracked.variation,
        "evaluated_reason": found.evaluated.reason if found.evaluated else None,
        "tracked_reason": found.tracked.reason,
    }
