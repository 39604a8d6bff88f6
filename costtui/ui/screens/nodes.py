"""The table of nodes."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns, money_chart
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.line_chart import LineChart
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.view.nodes import TABLE, NodesPage, NodesRequest
from costtui.view.snapshot import Page


class NodesScreen(DrillScreen):
    """Which step costs, and which one waits."""

    DEFAULT_CSS = """
    NodesScreen {
        #nodes { height: auto; max-height: 60%; }
        #trend { height: 1fr; max-height: 30; margin-top: 1; }
        &.-short #nodes { height: 1fr; max-height: 100%; }
        &.-short #trend { display: none; }
    }
    """

    def compose_page(self) -> ComposeResult:
        """The table, and where there is room the trend of the node under the cursor."""
        yield LiveTable(columns(TABLE), sort="cost", id="nodes")
        with Panel("cost", id="trend"):
            yield LineChart()

    def request(self) -> NodesRequest:
        """Ask for the nodes that the filter lets through."""
        return NodesRequest(self.filter.text)

    def show(self, page: Page) -> None:
        """Show the rows."""
        assert isinstance(page, NodesPage)
        table = self.query_one(LiveTable)
        table.empty = page.empty
        table.show(page.table)
        self.tell_count(len(page.table), page.total)
        self._show_trend()

    @on(LiveTable.RowHighlighted)
    def _show_trend(self) -> None:
        if isinstance(self.page, NodesPage):
            curve = self.page.spend(self.query_one(LiveTable).cursor_key)
            self.query_one("#trend", Panel).retitle(curve.title)
            self.query_one(LineChart).show(money_chart(curve, self.monitor.zone))

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, NodesPage):
            self.open(self.page.target(event.key))
