"""A box with a context: its attributes line by line, to change, add, remove, and keep under a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from costtui.attribution.named import named_context
from costtui.ui.screens.box import Box
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.context_form import PROMPT, Kinds, changed, rows
from costtui.view.table import Cell, Row

_COMMANDS = {
    "add": "add an attribute",
    "keep": "save",
    "copy": "save under another name",
    "rename": "rename",
    "drop": "delete",
}


@dataclass(frozen=True, slots=True)
class Edited:
    """What the user wants: keep a context under a name, or forget it."""

    name: str
    kinds: Mapping[str, Mapping[str, Any]] | None
    """None: forget it."""
    instead_of: str = ""
    """The name that it had, where that is to be forgotten."""


class ContextBox(Box[Edited | None]):
    """Returns what is to be done with the context, or None when the user leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("delete,backspace", "remove", "remove the attribute"),
        Binding("q", "leave", "back"),
    ]
    DEFAULT_CSS = """
    ContextBox .box { width: 92; }
    """

    def __init__(self, name: str, kinds: Mapping[str, Mapping[str, Any]], *, own: bool) -> None:
        """``own``: the context is the user's, and can be renamed and deleted; else it is in the box."""
        super().__init__()
        self._saved_as = name
        self._own = own
        self._kinds: Kinds = {kind: dict(inner) for kind, inner in kinds.items()}
        self._typing = ""
        """What the line is for: ``line``, ``copy`` or ``rename``; empty: nothing is typed."""
        self._line = ""
        """The line that is being changed."""
        self._sure = False

    def compose(self) -> ComposeResult:
        """Attributes, what can be done, and a line to type in."""
        table = LiveTable([Column("path", "", 26), Column("value", "")], id="attributes")
        table.header_lines = 0
        with Vertical(classes="box") as box:
            box.border_title = Content(f"context {self._saved_as}")
            box.border_subtitle = "⏎ change or do   delete remove   esc back"
            yield table
            yield Input(placeholder=PROMPT, compact=True, select_on_focus=False, disabled=True)
            yield Static("", classes="problem", markup=False)

    def on_mount(self) -> None:
        """Show the attributes."""
        table = self.query_one(LiveTable)
        table.styles.max_height = "70vh"
        self._show()
        table.focus()

    def action_remove(self) -> None:
        """Remove the attribute under the cursor."""
        table = self.query_one(LiveTable)
        key = table.cursor_key or ""
        if table.has_focus and key not in _COMMANDS:
            self._change(key.partition("=")[0] + "=")

    def action_leave(self) -> None:
        """Leave without changing anything."""
        self.dismiss(None)

    @on(LiveTable.RowOpened)
    def _opened(self, event: LiveTable.RowOpened) -> None:
        event.stop()
        match event.key:
            case "add":
                self._type("line", "")
            case "keep" if self._own:
                self._keep(self._saved_as)
            case "keep" | "copy":
                self._type("copy", self._saved_as if event.key == "copy" else f"my-{self._saved_as}")
            case "rename":
                self._type("rename", self._saved_as)
            case "drop":
                self._drop()
            case line:
                self._line = line
                self._type("line", line)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if self._typing == "line":
            self._change(text)
        else:
            self._keep(text, instead_of=self._saved_as if self._typing == "rename" else "")

    def _type(self, what: str, text: str) -> None:
        self._typing, self._sure = what, False
        if not text:
            self._line = ""
        line = self.query_one(Input)
        line.disabled = False
        line.placeholder = PROMPT if what == "line" else "name"
        line.value = text
        line.cursor_position = len(text)
        line.focus()
        self._tell("")

    def _change(self, text: str) -> None:
        try:
            kinds = changed(self._kinds, text)
            old = self._line.partition("=")[0].strip()
            if old and text.partition("=")[0].strip() != old:
                kinds = changed(kinds, f"{old} =")
        except ValueError as error:
            self._tell(str(error))
            return
        self._kinds, self._line = kinds, ""
        line = self.query_one(Input)
        line.value, line.disabled = "", True
        self._tell("")
        self._show()
        self.query_one(LiveTable).focus()

    def _keep(self, name: str, instead_of: str = "") -> None:
        try:
            named_context(name, self._kinds)
        except ValueError as error:
            self._tell(f"{name} {error}")
        else:
            self.dismiss(Edited(name, self._kinds, instead_of))

    def _drop(self) -> None:
        if self._sure:
            self.dismiss(Edited(self._saved_as, None))
        self._sure = True
        self._tell(f"⏎ again deletes {self._saved_as}")

    def _tell(self, text: str) -> None:
        self.query_one(".problem", Static).update(text)

    def _show(self) -> None:
        commands = [
            Row(key, {"path": Cell(text, tone="accent"), "value": Cell("")})
            for key, text in _COMMANDS.items()
            if self._own or key not in ("copy", "rename", "drop")
        ]
        table = self.query_one(LiveTable)
        found = [*rows(self._kinds), *commands]
        table.styles.height = len(found)
        table.show(found)
