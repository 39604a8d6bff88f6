"""The alerts under way, over any page."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.text_view import TextView
from costtui.view.alerts import TABLE, AlertsPage, AlertsRequest
from costtui.view.snapshot import Page
from costtui.window import WINDOWS


class AlertsScreen(DrillScreen):
    """What is wrong now; Enter leads to the cause."""

    AUTO_FOCUS = "#alerts"
    crumb = "alerts"

    DEFAULT_CSS = """
    AlertsScreen {
        #alerts { height: 1fr; }
        #full { height: 5; }
    }
    """

    def compose_page(self) -> ComposeResult:
        """The table, and the whole sentence of the alert under the cursor."""
        yield LiveTable(columns(TABLE), id="alerts")
        with Panel("in full", id="full"):
            yield TextView(empty="no alert")

    def request(self) -> AlertsRequest:
        """Ask for the alerts that the filter lets through."""
        return AlertsRequest(self.filter.text)

    def show(self, page: Page) -> None:
        """Show the rows."""
        assert isinstance(page, AlertsPage)
        table = self.query_one(LiveTable)
        table.empty = page.empty
        table.show(page.table)
        self.tell_count(len(page.table), page.total)
        self._show_message()

    def action_alert_list(self) -> None:
        """Leave the alerts again."""
        self.monitor.back()

    @on(LiveTable.RowHighlighted)
    def _show_message(self) -> None:
        if isinstance(self.page, AlertsPage):
            self.query_one(TextView).show(self.page.in_full(self.query_one(LiveTable).cursor_key))

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, AlertsPage):
            self._widen(self.page.window(event.key))
            self.open(self.page.target(event.key))

    def _widen(self, name: str) -> None:
        """Show at least the time that the alert is about: its cause could be out of view."""
        length = self.monitor.window.length_us
        wanted = next((window for window in WINDOWS if window.name == name), None)
        if wanted is not None and wanted.length_us and length is not None and length < wanted.length_us:
            self.monitor.set_window(wanted)
            self.monitor.tell(f"window: {wanted.title}, which the alert is about")
