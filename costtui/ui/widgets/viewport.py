"""Which rows of a list are on screen and which one the cursor is on."""

from dataclasses import dataclass


@dataclass(slots=True)
class Viewport:
    """A cursor and a first visible line that always lie within the list."""

    count: int = 0
    height: int = 1
    """Rows that fit on screen."""
    top: int = 0
    cursor: int = 0

    def resize(self, count: int, height: int) -> None:
        """Take a new number of rows and of lines, keeping cursor and top where they can stay."""
        self.count, self.height = max(count, 0), max(height, 1)
        self.cursor = min(max(self.cursor, 0), max(self.count - 1, 0))
        self.top = min(max(self.top, 0), self.last_top)

    @property
    def last_top(self) -> int:
        """The largest first line that leaves no blank line at the end."""
        return max(self.count - self.height, 0)

    @property
    def cursor_visible(self) -> bool:
        """Whether the cursor's row is on screen."""
        return self.top <= self.cursor < self.top + self.height

    def move_to(self, row: int) -> None:
        """Put the cursor on a row and scroll as little as that needs."""
        self.cursor = min(max(row, 0), max(self.count - 1, 0))
        self.show_cursor()

    def show_cursor(self) -> None:
        """Scroll as little as it needs to see the cursor."""
        if self.cursor < self.top:
            self.top = self.cursor
        elif self.cursor >= self.top + self.height:
            self.top = self.cursor - self.height + 1
        self.top = min(max(self.top, 0), self.last_top)

    def scroll_by(self, rows: int) -> None:
        """Scroll without moving the cursor."""
        self.top = min(max(self.top + rows, 0), self.last_top)

    def thumb(self) -> tuple[int, int] | None:
        """Return first line and length of the scroll thumb, None where everything fits."""
        if self.count <= self.height:
            return None
        length = max(1, self.height * self.height // self.count)
        room = self.height - length
        return round(room * self.top / self.last_top), length
