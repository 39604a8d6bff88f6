"""Stretches of time as the timeline draws them."""

from collections.abc import Iterable

from costtui.ui.widgets.timeline import Bar
from costtui.view import run


def bars(found: Iterable[run.Bar]) -> list[Bar]:
    """Return stretches of time as bars."""
    return [Bar(bar.key, bar.label, bar.start_us, bar.end_us, bar.depth, bar.text, bar.tone) for bar in found]
