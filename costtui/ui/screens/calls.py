"""The table of calls, following the newest."""

from textual import on
from textual.app import ComposeResult

from costtui.reading import CallOrder
from costtui.ui.screens.drawn import columns
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.call_table import TABLE, model_of
from costtui.view.calls import CallsPage, CallsRequest
from costtui.view.snapshot import Page

_ORDERS: dict[str | None, CallOrder] = {"cost": "cost", "latency": "latency"}


class CallsScreen(DrillScreen):
    """What just happened; ordered by cost or latency, the largest of all calls."""

    def __init__(self, *, scope: str = "", between: tuple[int, int] | None = None, title: str = "") -> None:
        """Show only calls of a scope (a filter that the user cannot clear), as a detail of another page.

        Where they are those ``between`` two instants, the window has no say.
        """
        super().__init__(crumb=title or scope)
        self._scope = scope
        self._between = between
        self._order: CallOrder = "newest"

    def compose_page(self) -> ComposeResult:
        """One table."""
        yield LiveTable(columns(TABLE), follow=True, id="calls")

    def model_at_hand(self) -> tuple[str, str] | None:
        """Return the model of the call under the cursor."""
        table = self.table
        if table is None or not isinstance(self.page, CallsPage):
            return None
        return model_of(self.page.items, table.cursor_key)

    def request(self) -> CallsRequest:
        """Ask the store for the calls that the filter lets through, in the order of the table."""
        where = f"{self._scope} {self.filter.text}".strip()
        return CallsRequest(where, self._order, between=self._between)

    def show(self, page: Page) -> None:
        """Show the rows."""
        assert isinstance(page, CallsPage)
        table = self.query_one(LiveTable)
        table.empty = page.empty
        table.show(page.table)
        self.tell_count(len(page.table), page.total)

    @on(LiveTable.SortChanged)
    def _sort_changed(self, event: LiveTable.SortChanged) -> None:
        order = _ORDERS.get(event.column, "newest") if event.descending else "newest"
        if order != self._order:
            self._order = order
            self.request_changed()

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, CallsPage):
            self.open(self.page.target(event.key))
