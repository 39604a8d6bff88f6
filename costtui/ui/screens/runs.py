"""The table of runs."""

from dataclasses import replace

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.runs import PLAIN, TABLE, RunsPage, RunsRequest
from costtui.view.snapshot import Page


class RunsScreen(DrillScreen):
    """Which execution cost what, and which one is at it now."""

    def __init__(self, *, scope: str = "") -> None:
        """Show only runs of a scope (a filter that the user cannot clear), as a detail of another page."""
        super().__init__(crumb=scope)
        self._scope = scope
        self._marked: str | None = None

    def compose_page(self) -> ComposeResult:
        """One table; those at work come first unless it is ordered otherwise."""
        yield LiveTable(columns(PLAIN), id="runs")

    def request(self) -> RunsRequest:
        """Ask for the runs that the filter lets through."""
        return RunsRequest(f"{self._scope} {self.filter.text}".strip())

    def show(self, page: Page) -> None:
        """Show the rows."""
        assert isinstance(page, RunsPage)
        table = self.query_one(LiveTable)
        table.empty = page.empty
        table.show_columns(columns(TABLE if page.over_issues else PLAIN))
        table.show([replace(row, tone="accent") if row.key == self._marked else row for row in page.table])
        self.tell_count(len(page.table), page.total)

    def action_compare_versus(self) -> None:
        """Mark the run under the cursor, or set it against the marked one."""
        key = self.query_one(LiveTable).cursor_key
        if key is None or not isinstance(self.page, RunsPage):
            return
        if self._marked is None or self._marked == key:
            self._marked = key if self._marked is None else None
            self.show(self.page)
            words = "v on another run shows the difference" if self._marked else "not marked any more"
            self.monitor.tell(f"{key}: {words}")
            return
        from costtui.ui.screens.run_diff import RunDiffScreen

        self.monitor.push_screen(RunDiffScreen(self._marked, key))

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, RunsPage):
            self.open(self.page.target(event.key))
