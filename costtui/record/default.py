"""``costtui.run`` and ``costtui.node``: recording without handing a tracker around."""

import threading
from typing import Any, Unpack

from costtui.record.calls import Labels
from costtui.record.cost import CostTracker
from costtui.record.current import current_node, current_run, current_tracker
from costtui.record.node import OpenNode
from costtui.record.reserved import Asked, Reserved
from costtui.record.run import OpenRun

_lock = threading.Lock()
_default: CostTracker | None = None


def tracker() -> CostTracker:
    """Return the tracker of the enclosing ``with CostTracker(…)``, else one on the store of the settings."""
    global _default
    if (current := current_tracker.get()) is not None:
        return current
    with _lock:
        if _default is None:
            _default = CostTracker()
        return _default


def run(run_id: str | None = None, **options: Any) -> OpenRun:
    """Return a run for ``with`` or ``async with``; options are those of ``CostTracker.run``."""
    return tracker().run(run_id, **options)


def node(name: str, *, detail: str = "", **labels: Unpack[Labels]) -> OpenNode:
    """Return a node for ``with`` or ``async with``, in the run and inside the node that are open here."""
    scope = current_node.get() or current_run.get() or tracker()
    return scope.node(name, detail=detail, **labels)


def reserve(**asked: Unpack[Asked]) -> Reserved:
    """Return a call for ``with`` that sets aside before it what it may cost, where it is made here."""
    scope = current_node.get() or current_run.get() or tracker()
    return scope.reserve(**asked)
