"""A screen that can be gone to with a digit."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costtui.ui.screens.page import PageScreen


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mode begins; its id is the verb of the action ``go.<id>``."""

    id: str
    title: str
    make: Callable[[], "PageScreen"]


def _later(module: str, name: str) -> Callable[[], "PageScreen"]:
    """Return a maker that imports the screen when it is first gone to: start-up time is a feature."""

    def make() -> "PageScreen":
        screen: PageScreen = getattr(import_module(f"costtui.ui.screens.{module}"), name)()
        return screen

    return make


PLACES: tuple[Place, ...] = (
    Place("overview", "Overview", _later("overview", "OverviewScreen")),
    Place("nodes", "Nodes", _later("nodes", "NodesScreen")),
    Place("runs", "Runs", _later("runs", "RunsScreen")),
    Place("calls", "Calls", _later("calls", "CallsScreen")),
    Place("quality", "Quality", _later("quality", "QualityScreen")),
    Place("compare", "Compare", _later("compare", "CompareScreen")),
    Place("attribution", "Attribution", _later("attribution", "AttributionScreen")),
    Place("try", "Try", _later("try_", "TryScreen")),
)
"""The screens that there are, in the order of their digits."""
