"""A widget that draws its own lines in the tones of the theme."""

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from costtui.ui.theme import Palette, palette

Piece = tuple[str, Style]


class Canvas(Widget):
    """Draws line by line; a subclass gives ``draw_line``."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Canvas { height: auto; }"

    _palette: Palette | None = None

    @property
    def palette(self) -> Palette:
        """The tones of the current theme."""
        if self._palette is None:
            self._palette = palette(self.app.theme_variables)
        return self._palette

    def draw_line(self, y: int, width: int) -> Iterable[Piece]:
        """Return the pieces of a line of the content area."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Draw one line, never wider than the widget."""
        width = self.size.width
        return strip(self.draw_line(y, width), width, self.rich_style)

    def notify_style_update(self) -> None:
        """Look the tones up again: the theme may have changed."""
        self._palette = None
        super().notify_style_update()


def strip(pieces: Iterable[Piece], width: int, ground: Style) -> Strip:
    """Return pieces as a line of exactly a width, on a ground: the style of whatever they leave open."""
    segments = [Segment(text, ground + style) for text, style in pieces if text]
    return Strip(segments).adjust_cell_length(width, ground)
