"""The leads that cost most."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.leads import TABLE, LeadsPage, LeadsRequest
from costtui.view.snapshot import Page


class LeadsScreen(DrillScreen):
    """For whom the money is spent."""

    AUTO_FOCUS = "#leads"
    crumb = "leads"
    filterable = False

    def __init__(self) -> None:
        super().__init__()
        self._request = LeadsRequest()

    def compose_page(self) -> ComposeResult:
        """Figures and one table."""
        yield Headline()
        yield LiveTable(columns(TABLE), sort="cost", id="leads")

    def request(self) -> LeadsRequest:
        """Ask for the leads; the same request again, which remembers what it read."""
        return self._request

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, LeadsPage)
        self.query_one(Headline).show(figures(page.headline))
        table = self.query_one(LiveTable)
        table.empty = page.empty
        table.show(page.table)

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, LeadsPage):
            self.open(self.page.target(event.key))
