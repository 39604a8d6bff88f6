"""The metric events of experiments, by cause."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.text_view import TextView
from costtui.view.attribution import TABLE, AttributionPage, AttributionRequest
from costtui.view.snapshot import Page


class AttributionScreen(DrillScreen):
    """Why an experiment is empty, worst cause first."""

    AUTO_FOCUS = "#causes"
    DEFAULT_CSS = """
    AttributionScreen {
        #causes { height: auto; max-height: 60%; }
        #cause { height: 1fr; margin-top: 1; }
        &.-short #cause { margin-top: 0; }
        &.-empty #causes { height: 1fr; max-height: 100%; }
        &.-empty #cause { display: none; }
    }
    """

    def compose_page(self) -> ComposeResult:
        """Figures, causes, and in full the one under the cursor."""
        yield Headline()
        yield LiveTable(columns(TABLE), id="causes")
        with Panel("why, and what to change", id="cause"):
            yield TextView()

    def request(self) -> AttributionRequest:
        """Ask for the causes that the filter lets through."""
        return AttributionRequest(self.filter.text)

    def show(self, page: Page) -> None:
        """Show the rows."""
        assert isinstance(page, AttributionPage)
        headline = self.query_one(Headline)
        headline.display = bool(page.headline)
        headline.show(figures(page.headline))
        table = self.query_one(LiveTable)
        table.empty = page.empty
        table.show(page.table)
        self.tell_count(len(page.table), page.total)
        self.set_class(not page.table, "-empty")
        self._show_cause()

    @on(LiveTable.RowHighlighted)
    def _show_cause(self) -> None:
        if isinstance(self.page, AttributionPage):
            self.query_one(TextView).show(self.page.in_full(self.query_one(LiveTable).cursor_key))

    def action_experiment_show(self) -> None:
        """Show what the variations of the experiment cost and achieve."""
        from costtui.ui.screens.experiment import ExperimentScreen

        self.monitor.push_screen(ExperimentScreen())

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, AttributionPage):
            self.open(self.page.target(event.key))
