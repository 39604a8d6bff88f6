"""The filter: typed live, always visible while it hides something."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static


class FilterBar(Horizontal):
    """A line to type a filter in, with how many rows it lets through; hidden while there is none."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1; display: none; background: $panel;
        &.-shown { display: block; }
        & > #filter-mark { width: 3; color: $accent; text-style: bold; padding: 0 1; }
        & > Input { width: 1fr; border: none; height: 1; padding: 0; background: transparent; }
        & > #filter-count { width: auto; color: $foreground 70%; padding: 0 1; }
    }
    """

    class FilterChanged(Message):
        """The user typed another filter."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class FilterLeft(Message):
        """The user is done with typing."""

    def compose(self) -> ComposeResult:
        """Mark, text, count."""
        yield Static("/", id="filter-mark", markup=False)
        yield Input(placeholder="words, node:extract, !status:ok, cost>0.01", id="filter-text", compact=True)
        yield Static("", id="filter-count", markup=False)

    @property
    def text(self) -> str:
        """The filter as typed."""
        return self.query_one(Input).value

    @property
    def editing(self) -> bool:
        """Whether keys go into the filter."""
        return self.query_one(Input).has_focus

    def edit(self) -> None:
        """Open the line for typing."""
        self.add_class("-shown")
        self.query_one(Input).focus()

    def set_text(self, text: str) -> None:
        """Take another filter; an empty one hides the line."""
        self.query_one(Input).value = text
        self.set_class(bool(text) or self.editing, "-shown")

    def tell_count(self, shown: int, total: int) -> None:
        """Say how many rows the filter lets through."""
        words = f"{shown:,} of {total:,} · esc clears" if self.text else ""
        self.query_one("#filter-count", Static).update(Content(words))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the filter on while it is typed."""
        event.stop()
        self.post_message(self.FilterChanged(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go back to the rows; the filter stays."""
        event.stop()
        self.set_class(bool(event.value), "-shown")
        self.post_message(self.FilterLeft())
