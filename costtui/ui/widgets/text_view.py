"""Plain text, wrapped and scrolled; nothing in it is markup."""

from collections.abc import Iterable

from textual import events
from textual.geometry import Size

from costtui.ui.actions import bindings
from costtui.ui.widgets.canvas import Canvas, Piece
from costtui.ui.widgets.fit import wrap
from costtui.ui.widgets.viewport import Viewport

_LIMIT = 200_000
"""Characters that are wrapped; more would make the first paint slow."""


class TextView(Canvas, can_focus=True):
    """Shows a text that is already plain, at most its first 200,000 characters."""

    BINDINGS = bindings("rows")
    DEFAULT_CSS = "TextView { height: 1fr; }"

    def __init__(
        self,
        text: str = "",
        *,
        empty: str = "no text kept",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.text = text
        self.empty = empty
        self.view = Viewport()
        self._lines: list[str] = []

    def show(self, text: str) -> None:
        """Show another text, from its beginning."""
        if text != self.text:
            self.text = text
            self.view.top = 0
            self._wrap()
            self.refresh(layout=True)

    def copy_text(self) -> str:
        """Return the whole text."""
        return self.text

    def draw_line(self, y: int, width: int) -> Iterable[Piece]:
        """Return a line of text and the scroll thumb."""
        if not self.text:
            return ((" " + self.empty, self.palette["muted"]),) if y == 0 else ()
        index = self.view.top + y
        text = self._lines[index] if index < len(self._lines) else ""
        return ((" " + text, self.palette[""]),)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines of the wrapped text."""
        return max(len(wrap(self.text[:_LIMIT], max(width - 2, 1))), 1)

    def action_rows_down(self) -> None:
        """Scroll on by a line."""
        self._scroll(1)

    def action_rows_up(self) -> None:
        """Scroll back by a line."""
        self._scroll(-1)

    def action_rows_page_down(self) -> None:
        """Scroll on by a screenful."""
        self._scroll(self.view.height)

    def action_rows_page_up(self) -> None:
        """Scroll back by a screenful."""
        self._scroll(-self.view.height)

    def action_rows_top(self) -> None:
        """Scroll to the beginning."""
        self._scroll(-self.view.count)

    def action_rows_bottom(self) -> None:
        """Scroll to the end."""
        self._scroll(self.view.count)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on."""
        self._scroll(3)
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back."""
        self._scroll(-3)
        event.stop()

    def lay_out(self) -> None:
        """Wrap for the width."""
        self._wrap()

    def _wrap(self) -> None:
        self._lines = wrap(self.text[:_LIMIT], max(self.size.width - 2, 1))
        if len(self.text) > _LIMIT:
            self._lines.append(f"… {len(self.text) - _LIMIT:,} more characters; y copies all")
        self.view.resize(len(self._lines), self.size.height)

    def _scroll(self, lines: int) -> None:
        top = self.view.top
        self.view.scroll_by(lines)
        if self.view.top != top:
            self.refresh()
