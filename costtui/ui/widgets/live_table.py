"""A table for rows that change all the time: cursor, order and scroll position hold still."""

from collections.abc import Iterable, Sequence

from textual import events
from textual.message import Message

from costtui.ui.widgets.canvas import Piece
from costtui.ui.widgets.columns import GAP, Column, Slot, fit_columns, sort_rows
from costtui.ui.widgets.fit import fit
from costtui.ui.widgets.pick_list import PickList
from costtui.view.table import Cell, Row

__all__ = ["Cell", "Column", "LiveTable", "Row"]

_BLANK = Cell("")
_GAP = " " * GAP


class LiveTable(PickList):
    """Shows rows in columns; only lines that changed are painted again.

    The cursor stays on its row, wherever that moves. At the first row it stays there, until the user moves it.
    A following table has its newest row last; moving up stops following, moving to the end resumes it.
    """

    header_lines = 1

    class SortChanged(Message):
        """The user ordered the rows by another column, or the other way round."""

        def __init__(self, table: "LiveTable", column: str | None, descending: bool) -> None:
            super().__init__()
            self.table = table
            self.column = column
            self.descending = descending

        @property
        def control(self) -> "LiveTable":
            """The table that was ordered."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        sort: str | None = None,
        descending: bool = True,
        follow: bool = False,
        empty: str = "nothing yet",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(empty=empty, id=id, classes=classes)
        self.columns = tuple(columns)
        self.sort = sort
        self.descending = descending
        self.follows = follow
        """Whether this table can follow its newest row."""
        self._natural = sort is None
        self._following = follow
        self._given: Sequence[Row] = ()
        self._rows: Sequence[Row] = ()
        self._slots: tuple[Slot, ...] = ()
        self._seen_last: str | None = None

    @property
    def following(self) -> bool:
        """Whether the newest row is kept in view."""
        return self._following

    @property
    def new_rows(self) -> int:
        """How many rows have come at the end since the user stopped following."""
        if self._following or not self.follows or self.sort is not None or self._seen_last is None:
            return 0
        keys = self._keys
        for back in range(len(keys)):
            if keys[-1 - back] == self._seen_last:
                return back
        return len(keys)

    def show(self, rows: Sequence[Row]) -> None:
        """Replace all rows; key, cursor and scroll position are kept."""
        self._given = rows
        self._arrange()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns of the same rows."""
        if tuple(columns) != self.columns:
            self.columns = tuple(columns)
            self.lay_out()
            self.refresh()

    def follow(self, on: bool) -> None:
        """Follow the newest row, or stop."""
        if not self.follows:
            return
        if on and self.sort is not None:
            self.sort_by(None, False)
        self._following = on
        self._seen_last = None if on or not self._keys else self._keys[-1]
        if on:
            super().move_to(len(self._keys) - 1)
        self.refresh()

    def sort_by(self, column: str | None, descending: bool) -> None:
        """Order by a column; None: in the order in which the rows are given."""
        self.sort, self.descending = column, descending
        if column is not None and self._following:
            self.follow(False)
        self._arrange()
        self.refresh()
        self.post_message(self.SortChanged(self, column, descending))

    def next_sort(self) -> None:
        """Order by the next column that is shown; after the last, as given (where that has a meaning)."""
        self.move_sort_marker(1)

    def reverse_sort(self) -> None:
        """Reverse the order."""
        if self.sort is not None:
            self.sort_by(self.sort, not self.descending)

    def move_sort_marker(self, step: int) -> None:
        """Order by the column a step to the right (or left), numbers from the largest, texts from A."""
        choices: list[str | None] = [
            slot.column.id for slot in self._slots or fit_columns(self.columns, 10_000)
        ]
        if self._natural:
            choices.append(None)
        here = choices.index(self.sort) if self.sort in choices else -1
        self._sort_fresh(choices[(here + step) % len(choices)])

    def row(self, key: str) -> Row | None:
        """Return the row of a key, None if it is not shown."""
        return next((row for row in self._rows if row.key == key), None)

    def copy_text(self) -> str:
        """Return the cells of the row under the cursor, separated by tabs."""
        if not self._rows:
            return ""
        cells = self._rows[self.view.cursor].cells
        return "\t".join(cells.get(column.id, _BLANK).text for column in self.columns)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, as the user does: following stops above the last row and resumes on it."""
        super().move_to(row)
        if self.follows and self.sort is None:
            last = self.view.cursor >= len(self._keys) - 1
            if last != self._following:
                self._following = last
                self._seen_last = None if last or not self._keys else self._keys[-1]
                self.refresh()

    def draw_header(self, width: int) -> Iterable[Piece]:
        """Return the titles, the one of the order marked."""
        muted, strong = self.palette["muted"], self.palette["primary"]
        yield " ", muted
        gap = ""
        for slot in self._slots:
            column = slot.column
            marked = column.id == self.sort
            title = column.title + (("▼" if self.descending else "▲") if marked else "")
            yield gap + fit(title, slot.width, column.align), strong if marked else muted
            gap = _GAP

    def draw_row(self, index: int, line: int, width: int) -> Iterable[Piece]:
        """Return the cells of a row."""
        if index == self._last_visible and (news := self.new_rows):
            return ((fit(f"↓ {news} new · G follows", width), self.palette["accent"]),)
        return self._draw_cells(self._rows[index])

    def on_click(self, event: events.Click) -> None:
        """Order by the column whose title was clicked, resume following, or open a row."""
        offset = event.get_content_offset_capture(self)
        if offset.y >= self.header_lines:
            if self.new_rows and offset.y - self.header_lines == self.view.height - 1:
                event.prevent_default()
                self.follow(True)
            return
        event.prevent_default()
        right = 1
        for slot in self._slots:
            right += slot.width + GAP
            if offset.x < right:
                if slot.column.id == self.sort:
                    self.reverse_sort()
                else:
                    self._sort_fresh(slot.column.id)
                return

    def lay_out(self) -> None:
        """Choose the columns that fit."""
        super().lay_out()
        self._slots = fit_columns(self.columns, max(self.size.width - 3, 1))

    @property
    def _last_visible(self) -> int:
        return self.view.top + self.view.height - 1

    def _draw_cells(self, row: Row) -> Iterable[Piece]:
        styles, cells = self.palette, row.cells
        gap = ""
        for slot in self._slots:
            cell = cells.get(slot.column.id, _BLANK)
            yield gap + fit(cell.text, slot.width, slot.column.align), styles[cell.tone or row.tone]
            gap = _GAP

    def _sort_fresh(self, column_id: str | None) -> None:
        numbers = any(column.id == column_id and column.align == "right" for column in self.columns)
        self.sort_by(column_id, numbers)

    def _arrange(self) -> None:
        """Order the rows given, put cursor and view where they were, and paint what changed."""
        old_rows, old_view, held = self._rows, (self.view.top, self.view.cursor), self._held_key()
        news = self.new_rows
        rows = sort_rows(self._given, self.sort, descending=self.descending) if self.sort else self._given
        self._rows, self._keys = rows, [row.key for row in rows]
        self._place_cursor(held)
        self._tell_highlighted()
        if len(rows) != len(old_rows) and self.styles.height is not None and self.styles.height.is_auto:
            self.refresh(layout=True)
        elif old_view[0] != self.view.top or bool(rows) != bool(old_rows) or news or self.new_rows:
            self.refresh()
        else:
            self._repaint(old_rows, old_view[1])

    def _held_key(self) -> str | None:
        """The key that the cursor holds on to, None where it stays at an end."""
        if self._following or not self._keys or (self.view.cursor == 0 and not self.follows):
            return None
        return self._keys[self.view.cursor]

    def _place_cursor(self, held: str | None) -> None:
        view = self.view
        visible, line = view.cursor_visible, view.cursor - view.top
        if held is not None and held in self._keys:
            view.cursor = self._keys.index(held)
        self.fit_view()
        if self._following:
            view.move_to(view.count - 1)
        elif held is not None and visible:
            if view.top:
                view.top = min(max(view.cursor - line, 0), view.last_top)
            view.show_cursor()

    def _repaint(self, old_rows: Sequence[Row], old_cursor: int) -> None:
        rows, view = self._rows, self.view
        changed = [
            index
            for index in range(view.top, min(view.top + view.height, max(len(rows), len(old_rows))))
            if index >= len(rows) or index >= len(old_rows) or rows[index] != old_rows[index]
        ]
        if old_cursor != view.cursor:
            changed += [old_cursor, view.cursor]
        if len(rows) != len(old_rows) and (max(len(rows), len(old_rows)) > view.height):
            self.refresh()  # the scroll thumb moves
        elif changed:
            self.refresh_rows(*changed)
