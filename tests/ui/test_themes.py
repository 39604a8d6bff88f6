"""Colours: every tone is readable on its ground, in our themes and in those of others."""

import pytest
from textual.app import App
from textual.color import Color

from costtui.ui.theme import DARK, LIGHT, TONES, palette


def variables(theme):
    app = App()
    app.register_theme(DARK)
    app.register_theme(LIGHT)
    app.theme = theme
    return app.get_css_variables()


def contrast(one: Color, other: Color) -> float:
    def luminance(colour):
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
@pytest.mark.parametrize("tone", [tone for tone in TONES if tone != "faint"])
@pytest.mark.parametrize("ground", ["background", "surface", "tone-cursor", "tone-resting"])
def test_tones_are_readable(theme, tone, ground):
    named = variables(theme)
    colour = Color.from_rich_color(palette(named)[tone].color)
    assert contrast(colour, Color.parse(named[ground])) >= 3.9


@pytest.mark.parametrize("theme", sorted(App().available_themes))
def test_every_theme_has_all_tones(theme):
    tones = palette(variables(theme))
    assert all(tones[tone].color is not None for tone in TONES)
    assert tones["no such tone"] == tones[""]
    assert tones.cursor != tones.resting
