"""A row of labelled figures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual import events
from textual.message import Message

from costtui.ui.widgets.canvas import Canvas, Piece
from costtui.ui.widgets.fit import cells, cut, fit

_GAP = 2


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its name above and its precision, or what it means, below."""

    label: str
    value: str
    note: str = ""
    tone: str = "strong"
    """Tone of the value."""
    note_tone: str = "muted"
    key: str = ""
    """What is told when it is clicked; empty: nothing."""


class Headline(Canvas):
    """Draws as many figures as fit, the first ones first: label, value, note."""

    DEFAULT_CSS = "Headline { height: 3; }"

    class FigureOpened(Message):
        """The user clicked a figure."""

        def __init__(self, headline: "Headline", key: str) -> None:
            super().__init__()
            self.headline = headline
            self.key = key

        @property
        def control(self) -> "Headline":
            """The row of figures."""
            return self.headline

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._figures: tuple[Figure, ...] = ()

    def show(self, figures: Sequence[Figure]) -> None:
        """Show other figures."""
        if tuple(figures) != self._figures:
            self._figures = tuple(figures)
            self.refresh()

    def draw_line(self, y: int, width: int) -> Iterable[Piece]:
        """Return labels, values or notes."""
        tones = self.palette
        yield " ", tones[""]
        for figure, room in self._rooms(width):
            text, tone = (
                (figure.label.upper(), "muted"),
                (figure.value, figure.tone),
                (figure.note, figure.note_tone),
            )[min(y, 2)]
            yield fit(cut(text, room - _GAP), room), tones[tone]

    def on_click(self, event: events.Click) -> None:
        """Tell which figure was clicked."""
        left = 1
        for figure, room in self._rooms(self.size.width):
            if left <= event.x < left + room and figure.key:
                self.post_message(self.FigureOpened(self, figure.key))
                return
            left += room

    def _rooms(self, width: int) -> list[tuple[Figure, int]]:
        """Share the width: all need room for label and value; then notes get theirs; what is left goes round."""
        shown = list(self._figures)
        while shown and sum(_narrow(figure) + _GAP for figure in shown) > width + _GAP - 1:
            shown.pop()
        rooms = [_narrow(figure) for figure in shown]
        spare = width - 1 - sum(rooms) - _GAP * (len(shown) - 1)
        for index, figure in enumerate(shown):
            more = min(max(cells(figure.note) - rooms[index], 0), spare)
            rooms[index] += more
            spare -= more
        even = spare // max(len(shown), 1)
        return [(figure, room + _GAP + even) for figure, room in zip(shown, rooms, strict=True)]


def _narrow(figure: Figure) -> int:
    return max(cells(figure.label), cells(figure.value))
