"""The overview: budgets, spend, top nodes, runs, and what is wrong."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from costtui.ui.screens.drawn import columns, figures, gauge_states, money_chart
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.gauge import BudgetGauge
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.line_chart import LineChart
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.pick_list import PickList
from costtui.view import trouble
from costtui.view.overview import NODES, RUNS, OverviewPage, OverviewRequest
from costtui.view.snapshot import Page
from costtui.view.target import Target

MOST_GAUGES = 3
"""Budgets in view at once; more are reached by scrolling."""


class OverviewScreen(DrillScreen):
    """Am I fine, and if not, where to look."""

    AUTO_FOCUS = "#nodes"
    filterable = False

    DEFAULT_CSS = """
    OverviewScreen {
        #budgets { height: 3; }
        #middle { height: 3fr; }
        #lower { height: 2fr; }
        #middle > Panel, #lower > Panel { width: 1fr; }
        #spend { margin-right: 1; }
        #runs-panel { margin-right: 1; }
        &.-narrow #middle { layout: vertical; }
        &.-narrow #middle > Panel { width: 1fr; }
        &.-narrow #spend { margin-right: 0; }
        &.-narrow #nodes-panel { height: 5fr; }
        &.-narrow #spend { height: 4fr; }
        &.-narrow #lower { layout: vertical; }
        &.-narrow #runs-panel { margin-right: 0; }
        &.-medium #spend { width: 4fr; }
        &.-medium #nodes-panel { width: 5fr; }
        &.-short #body { overflow-y: auto; scrollbar-size-vertical: 1; }
        &.-short #middle { height: 1fr; min-height: 14; }
        &.-short #lower { height: 9; }
        &.-short.-narrow #lower { height: 18; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._wants_worst = False

    def compose_page(self) -> ComposeResult:
        """Figures and budgets above; chart, nodes, runs and troubles below."""
        yield Headline()
        with Panel("budgets", id="budgets"):
            yield BudgetGauge(
                id="gauges", empty="none yet: set COST_BUDGET_MAX, or [[budgets]] in the settings"
            )
        with Horizontal(id="middle"):
            with Panel("spend", id="spend"):
                yield LineChart()
            with Panel("nodes by cost", id="nodes-panel"):
                yield LiveTable(
                    columns(NODES),
                    sort="cost",
                    id="nodes",
                    empty="no calls in this window\npress ] for a wider one",
                )
        with Horizontal(id="lower"):
            with Panel("runs", id="runs-panel"):
                yield LiveTable(columns(RUNS), id="runs", empty="no runs in this window")
            with Panel("alerts and errors", id="troubles-panel"):
                yield LiveTable(columns(trouble.TABLE), id="troubles", empty="nothing is wrong")

    def request(self) -> OverviewRequest:
        """Ask for the overview."""
        return OverviewRequest()

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, OverviewPage)
        self.query_one(Headline).show(figures(page.headline))
        self.query_one(BudgetGauge).show(gauge_states(page.gauges))
        self._fit_gauges(len(page.gauges))
        self.query_one("#spend", Panel).retitle(page.spend.title)
        self.query_one(LineChart).show(money_chart(page.spend, self.monitor.zone))
        nodes = self.query_one("#nodes", LiveTable)
        nodes.empty = page.empty or nodes.empty
        nodes.show(page.nodes)
        self.query_one("#runs", LiveTable).show(page.runs)
        self.query_one("#troubles", LiveTable).show(page.troubles)
        if self._wants_worst:
            self.open_worst()

    def open_worst(self) -> None:
        """Open what burns the worst budget, as soon as it is known."""
        if not isinstance(self.page, OverviewPage):
            self._wants_worst = True
            return
        self._wants_worst = False
        target = self.page.worst()
        if target is None:
            self.monitor.tell("no budget is in use: set COST_BUDGET_MAX, or [[budgets]] in the settings")
        else:
            self.open(target)

    def action_lead_list(self) -> None:
        """Show the leads that cost most."""
        self.open(Target("leads"))

    def action_change_explain(self) -> None:
        """Explain why spend changed."""
        from costtui.ui.screens.change import ChangeScreen

        self.monitor.push_screen(ChangeScreen())

    def on_resize(self) -> None:
        """Give the budgets two lines each where there is room."""
        super().on_resize()
        if isinstance(self.page, OverviewPage):
            self._fit_gauges(len(self.page.gauges))

    @on(PickList.RowOpened)
    def _row_opened(self, event: PickList.RowOpened) -> None:
        page = self.page
        if not isinstance(page, OverviewPage):
            return
        match event.rows.id:
            case "gauges":
                self.open(next(gauge.page for gauge in page.gauges if gauge.key == event.key))
            case "nodes":
                self.open(Target("node", event.key))
            case "runs":
                self.open(Target("run", event.key))
            case "troubles":
                self.open(page.trouble_targets[event.key])

    def _fit_gauges(self, number: int) -> None:
        lines = max(min(number, MOST_GAUGES), 1)
        tall = self.app.size.height >= 30
        self.query_one("#budgets").styles.height = 1 + lines * (2 if tall and number else 1)
