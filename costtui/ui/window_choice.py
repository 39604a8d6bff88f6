"""Which time window comes next: by a step, or picked and typed in a box."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from textual.app import App

from costtui.errors import SettingsError
from costtui.settings import Settings
from costtui.window import WINDOWS, Window, parse_window


def first_window(settings: Settings) -> Window:
    """Return the window that the settings name. Raises SettingsError."""
    try:
        return parse_window(settings.monitor.window, settings.zone)
    except ValueError as error:
        raise SettingsError(f"settings: monitor.window: {error}") from None


def stepped(window: Window, step: int) -> Window:
    """Return the next wider window for 1, the next narrower for -1; from a typed range, the widest or narrowest."""
    if window not in WINDOWS:
        return WINDOWS[0 if step < 0 else -1]
    return WINDOWS[min(max(WINDOWS.index(window) + step, 0), len(WINDOWS) - 1)]


def ask_window(app: App[Any], now: Window, zone: tzinfo, take: Callable[[Window], None]) -> None:
    """Ask for a window and hand over what was picked or typed."""
    from costtui.ui.screens.picker import Answer, Picker

    def problem(text: str) -> str:
        try:
            parse_window(text, zone)
        except ValueError as error:
            return str(error)
        return ""

    def picked(name: str | None) -> None:
        if name is not None:
            take(parse_window(name, zone))

    answers = [Answer(window.name, window.name, window.title) for window in WINDOWS]
    typed = "or a range: 2026-11-01..2026-11-15"
    app.push_screen(Picker("window", answers, chosen=now.name, typed=typed, problem=problem), picked)
