"""The cost of one run as a tree."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.view.run_costs import PARTS, RunCostsPage, RunCostsRequest
from costtui.view.snapshot import Page


class RunCostsScreen(DrillScreen):
    """Node by node, call by call, token kind by token kind; Enter on a node lists its calls, or hides them."""

    crumb = "costs"
    filterable = False

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self._run_id = run_id
        self._opened: frozenset[str] = frozenset()

    def compose_page(self) -> ComposeResult:
        """One tree."""
        with Panel("cost", id="parts-panel"):
            yield LiveTable(columns(PARTS), id="parts", empty="no calls recorded")

    def request(self) -> RunCostsRequest:
        """Ask for the tree with the calls of the opened nodes."""
        return RunCostsRequest(self._run_id, self._opened)

    def show(self, page: Page) -> None:
        """Show the tree."""
        assert isinstance(page, RunCostsPage)
        self.query_one(Panel).retitle(page.title)
        self.query_one(LiveTable).show(page.table)

    @on(LiveTable.RowOpened)
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if not isinstance(self.page, RunCostsPage):
            return
        target = self.page.target(event.key)
        kind, _, node = event.key.partition(":")
        if target is not None:
            self.open(target)
        elif kind == "node":
            self._opened ^= {node}
            self.request_changed()
