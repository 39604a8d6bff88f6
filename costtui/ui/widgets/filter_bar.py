"""The filter: typed live, always visible while it hides something."""

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

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        """The filter as typed."""

    @property
    def editing(self) -> bool:
        """Whether keys go into the filter."""
        return isinstance(self.screen.focused, Input) and self.screen.focused in self.children

    async def edit(self) -> None:
        """Open the line for typing; its parts are made when it is first needed."""
        if not self.children:
            hint = "words, node:extract, !status:ok, cost>0.01"
            await self.mount(
                Static("/", id="filter-mark", markup=False),
                Input(placeholder=hint, compact=True),
                Static("", id="filter-count", markup=False),
            )
        self.add_class("-shown")
        # At once: what is typed right behind the key is the filter, not commands.
        self.screen.set_focus(self.query_one(Input))

    def clear(self) -> None:
        """Drop the filter and hide the line."""
        self.remove_class("-shown")
        for field in self.query(Input):
            field.value = ""

    def tell_count(self, shown: int, total: int) -> None:
        """Say how many rows the filter lets through."""
        for count in self.query("#filter-count").results(Static):
            count.update(Content(f"{shown:,} of {total:,} · esc clears" if self.text else ""))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the filter on while it is typed."""
        event.stop()
        if event.value != self.text:
            self.text = event.value
            self.post_message(self.FilterChanged(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go back to the rows; the filter stays."""
        event.stop()
        self.set_class(bool(event.value), "-shown")
        self.post_message(self.FilterLeft())
