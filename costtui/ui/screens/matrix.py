"""Contexts × AI Configs: what each is served, at a glance; on a second step a call for each."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import ComposeResult

from costtui.format import count, money
from costtui.ui import crash
from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.try_messages import Called, Counted, Looked
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.view.matrix import CALLED, SERVED, Grid, Matrix, records
from costtui.view.room import TryRequest
from costtui.view.snapshot import Page
from costtui.view.table import Cell, Row
from costtui.view.trial import Choices, Tally

if TYPE_CHECKING:
    from costtui.view.trial import Trial

Chosen = Callable[[str, str], None]
"""Takes the context and the AI Config of the cell that the user opens."""


class MatrixScreen(DrillScreen):
    """What would everybody get?"""

    AUTO_FOCUS = "#grid"
    filterable = False
    crumb = "matrix"

    DEFAULT_CSS = """
    MatrixScreen {
        #grid { height: 3; }
        #cells-panel { height: 1fr; }
    }
    """

    def __init__(self, trial: "Trial", choices: Choices, grid: Grid, chosen: Chosen) -> None:
        super().__init__()
        self._trial = trial
        self._choices = choices
        self._grid = grid
        self._chosen = chosen
        self._matrix: Matrix | None = None
        self._progress = ""
        self._armed = False
        self._stopped: threading.Event | None = None

    def compose_page(self) -> ComposeResult:
        """Figures, what is crossed, and the cells."""
        yield Headline()
        table = LiveTable((Column("label", "", 14), Column("value", "")), id="grid")
        table.header_lines = 0
        yield table
        with Panel("what each is served", id="cells-panel"):
            yield LiveTable(columns(SERVED), id="served", empty="looking what would be served …")
            yield LiveTable(columns(CALLED), id="called")

    def request(self) -> TryRequest:
        """Ask for the budgets, so that the page follows the store like any other."""
        return TryRequest()

    def show(self, page: Page) -> None:
        """Look what is served when the page is first shown."""
        if self._matrix is None and not self._progress:
            self._look()
        self._draw()

    def export_rows(self) -> Sequence[dict[str, Any]]:
        """Return the cells."""
        return records(self._matrix.cells) if self._matrix is not None else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to cancel only while calls are made."""
        if action == "try_cancel":
            return self._stopped is not None
        return super().check_action(action, parameters)

    def action_try_cancel(self) -> None:
        """Cancel the calls that are not done."""
        if self._stopped is not None:
            self._stopped.set()

    @work(thread=True, exclusive=True, exit_on_error=False, group="look")
    def _look(self) -> None:
        grid = self._grid
        try:
            matrix = self._trial.grid(grid)
        except Exception as error:  # the page must not wait for ever
            crash.write_report(error)
            matrix = Matrix(problem=crash.summary(error))
        self.post_message(Looked(grid, matrix))

    @work(thread=True, exit_on_error=False, group="fire")
    def _call(self, stopped: threading.Event) -> None:
        try:
            matrix = self._trial.fire_grid(self._grid, stopped, self._count)
        except Exception as error:  # the page must not wait for ever
            crash.write_report(error)
            matrix = Matrix(problem=crash.summary(error))
        self.post_message(Called(matrix))

    def _count(self, tally: Tally) -> None:
        self.post_message(Counted(tally))

    @on(Looked)
    def _looked(self, message: Looked) -> None:
        message.stop()
        if message.grid == self._grid:
            self._matrix = message.matrix
            self._draw()

    @on(Counted)
    def _counted(self, message: Counted) -> None:
        message.stop()
        self._progress = message.tally.text()
        self._draw()

    @on(Called)
    def _called(self, message: Called) -> None:
        message.stop()
        self._matrix, self._stopped, self._progress = message.matrix, None, ""
        self._draw()
        self.monitor.show_hints(self)

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if event.rows.id != "grid":
            context, _, config = event.key.partition("\x1f")
            self.monitor.back()
            self._chosen(context, config)
        elif self._stopped is not None:
            return
        elif event.key == "fire":
            self._confirm()
        else:
            self._pick(event.key)

    def _confirm(self) -> None:
        """Ask once more before money is spent; then call."""
        if self._matrix is None or not self._matrix.callable:
            return
        self._armed = not self._armed
        if not self._armed:
            self._stopped = threading.Event()
            self._progress = "calling …"
            self._call(self._stopped)
            self.monitor.show_hints(self)
        self._draw()

    def _pick(self, what: str) -> None:
        from costtui.ui.screens.picker import Answer, Picker

        every = "every context that is listed" if what == "contexts" else "every AI Config"
        named = self._choices.contexts if what == "contexts" else self._choices.configs
        answers = [Answer("", "all", every), *(Answer(name, name, text) for name, text in named if name)]
        shown: tuple[str, ...] = getattr(self._grid, what)

        def take(answer: str | None) -> None:
            if answer is not None:
                words = tuple(answer.replace(",", " ").split())
                self._grid = replace(self._grid, **{what: words})  # type: ignore[arg-type]
                self._matrix, self._armed = None, False
                self._look()
                self._draw()

        self.app.push_screen(
            Picker(what, answers, chosen=" ".join(shown), typed="or several: premium-* trial"), take
        )

    def _draw(self) -> None:
        matrix = self._matrix or Matrix()
        made = any(cell.made for cell in matrix.cells)
        self.query_one(Headline).show(figures(matrix.headline()))
        self.query_one("#grid", LiveTable).show(self._rows())
        for name, shown in (("#served", not made), ("#called", made)):
            table = self.query_one(name, LiveTable)
            table.display = shown
            table.show(matrix.rows())
        panel = self.query_one("#cells-panel", Panel)
        panel.retitle("what each call took, and whether it counts" if made else "what each is served")

    def _rows(self) -> list[Row]:
        grid, (line, tone) = self._grid, self._fire_line()
        return [
            _row("contexts", "contexts", ", ".join(grid.contexts) or "all that are listed"),
            _row("configs", "AI Configs", ", ".join(grid.configs) or "all"),
            _row("fire", "", line, tone),
        ]

    def _fire_line(self) -> tuple[str, str]:
        matrix = self._matrix
        if self._stopped is not None:
            return f"{self._progress}   x cancels", "accent"
        if matrix is None:
            return "looking what would be served …", "muted"
        if matrix.problem or matrix.note:
            return matrix.problem or matrix.note, "error"
        if not matrix.callable:
            return matrix.cells[0].problem if matrix.cells else "nothing to call", "error"
        most = "cost unknown" if matrix.most_nano is None else f"at most {money(matrix.most_nano)}"
        calls = f"{count(len(matrix.callable))} calls, {most}"
        if self._armed:
            return f"⏎ again makes {calls}", "warn"
        return f"⏎ call them all: {calls}", "ok"


def _row(key: str, label: str, value: str, tone: str = "strong") -> Row:
    return Row(key, {"label": Cell(label, tone="muted"), "value": Cell(value, tone=tone)})
