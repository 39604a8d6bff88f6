"""One budget: its state, who holds what, who spends it, and its past windows."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from costtui.ui.screens.drawn import columns, figures, gauge_states
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.gauge import BudgetGauge
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.pick_list import PickList
from costtui.view.budget import BudgetPage, BudgetRequest
from costtui.view.budget_tables import NODES, RESERVATIONS, RUNS, WINDOWS
from costtui.view.snapshot import Page
from costtui.view.target import Target


class BudgetScreen(DrillScreen):
    """How a budget stands, and who uses it up."""

    AUTO_FOCUS = "#gauge"
    filterable = False

    DEFAULT_CSS = """
    BudgetScreen {
        #budget { height: 3; }
        #upper, #lower { height: 1fr; }
        #upper > Panel, #lower > Panel { width: 1fr; }
        #windows-panel, #nodes-panel { margin-right: 1; }
        &.-narrow #upper, &.-narrow #lower { layout: vertical; }
        &.-narrow #windows-panel, &.-narrow #nodes-panel { margin-right: 0; }
        &.-short #body { overflow-y: auto; scrollbar-size-vertical: 1; }
        &.-short #upper, &.-short #lower { height: 9; }
        &.-short.-narrow #upper, &.-short.-narrow #lower { height: 16; }
    }
    """

    def __init__(self, key: str) -> None:
        super().__init__(crumb="budget " + key.split("\x1f")[0])
        self._key = key

    def compose_page(self) -> ComposeResult:
        """Figures and the gauge above; windows and reservations, nodes and runs below."""
        yield Headline()
        with Panel("budget", id="budget"):
            yield BudgetGauge(id="gauge")
        with Horizontal(id="upper"):
            with Panel("windows", id="windows-panel"):
                yield LiveTable(columns(WINDOWS), id="windows", empty="starts again with each run")
            with Panel("reserved", id="reserved-panel"):
                yield LiveTable(columns(RESERVATIONS), id="reserved", empty="no call is under way")
        with Horizontal(id="lower"):
            with Panel("nodes", id="nodes-panel"):
                yield LiveTable(columns(NODES), sort="cost", id="nodes", empty="no calls in this window")
            with Panel("runs", id="runs-panel"):
                yield LiveTable(columns(RUNS), sort="cost", id="runs", empty="no runs in this window")

    def request(self) -> BudgetRequest:
        """Ask for the budget."""
        return BudgetRequest(self._key)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, BudgetPage)
        if page.gauge is None:
            self.show_missing(page.missing)
            return
        self.query_one(Headline).show(figures(page.headline))
        self.query_one(BudgetGauge).show(gauge_states([page.gauge]))
        self.query_one("#windows", LiveTable).show(page.windows)
        self.query_one("#reserved", LiveTable).show(page.reservations)
        self.query_one("#nodes-panel", Panel).retitle(f"nodes by cost, {page.nodes_of}")
        self.query_one("#nodes", LiveTable).show(page.nodes)
        self.query_one("#runs-panel", Panel).retitle(f"runs by cost, {page.runs_of}")
        self.query_one("#runs", LiveTable).show(page.runs)

    @on(PickList.RowOpened)
    def _row_opened(self, event: PickList.RowOpened) -> None:
        page = self.page
        if not isinstance(page, BudgetPage) or page.gauge is None:
            return
        match event.rows.id:
            case "gauge":
                self.open(page.gauge.target)
            case "nodes":
                self.open(Target("node", event.key))
            case "runs" if event.key:
                self.open(Target("run", event.key))
