"""The table of nodes."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.nodes import TABLE, NodesPage, NodesRequest
from costtui.view.snapshot import Page


class NodesScreen(DrillScreen):
    """Which step costs, and which one waits."""

    def compose_page(self) -> ComposeResult:
        """One table."""
        yield LiveTable(columns(TABLE), sort="cost", id="nodes")

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

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, NodesPage):
            self.open(self.page.target(event.key))
