"""A box with a question and a list of answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from costtui.ui.screens.box import Box
from costtui.ui.widgets.live_table import Cell, Column, LiveTable, Row


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: what is returned, what is read, and what it means."""

    key: str
    text: str
    help: str = ""


class Picker(Box[str | None]):
    """Returns the key of the answer, what was typed, or None when the user leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "dismiss", "back")]

    def __init__(
        self,
        title: str,
        answers: Sequence[Answer],
        *,
        chosen: str = "",
        typed: str = "",
        problem: Callable[[str], str] | None = None,
    ) -> None:
        """``chosen`` is the answer to begin at; ``typed`` is the prompt of a line to type another answer in; ``problem`` says what is wrong with it."""
        super().__init__()
        self._title = title
        self._answers = answers
        self._chosen = chosen
        self._typed = typed
        self._problem = problem

    def compose(self) -> ComposeResult:
        """Title, answers, and perhaps a line to type in."""
        width = max(len(answer.text) for answer in self._answers)
        table = LiveTable([Column("text", "", width), Column("help", "", 0)])
        table.header_lines = 0
        with Vertical(classes="box") as box:
            box.border_title = self._title
            yield table
            if self._typed:
                yield Input(placeholder=self._typed, compact=True)
                yield Static("", classes="problem", markup=False)

    def on_mount(self) -> None:
        """Show the answers."""
        table = self.query_one(LiveTable)
        table.styles.height = len(self._answers)
        table.styles.max_height = "70vh"
        table.show(
            [
                Row(
                    answer.key,
                    {"text": Cell(answer.text, tone="strong"), "help": Cell(answer.help, tone="muted")},
                )
                for answer in self._answers
            ]
        )
        table.focus()
        keys = [answer.key for answer in self._answers]
        self.call_after_refresh(table.move_to, keys.index(self._chosen) if self._chosen in keys else 0)

    @on(LiveTable.RowOpened)
    def _answer(self, event: LiveTable.RowOpened) -> None:
        event.stop()
        self.dismiss(event.key)

    @on(Input.Submitted)
    def _take_typed(self, event: Input.Submitted) -> None:
        event.stop()
        problem = self._problem(event.value) if self._problem else ""
        if problem:
            self.query_one(".problem", Static).update(problem)
        elif event.value:
            self.dismiss(event.value)
