"""What LLM pipelines cost, live: a recorder for programs, and a monitor for terminals.

Public names are imported when they are first used, so that ``import costtui`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costtui.errors import BudgetExceeded as BudgetExceeded
    from costtui.errors import CosttuiError as CosttuiError
    from costtui.facts import Call as Call
    from costtui.facts import CostSource as CostSource
    from costtui.facts import Status as Status
    from costtui.facts import Usage as Usage
    from costtui.record.cost import CostTracker as CostTracker
    from costtui.record.default import node as node
    from costtui.record.default import run as run
    from costtui.record.quality import QualityTracker as QualityTracker

_WHERE = {
    "BudgetExceeded": "costtui.errors",
    "Call": "costtui.facts",
    "CostSource": "costtui.facts",
    "CostTracker": "costtui.record.cost",
    "CosttuiError": "costtui.errors",
    "QualityTracker": "costtui.record.quality",
    "Status": "costtui.facts",
    "Usage": "costtui.facts",
    "node": "costtui.record.default",
    "run": "costtui.record.default",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'costtui' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
