"""Every key, searchable, those that work here first."""

from collections.abc import Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from costtui.ui.keys import KeyHelp
from costtui.ui.screens.box import Box
from costtui.ui.widgets.live_table import Cell, Column, LiveTable, Row


class HelpScreen(Box[str | None]):
    """Returns the id of the action that the user chose, None when they leave."""

    DEFAULT_CSS = "HelpScreen #full { height: 2; padding: 0 1; color: $text-muted; }"

    def __init__(self, lines: Sequence[KeyHelp]) -> None:
        super().__init__()
        self._lines = sorted(lines, key=lambda line: not line.works_here)

    def compose(self) -> ComposeResult:
        """A line to search in, and the keys."""
        columns = [
            Column("keys", "keys", 12),
            Column("text", "action", 15),
            Column("help", "what it does", 0),
        ]
        with Vertical(classes="box tall") as box:
            box.border_title = "keys"
            yield Input(placeholder="search; enter does what is marked; esc closes", compact=True)
            yield LiveTable(columns, empty="no key is about that")
            yield Static("", id="full", markup=False)

    def on_mount(self) -> None:
        """Show all keys."""
        self._search("")

    def on_key(self, event: events.Key) -> None:
        """Move in the list while the search has the focus."""
        table = self.query_one(LiveTable)
        steps = {"down": 1, "up": -1, "pagedown": table.view.height, "pageup": -table.view.height}
        if event.key in steps:
            event.stop()
            table.move_to(table.view.cursor + steps[event.key])

    @on(Input.Changed)
    def _search_changed(self, event: Input.Changed) -> None:
        self._search(event.value)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.dismiss(self.query_one(LiveTable).cursor_key)

    @on(LiveTable.RowHighlighted)
    def _marked(self, event: LiveTable.RowHighlighted) -> None:
        event.stop()
        self.query_one("#full", Static).update(
            next(_words(line) for line in self._lines if line.id == event.key)
        )

    @on(LiveTable.RowOpened)
    def _opened(self, event: LiveTable.RowOpened) -> None:
        event.stop()
        self.dismiss(event.key)

    def _search(self, words: str) -> None:
        wanted = words.casefold().split()
        self.query_one(LiveTable).show(
            [
                _row(line)
                for line in self._lines
                if all(
                    word in f"{line.keys} {line.text} {line.help} {line.group}".casefold() for word in wanted
                )
            ]
        )


def _words(line: KeyHelp) -> str:
    return line.help if line.works_here else f"(elsewhere) {line.help}"


def _row(line: KeyHelp) -> Row:
    cells = {
        "keys": Cell(line.keys, tone="accent" if line.works_here else "muted"),
        "text": Cell(line.text, tone="strong" if line.works_here else "muted"),
        "help": Cell(_words(line)),
    }
    return Row(line.id, cells, "" if line.works_here else "muted")
