"""What is new in a store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costtui.facts.calls import Call
    from costtui.facts.runs import Quality, Run


@dataclass(frozen=True, slots=True)
class Delta:
    """What is new in a store since the last look."""

    calls: tuple[Call, ...] = ()
    """New calls in the order of their ids, texts left out."""
    runs: tuple[Run, ...] = ()
    """Runs that are new or have changed."""
    quality: tuple[Quality, ...] = ()
    reset: bool = False
    """The store was replaced, or stored calls changed: totals must be read again."""

    def __bool__(self) -> bool:
        return bool(self.calls or self.runs or self.quality or self.reset)
