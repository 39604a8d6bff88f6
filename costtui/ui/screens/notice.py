"""A box with a text to read."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content

from costtui.ui.screens.box import Box
from costtui.ui.widgets.text_view import TextView


class Notice(Box[None]):
    """Shows a text until the user leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,enter", "dismiss", "back")]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """Title and text."""
        with Vertical(classes="box") as box:
            box.border_title = Content(self._title)
            yield TextView(self._text)
