"""What stands on the terminal while the first page is imported: the frame, without anything to read yet."""

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from costtui.ui.widgets.breadcrumb import Breadcrumb
from costtui.ui.widgets.status_pill import Pill
from costtui.ui.widgets.top_line import Heading, TopLine


class OpeningScreen(Screen[None]):
    """The first paint; the first page takes its place at once."""

    def __init__(self, heading: Heading, tabs: Iterable[tuple[str, str, str]], place: str) -> None:
        super().__init__()
        self._heading, self._tabs, self._place = heading, tuple(tabs), place

    def compose(self) -> ComposeResult:
        """Frame nothing."""
        with Vertical(id="above"):
            yield TopLine()
            yield Breadcrumb()
        yield Static("reading …", id="absence", markup=False)

    def on_mount(self) -> None:
        """Say what is about to be shown."""
        self.query_one(TopLine).show(self._heading, Pill("READING", "", "muted"))
        self.query_one(Breadcrumb).show(self._tabs, self._place, ())
