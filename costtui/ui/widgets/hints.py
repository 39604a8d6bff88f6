"""The last line: the keys that matter here."""

from collections.abc import Iterable, Sequence

from textual import events
from textual.message import Message

from costtui.ui.widgets.canvas import Canvas, Piece
from costtui.ui.widgets.fit import cells

MOST = 7
"""Hints at a time."""


class Hints(Canvas):
    """Draws keys and what they do, as many as fit; a click does it."""

    DEFAULT_CSS = "Hints { height: 1; background: $surface; }"

    class HintChosen(Message):
        """The user clicked a hint."""

        def __init__(self, action_id: str) -> None:
            super().__init__()
            self.action_id = action_id

    def __init__(self) -> None:
        super().__init__()
        self._hints: tuple[tuple[str, str, str], ...] = ()

    def show(self, hints: Sequence[tuple[str, str, str]]) -> None:
        """Show hints: (key, words, action id)."""
        if tuple(hints) != self._hints:
            self._hints = tuple(hints)
            self.refresh()

    def draw_line(self, y: int, width: int) -> Iterable[Piece]:
        """Return the hints that fit."""
        tones = self.palette
        for key, words, _, _ in self._placed(width):
            yield f" {key} ", tones["accent"]
            yield f"{words}  ", tones["muted"]

    def on_click(self, event: events.Click) -> None:
        """Tell which hint was clicked."""
        for _, _, action_id, (left, right) in self._placed(self.size.width):
            if left <= event.x < right:
                self.post_message(self.HintChosen(action_id))

    def _placed(self, width: int) -> list[tuple[str, str, str, tuple[int, int]]]:
        """Return hints with their cells; the last one, help, keeps its place when room is short."""
        hints = list(self._hints)
        while len(hints) > 1 and sum(map(_size, hints)) > width:
            del hints[-2]
        placed: list[tuple[str, str, str, tuple[int, int]]] = []
        left = 0
        for hint in hints:
            placed.append((*hint, (left, left + _size(hint))))
            left += _size(hint)
        return placed


def _size(hint: tuple[str, str, str]) -> int:
    return cells(hint[0]) + cells(hint[1]) + 4
