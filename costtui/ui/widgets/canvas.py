"""A widget that draws its own lines in the tones of the theme."""

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from costtui.ui.theme import Palette, palette
from costtui.ui.widgets.fit import cells, fit

Piece = tuple[str, Style]


class Canvas(Widget):
    """Draws line by line; a subclass gives ``draw_line``."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Canvas { height: auto; }"

    _palette: Palette | None = None
    _ground: Style | None = None
    _laid_out: Size | None = None

    @property
    def palette(self) -> Palette:
        """The tones of the current theme."""
        if self._palette is None:
            self._palette = palette(self.app.theme_variables)
        return self._palette

    @property
    def ground(self) -> Style:
        """Text colour and background of the widget; Textual would work them out again for every line."""
        if self._ground is None:
            self._ground = self.rich_style
        return self._ground

    def draw_line(self, y: int, width: int) -> Iterable[Piece]:
        """Return the pieces of a line of the content area."""
        raise NotImplementedError

    def lay_out(self) -> None:
        """Work out what depends on the size; it is one that was not laid out before."""

    def on_resize(self) -> None:
        """Lay out for keys and clicks, also where nothing is drawn yet."""
        self._lay_out_once()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines; Textual draws a new size before it tells of it."""
        self._lay_out_once()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line, never wider than the widget."""
        width = self.size.width
        return strip(self.draw_line(y, width), width, self.ground)

    def notify_style_update(self) -> None:
        """Look the colours up again: the theme or the focus may have changed."""
        self._palette = self._ground = None
        super().notify_style_update()

    def _lay_out_once(self) -> None:
        if self._laid_out != self.size:
            self._laid_out = self.size
            self.lay_out()


def strip(pieces: Iterable[Piece], width: int, ground: Style) -> Strip:
    """Return pieces as a line of exactly a width, on a ground: the style of whatever they leave open."""
    return Strip(segments(pieces, width, ground), width)


def segments(pieces: Iterable[Piece], width: int, ground: Style) -> list[Segment]:
    """Return pieces as segments of exactly a width together."""
    line: list[Segment] = []
    room = width
    for text, style in pieces:
        size = cells(text)
        if size > room:
            text, size = fit(text.rstrip(), room), room
        if size:
            line.append(Segment(text, ground + style))
            room -= size
    if room:
        line.append(Segment(" " * room, ground))
    return line
