"""The table of runs."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.runs import TABLE, RunsPage, RunsRequest
from costtui.view.snapshot import Page


class RunsScreen(DrillScreen):
    """Which execution cost what, and which one is at it now."""

    def __init__(self, *, scope: str = "") -> None:
        """Show only runs of a scope (a filter that the user cannot clear), as a detail of another page."""
        super().__init__(crumb=scope)
        self._scope = scope

    def compose_page(self) -> ComposeResult:
        """One table; those at work come first unless it is ordered otherwise."""
        yield LiveTable(columns(TABLE), id="runs")

    def request(self) -> RunsRequest:
        """Ask for the runs that the filter lets through."""
        return RunsRequest(f"{self._scope} {self.filter.text}".strip())

    def show(self, page: Page) -> None:
        """Show the rows."""
        assert isinstance(page, RunsPage)
        table = self.query_one(LiveTable)
        table.empty = page.empty
        table.show(page.table)
        self.tell_count(len(page.table), page.total)

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, RunsPage):
            self.open(self.page.target(event.key))
