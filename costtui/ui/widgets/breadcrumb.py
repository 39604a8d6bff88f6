"""The second line: every screen with its key, and the path to where the user is."""

from collections.abc import Iterable, Sequence

from rich.style import Style
from textual import events
from textual.message import Message

from costtui.ui.widgets.canvas import Canvas, Piece
from costtui.ui.widgets.fit import cells, cut

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
        """Return tabs and path; titles of other places leave first."""
        path = sum(cells(part) + 3 for part in self._path)
        full = sum(len(key) + cells(title) + 4 for _, key, title in self._places) + path
        self._targets = []
        used = 0
        for text, style, message in self._parts(brief=full > width - 1):
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

    def _parts(self, *, brief: bool) -> Iterable[tuple[str, Style, Message | None]]:
        tones = self.palette
        for place, key, title in self._places:
            if place != self._current:
                text = f" {key} " if brief else f" {key} {title}  "
                yield text, tones["muted"], self.PlaceChosen(place)
                continue
            style = tones["primary"] + _BOLD
            yield f" {key} {title}", style, self.LayerChosen(0)
            for depth, part in enumerate(self._path, 1):
                yield " › ", tones["muted"], None
                yield (
                    part,
                    (tones["strong"] if depth == len(self._path) else tones[""]),
                    self.LayerChosen(depth),
                )
            yield ("  " if brief else "   "), tones[""], None
