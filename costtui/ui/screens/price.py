"""A box with a line to type the price of a model in."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from costtui.ui.screens.box import Box
from costtui.view.typed_price import PROMPT, typed_price


class PriceBox(Box[str | None]):
    """Returns the price as it was typed, which can be read, or None when the user leaves."""

    def __init__(self, model: str) -> None:
        super().__init__()
        self._model = model

    def compose(self) -> ComposeResult:
        """Whose price it is, and a line that begins empty: a price is never guessed."""
        with Vertical(classes="box") as box:
            box.border_title = Content(f"price of {self._model}")
            yield Input(placeholder=PROMPT, compact=True)
            yield Static("", classes="problem", markup=False)

    @on(Input.Submitted)
    def _take_typed(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            typed_price(event.value)
        except ValueError as error:
            self.query_one(".problem", Static).update(str(error))
        else:
            self.dismiss(event.value)
