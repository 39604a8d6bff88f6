"""Rows with a cursor: moving, scrolling, clicking and opening, whatever a row looks like."""

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from costtui.ui.actions import bindings
from costtui.ui.widgets.canvas import Canvas, Piece, segments, strip
from costtui.ui.widgets.fit import wrap
from costtui.ui.widgets.viewport import Viewport

_MARGIN = 2
"""Cells at the right edge: a blank and the scroll thumb."""


class PickList(Canvas, can_focus=True):
    """Draws rows, each known by a key; a subclass gives ``draw_row``."""

    BINDINGS = bindings("rows")
    DEFAULT_CSS = "PickList { height: 1fr; }"

    header_lines = 0
    row_lines = 1

    class RowMessage(Message):
        """Something happened to a row."""

        def __init__(self, rows: "PickList", key: str) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> "PickList":
            """The list that the row is in."""
            return self.rows

    class RowOpened(RowMessage):
        """The user wants to see what is behind a row."""

    class RowHighlighted(RowMessage):
        """The cursor is on another row."""

    def __init__(
        self, *, empty: str = "nothing yet", id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.empty = empty
        self.view = Viewport()
        self._keys: Sequence[str] = ()
        self._highlighted: str | None = None

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor, None without rows."""
        return self._keys[self.view.cursor] if self._keys else None

    def draw_row(self, index: int, line: int, width: int) -> Iterable[Piece]:
        """Return the pieces of one line of a row."""
        raise NotImplementedError

    def draw_header(self, width: int) -> Iterable[Piece]:
        """Return the pieces of the line above the rows."""
        return ()

    def copy_text(self) -> str:
        """Return the row under the cursor as text, for the clipboard."""
        return self.cursor_key or ""

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, as the user does."""
        top, cursor = self.view.top, self.view.cursor
        self.view.move_to(row)
        if self.view.top != top:
            self.refresh()
        elif self.view.cursor != cursor:
            self.refresh_rows(cursor, self.view.cursor)
        self._tell_highlighted()

    def refresh_rows(self, *rows: int) -> None:
        """Repaint some rows, where they are on screen."""
        first = self.gutter.top + self.header_lines
        self.refresh(
            *(
                Region(
                    0, first + (row - self.view.top) * self.row_lines, self.outer_size.width, self.row_lines
                )
                for row in rows
                if self.view.top <= row < self.view.top + self.view.height
            )
        )

    def fit_view(self) -> None:
        """Let the view take the number of rows and of lines that there are now."""
        lines = self.size.height - self.header_lines
        self.view.resize(len(self._keys), lines // self.row_lines)

    def render_line(self, y: int) -> Strip:
        """Draw the header, a row, or why there is none."""
        width = self.size.width
        if y < self.header_lines:
            return strip(self.draw_header(width - _MARGIN), width, self.ground)
        y -= self.header_lines
        if not self._keys:
            return strip(self._draw_empty(y), width, self.ground)
        index = self.view.top + y // self.row_lines
        ground = self._row_ground(index)
        pieces: list[Piece] = []
        if index < len(self._keys):
            mark = "▌" if index == self.view.cursor else " "
            pieces = [
                (mark, self.palette["primary"]),
                *self.draw_row(index, y % self.row_lines, width - 1 - _MARGIN),
            ]
        thumb = Segment(self._thumb_at(y), self.ground + self.palette["faint"])
        return Strip([*segments(pieces, width - 1, ground), thumb], width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines that all rows take, or the words for no rows."""
        rows = len(self._keys) * self.row_lines
        return self.header_lines + (rows or len(wrap(self.empty, width - 2)))

    def action_rows_down(self) -> None:
        """Move to the next row."""
        self.move_to(self.view.cursor + 1)

    def action_rows_up(self) -> None:
        """Move to the previous row."""
        self.move_to(self.view.cursor - 1)

    def action_rows_page_down(self) -> None:
        """Move on by a screenful."""
        self.move_to(self.view.cursor + self.view.height)

    def action_rows_page_up(self) -> None:
        """Move back by a screenful."""
        self.move_to(self.view.cursor - self.view.height)

    def action_rows_top(self) -> None:
        """Move to the first row."""
        self.move_to(0)

    def action_rows_bottom(self) -> None:
        """Move to the last row."""
        self.move_to(len(self._keys) - 1)

    def action_rows_open(self) -> None:
        """Open the row under the cursor."""
        if (key := self.cursor_key) is not None:
            self.post_message(self.RowOpened(self, key))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to a row; open it where the cursor was on it."""
        line = event.get_content_offset_capture(self).y - self.header_lines
        row = self.view.top + line // self.row_lines
        if line < 0 or row >= len(self._keys):
            return
        opens = row == self.view.cursor
        self.move_to(row)
        if opens:
            self.action_rows_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll on without moving the cursor."""
        self._wheel(event, 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll back without moving the cursor."""
        self._wheel(event, -3)

    def lay_out(self) -> None:
        """Fit the rows into the size, with the cursor on screen if it was."""
        visible = self.view.cursor_visible
        self.fit_view()
        if visible:
            self.view.show_cursor()

    def _wheel(self, event: events.MouseEvent, rows: int) -> None:
        top = self.view.top
        self.view.scroll_by(rows)
        if self.view.top != top:
            event.stop()
            self.refresh()

    def _tell_highlighted(self) -> None:
        key = self.cursor_key
        if key is not None and key != self._highlighted:
            self.post_message(self.RowHighlighted(self, key))
        self._highlighted = key

    def _row_ground(self, index: int) -> Style:
        plain = self.ground
        if index != self.view.cursor:
            return plain
        return plain + (self.palette.cursor if self.has_focus else self.palette.resting)

    def _thumb_at(self, y: int) -> str:
        thumb = self.view.thumb()
        line = y // self.row_lines
        return "▐" if thumb and thumb[0] <= line < thumb[0] + thumb[1] else " "

    def _draw_empty(self, y: int) -> Iterable[Piece]:
        lines = wrap(self.empty, self.size.width - 2)
        return ((" " + lines[y], self.palette["muted"]),) if y < len(lines) else ()
