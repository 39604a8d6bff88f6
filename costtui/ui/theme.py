"""Two themes, and the tones in which everything is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.theme import Theme

from costtui.errors import SettingsError

DARK = Theme(
    name="costtui-dark",
    primary="#5ac8c0",
    secondary="#7aa2d6",
    accent="#8cb4ff",
    success="#8ccf8c",
    warning="#f0b95a",
    error="#ff7b78",
    foreground="#d3dbe5",
    background="#0f141b",
    surface="#151c25",
    panel="#1c2531",
    boost="#243040",
    variables={
        "tone-muted": "#93a0b2",
        "tone-faint": "#3a4656",
        "tone-strong": "#f3f6fa",
        "tone-money": "#f3e3b8",
        "tone-cursor": "#1e3a4c",
        "tone-resting": "#1a232e",
        "border": "#5ac8c0",
        "border-blurred": "#2b3645",
        "input-selection-background": "#5ac8c0 35%",
        "scrollbar": "#2b3645",
        "scrollbar-background": "#0f141b",
    },
)

LIGHT = Theme(
    name="costtui-light",
    primary="#0b7a75",
    secondary="#3d5f94",
    accent="#2456b8",
    success="#25752f",
    warning="#8f5a00",
    error="#b3261e",
    foreground="#262b33",
    background="#fbfaf7",
    surface="#f4f2ec",
    panel="#ebe8df",
    boost="#e2ded3",
    dark=False,
    variables={
        "tone-muted": "#656d79",
        "tone-faint": "#cfcabd",
        "tone-strong": "#0d1117",
        "tone-money": "#5c4300",
        "tone-cursor": "#cfe6e4",
        "tone-resting": "#eeebe3",
        "border": "#0b7a75",
        "border-blurred": "#d8d3c6",
        "input-selection-background": "#0b7a75 25%",
        "scrollbar": "#cfcabd",
        "scrollbar-background": "#fbfaf7",
    },
)

THEMES = (DARK, LIGHT)


def set_theme(app: App[Any], name: str) -> None:
    """Give an app our themes and the one of a name. Raises SettingsError where there is none of that name."""
    for theme in THEMES:
        app.register_theme(theme)
    if name not in app.available_themes:
        names = ", ".join(sorted(app.available_themes))
        raise SettingsError(f"settings: monitor.theme is none of {names}: {name!r}")
    app.theme = name


TONES = ("", "muted", "faint", "strong", "money", "primary", "accent", "ok", "warn", "error")
"""Names by which facts say how they want to be drawn; an unknown name is drawn as plain text."""

_THEME_COLOURS = {
    "ok": "success",
    "warn": "warning",
    "error": "error",
    "primary": "primary",
    "accent": "accent",
}
_BLENDS = {"muted": 0.6, "faint": 0.25, "strong": 1.0, "money": 1.0}
_BOLD = frozenset({"strong", "money"})


@dataclass(frozen=True, slots=True)
class Palette:
    """The tones of a theme as terminal styles, without a background of their own."""

    styles: Mapping[str, Style]
    cursor: Style
    """Background of the row under the cursor while its widget has the focus."""
    resting: Style
    """The same while another widget has the focus."""

    def __getitem__(self, tone: str) -> Style:
        """Return the style of a tone, plain text for an unknown one."""
        return self.styles.get(tone) or self.styles[""]


def palette(variables: Mapping[str, str]) -> Palette:
    """Return the tones of a theme, given the variables that Textual makes of it; blends fill what it lacks."""
    text, ground = _colour(variables, "foreground"), _colour(variables, "background")
    ansi = ground.ansi is not None

    def tone(name: str) -> Style:
        if f"tone-{name}" in variables:
            colour = _colour(variables, f"tone-{name}")
        elif name in _THEME_COLOURS:
            colour = _colour(variables, _THEME_COLOURS[name])
        elif ansi:
            colour = Color.parse("ansi_bright_black") if _BLENDS.get(name, 1.0) < 1 else text
        else:
            colour = ground.blend(text, _BLENDS.get(name, 1.0))
        return Style(color=colour.rich_color, bold=name in _BOLD or None)

    def shade(name: str, towards: Color, share: float, fallback: Style) -> Style:
        if f"tone-{name}" in variables:
            return Style(bgcolor=_colour(variables, f"tone-{name}").rich_color)
        return fallback if ansi else Style(bgcolor=ground.blend(towards, share).rich_color)

    return Palette(
        styles={name: tone(name) for name in TONES},
        cursor=shade("cursor", _colour(variables, "primary"), 0.25, Style(reverse=True)),
        resting=shade("resting", text, 0.08, Style(underline=True)),
    )


def _colour(variables: Mapping[str, str], name: str) -> Color:
    return Color.parse(variables[name])
