"""Two runs side by side."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.facts import FactList
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.view.run_diff import PARTS, RunDiffPage, RunDiffRequest
from costtui.view.snapshot import Page


class RunDiffScreen(DrillScreen):
    """What one run did otherwise than another."""

    AUTO_FOCUS = "#parts"
    filterable = False

    DEFAULT_CSS = """
    RunDiffScreen {
        #parts-panel { height: 2fr; }
        #facts-panel { height: 1fr; min-height: 7; }
    }
    """

    def __init__(self, base: str, other: str) -> None:
        super().__init__(crumb=f"{other} against {base}")
        self._base, self._other = base, other

    def compose_page(self) -> ComposeResult:
        """Figures, nodes, and in what else the runs differ."""
        yield Headline()
        with Panel(f"A {self._base} · B {self._other}", id="parts-panel"):
            yield LiveTable(columns(PARTS), id="parts", empty="no steps and no calls recorded")
        with Panel("differences", id="facts-panel"):
            yield FactList()

    def request(self) -> RunDiffRequest:
        """Ask for both runs."""
        return RunDiffRequest(self._base, self._other)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, RunDiffPage)
        if page.missing:
            self.show_missing(page.missing)
            return
        self.query_one(Headline).show(figures(page.headline))
        self.query_one("#parts", LiveTable).show(page.table)
        self.query_one(FactList).show_sections(page.sections)

    @on(LiveTable.RowOpened, "#parts")
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, RunDiffPage):
            self.open(self.page.target(event.key))
