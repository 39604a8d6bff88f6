"""What the present thread or task records into: its tracker, its run, and the innermost node it is in."""

from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from costtui.record.cost import CostTracker
    from costtui.record.node import OpenNode
    from costtui.record.run import OpenRun

_T = TypeVar("_T")

current_run: ContextVar["OpenRun | None"] = ContextVar("costtui_run", default=None)
current_node: ContextVar["OpenNode | None"] = ContextVar("costtui_node", default=None)
current_tracker: ContextVar["CostTracker | None"] = ContextVar("costtui_tracker", default=None)


def node_in(run: "OpenRun | None") -> "OpenNode | None":
    """Return the innermost node here that belongs to a run (to none, where None is given)."""
    node = current_node.get()
    return node if node is not None and node.run is run else None


def leave(variable: ContextVar[_T], token: Token[_T] | None) -> None:
    """Put a variable back to what it was; left in another context than it was entered, it stays as it is there."""
    if token is not None:
        try:
            variable.reset(token)
        except ValueError:
            pass
