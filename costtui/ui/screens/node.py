"""One node: figures, trends, models, latest calls."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from costtui.ui.screens.drawn import columns, figures, latency_chart, money_chart
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.line_chart import LineChart
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.view.call_table import model_of
from costtui.view.group_table import NO_NODE
from costtui.view.node import CALLS, MODELS, NodePage, NodeRequest
from costtui.view.node_trend_table import TREND_LINES
from costtui.view.snapshot import Page


class NodeScreen(DrillScreen):
    """What one node costs, and how long it takes."""

    AUTO_FOCUS = "#calls"
    filterable = False

    DEFAULT_CSS = """
    NodeScreen {
        #trends { height: 2fr; }
        #trends > Panel { width: 1fr; }
        #cost, #per-call { margin-right: 1; }
        #lines-panel { height: auto; max-height: 8; }
        #lines { height: auto; max-height: 7; }
        #models-panel { height: auto; max-height: 8; }
        #models { height: auto; max-height: 7; }
        #calls-panel { height: 3fr; }
        &.-short #lines-panel { max-height: 5; }
        &.-short #lines { max-height: 4; }
        &.-short #models-panel { max-height: 4; }
        &.-short #models { max-height: 3; }
        &.-narrow #cost { display: none; }
    }
    """

    def __init__(self, node: str) -> None:
        super().__init__(crumb=node or NO_NODE)
        self._node = node

    def compose_page(self) -> ComposeResult:
        """Figures, charts, where they are going, models and calls."""
        yield Headline()
        with Horizontal(id="trends"):
            with Panel("cost", id="cost"):
                yield LineChart(id="cost-chart")
            with Panel("cost per call", id="per-call"):
                yield LineChart(id="per-call-chart")
            with Panel("latency", id="latency"):
                yield LineChart(id="latency-chart")
        with Panel("trend", id="lines-panel"):
            yield LiveTable(columns(TREND_LINES), id="lines", empty="this store keeps no trends")
        with Panel("models", id="models-panel"):
            yield LiveTable(columns(MODELS), sort="cost", id="models", empty="no calls in this window")
        with Panel("latest calls", id="calls-panel"):
            yield LiveTable(columns(CALLS), id="calls")

    def model_at_hand(self) -> tuple[str, str] | None:
        """Return the model under the cursor; among the calls, that of the call."""
        table = self.table
        if table is None or table.cursor_key is None or not isinstance(self.page, NodePage):
            return None
        if table.id == "calls":
            return model_of(self.page.items, table.cursor_key)
        return self.page.model(table.cursor_key)

    def request(self) -> NodeRequest:
        """Ask for the node."""
        return NodeRequest(self._node)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, NodePage)
        zone = self.monitor.zone
        self.query_one(Headline).show(figures(page.headline))
        self.query_one("#cost", Panel).retitle(page.spend.title)
        self.query_one("#cost-chart", LineChart).show(money_chart(page.spend, zone))
        self.query_one("#per-call", Panel).retitle(page.per_call.title)
        self.query_one("#per-call-chart", LineChart).show(money_chart(page.per_call, zone))
        self.query_one("#lines", LiveTable).show(page.trend)
        self.query_one("#latency", Panel).retitle(page.latency.title)
        self.query_one("#latency-chart", LineChart).show(latency_chart(page.latency, zone))
        self.query_one("#models", LiveTable).show(page.models)
        calls = self.query_one("#calls", LiveTable)
        calls.empty = page.empty
        calls.show(page.calls)

    @on(LiveTable.RowOpened, "#calls")
    def _call_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, NodePage):
            self.open(self.page.target(event.key))

    @on(LiveTable.RowOpened, "#lines")
    def _line_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, NodePage):
            self.open(self.page.trend_target(event.key))

    @on(LiveTable.RowOpened, "#models")
    def _model_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, NodePage):
            self.open(self.page.model_target(event.key))
