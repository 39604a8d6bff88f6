"""The kinds of reports; what builds one is imported when it is asked for."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

KINDS: dict[str, str] = {
    "cost": "what was spent",
    "quality": "how good the results were",
    "compare": "which model or configuration is better",
    "attribution": "which metric events count in an experiment, and why others do not",
    "experiment": "what the variations of an experiment cost and achieved, and what to decide",
}
"""Name of each kind and what it says; ``costtui.report.NAME`` holds a function ``NAME_report(sources)``."""
ALL = "all"
"""Instead of a kind: each of them."""


def builder_of(kind: str) -> Callable[..., Any]:
    """Return the function that builds a kind of report: sources (and options of its own) → Document."""
    found: Callable[..., Any] = getattr(import_module(f"costtui.report.{kind}"), f"{kind}_report")
    return found
