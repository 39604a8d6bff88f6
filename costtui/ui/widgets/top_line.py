"""The first line: what is shown, of which store, of which time; and how the store is."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.style import Style
from textual import events
from textual.message import Message

from costtui.ui.widgets.canvas import Canvas, Piece
from costtui.ui.widgets.fit import cells, cut
from costtui.ui.widgets.status_pill import Pill

_BOLD = Style(bold=True)


@dataclass(frozen=True, slots=True)
class Heading:
    """What the first line says on its left side."""

    badge: str = ""
    """A word such as DEMO; usually empty."""
    store: str = ""
    window: str = ""
    """``last 6 h``."""
    span: str = ""
    """``08:05–14:05 Europe/Berlin``."""


class TopLine(Canvas):
    """Draws heading and pill; the pill always has room."""

    DEFAULT_CSS = "TopLine { height: 1; background: $surface; }"

    class PillClicked(Message):
        """The user wants to know what the pill means."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = (Heading(), Pill("READING", "", "muted"))

    def show(self, heading: Heading, pill: Pill) -> None:
        """Say something else; nothing is painted where it is the same."""
        if (heading, pill) != self._shown:
            self._shown = (heading, pill)
            self.refresh()

    def draw_line(self, y: int, width: int) -> Iterable[Piece]:
        """Return the whole line."""
        heading, pill = self._shown
        tones = self.palette
        state = pill.at_most(max(width // 2, 12))
        room = width - cells(state) - 2
        for text, style in self._draw_heading(heading, room):
            shown = cut(text, room)
            room -= cells(shown)
            yield shown, style
        yield " " * max(room, 0) + " ", tones[""]
        yield state + " ", tones[pill.tone] + _BOLD

    def on_click(self, event: events.Click) -> None:
        """Tell that the pill was clicked."""
        if event.x >= self.size.width - cells(self._shown[1].at_most(self.size.width // 2)) - 1:
            self.post_message(self.PillClicked())

    def _draw_heading(self, heading: Heading, room: int) -> Iterable[Piece]:
        """Return the parts that fit: the span first, then the window, then the store's name."""
        tones = self.palette
        badge = f" {heading.badge} " if heading.badge else ""
        name = " costtui " + badge
        need = cells(name) + cells(heading.window) + cells(heading.span) + 10
        store = cut(heading.store, max(room - need, 8))
        if cells(name) + cells(store) + cells(heading.window) + cells(heading.span) + 6 > room:
            name = " " + badge
        yield name.removesuffix(badge), tones["primary"] + _BOLD
        if badge:
            yield badge, tones["warn"] + Style(reverse=True, bold=True)
            yield " ", tones[""]
        yield store, tones["strong"]
        if heading.window:
            yield "  ·  " if room > 70 else " · ", tones["muted"]
            yield heading.window, tones[""]
        if heading.span:
            yield "  " + heading.span, tones["muted"]
