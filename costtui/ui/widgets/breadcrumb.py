"""The second line: every screen with its key, and the path to where the user is."""

from collections.abc import Iterable, Sequence

from rich.style import Style
from textual import events
from textual.message import Message

from costtui.ui.widgets.canvas import Canvas, Piece
from costtui.ui.widgets.fit import cells, cut

_SHAPES = ((2, 99), (1, 99), (0, 99), (1, 4), (0, 4), (1, 0))
"""Cells between tabs beyond the one that separates them, and letters of the names of other places; the widest first."""

_BOLD = Style(bold=True)


class Breadcrumb(Canvas):
    """Draws places as tabs, and behind the current one the path of opened details."""

    DEFAULT_CSS = "Breadcrumb { height: 1; background: $surface; }"

    class PlaceChosen(Message):
        """The user clicked a place."""

        def __init__(self, place: str) -> None:
            super().__init__()
            self.place = place

    class LayerChosen(Message):
        """The user clicked a part of the path; 0 is the place itself."""

        def __init__(self, depth: int) -> None:
            super().__init__()
            self.depth = depth

    def __init__(self) -> None:
        super().__init__()
        self._places: tuple[tuple[str, str, str], ...] = ()
        self._current = ""
        self._path: tuple[str, ...] = ()
        self._targets: list[tuple[int, int, Message]] = []

    def show(self, places: Sequence[tuple[str, str, str]], current: str, path: Sequence[str]) -> None:
        """Show places (id, key, title), the current one, and the details opened from it."""
        state = (tuple(places), current, tuple(path))
        if state != (self._places, self._current, self._path):
            self._places, self._current, self._path = state
            self.refresh()

    def draw_line(self, y: int, width: int) -> Iterable[Piece]:
        """Return tabs and path: first the gaps between tabs get narrow, then the names of other places short, then these leave."""
        fitting = next((shape for shape in _SHAPES if self._cells_of(*shape) < width), _SHAPES[-1])
        self._targets = []
        used = 0
        for text, style, message in self._parts(*fitting):
            shown = cut(text, width - used)
            if message is not None:
                self._targets.append((used, used + cells(shown), message))
            used += cells(shown)
            yield shown, style

    def on_click(self, event: events.Click) -> None:
        """Go where the click points."""
        for left, right, message in self._targets:
            if left <= event.x < right:
                self.post_message(message)

    def _cells_of(self, gap: int, letters: int) -> int:
        return sum(cells(text) for text, _, _ in self._parts(gap, letters)) - gap

    def _parts(self, gap: int, letters: int) -> Iterable[tuple[str, Style, Message | None]]:
        """Return texts and what a click on each means; ``letters`` of the names of other places are shown."""
        tones = self.palette
        for place, key, title in self._places:
            if place != self._current:
                chosen = self.PlaceChosen(place)
                yield f" {key}", tones["accent"], chosen
                yield f" {title[:letters]}".rstrip(), tones["muted"], chosen
            else:
                yield f" {key} {title}", tones["primary"] + _BOLD, self.LayerChosen(0)
                yield from self._path_parts()
            yield " " * gap, tones[""], None

    def _path_parts(self) -> Iterable[tuple[str, Style, Message | None]]:
        tones = self.palette
        for depth, part in enumerate(self._path, 1):
            yield " › ", tones["muted"], None
            yield part, tones["strong" if depth == len(self._path) else ""], self.LayerChosen(depth)
