"""The quality of runs: score by score, subsystem by subsystem, against cost, and run by run."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from costtui.ui.screens.drawn import columns, figures, score_chart
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.line_chart import LineChart
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.pick_list import PickList
from costtui.view.quality import QualityPage, QualityRequest
from costtui.view.quality_table import BANDS, DIMENSIONS, RUNS, SUBSYSTEMS
from costtui.view.snapshot import Page

MOST_WARNINGS = 3


class QualityScreen(DrillScreen):
    """Did it pay: how good the results were, and what that cost."""

    AUTO_FOCUS = "#rated"

    DEFAULT_CSS = """
    QualityScreen {
        #warnings { height: auto; color: $error; padding: 0 1; }
        #warnings.-calm { color: $text-muted; }
        #scores { height: 2fr; }
        #dimensions-panel { width: 2fr; margin-right: 1; }
        #curve { width: 3fr; }
        #sides { height: 2fr; }
        #sides > Panel { width: 1fr; }
        #subsystems-panel { margin-right: 1; }
        #rated-panel { height: 3fr; }
        &.-narrow #dimensions-panel { width: 1fr; }
        &.-narrow #curve { width: 1fr; }
        &.-short #body { overflow-y: auto; scrollbar-size-vertical: 1; }
        &.-short #scores { height: 7; }
        &.-short #sides { height: 6; }
        &.-short #rated-panel { height: 1fr; min-height: 6; }
        &.-empty Headline, &.-empty #scores, &.-empty #sides { display: none; }
    }
    """

    def compose_page(self) -> ComposeResult:
        """Figures and warnings above; scores, subsystems and cost below them; then the runs."""
        yield Headline()
        yield Static("", id="warnings", markup=False)
        with Horizontal(id="scores"):
            with Panel("scores", id="dimensions-panel"):
                yield LiveTable(columns(DIMENSIONS), id="dimensions")
            with Panel("overall", id="curve"):
                yield LineChart()
        with Horizontal(id="sides"):
            with Panel("subsystems", id="subsystems-panel"):
                yield LiveTable(columns(SUBSYSTEMS), id="subsystems")
            with Panel("cost against quality", id="bands-panel"):
                yield LiveTable(columns(BANDS), id="bands", empty="needs three runs whose cost is known")
        with Panel("runs", id="rated-panel"):
            yield LiveTable(columns(RUNS), id="rated")

    def request(self) -> QualityRequest:
        """Ask for the quality of the runs that the filter lets through."""
        return QualityRequest(self.filter.text)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, QualityPage)
        self.set_class(not page.runs, "-empty")
        self.query_one(Headline).show(figures(page.headline))
        self._show_warnings(page.warnings, page.calm if page.runs else "")
        self.query_one("#dimensions", LiveTable).show(page.dimensions)
        self.query_one("#subsystems", LiveTable).show(page.subsystems)
        self.query_one("#bands", LiveTable).show(page.bands)
        runs = self.query_one("#rated", LiveTable)
        runs.empty = page.empty
        runs.show(page.runs)
        self.tell_count(len(page.runs), page.total)
        self._show_curve()

    def _show_warnings(self, warnings: tuple[str, ...], calm: str) -> None:
        lines = [f"! {text}" for text in warnings[:MOST_WARNINGS]]
        if len(warnings) > MOST_WARNINGS:
            lines.append(f"  and {len(warnings) - MOST_WARNINGS} more: see the trends below")
        box = self.query_one("#warnings", Static)
        box.set_class(not warnings, "-calm")
        box.display = bool(lines or calm)
        box.update("\n".join(lines) or calm)

    @on(PickList.RowHighlighted, "#dimensions")
    def _show_curve(self) -> None:
        if isinstance(self.page, QualityPage):
            curve = self.page.curve(self.query_one("#dimensions", LiveTable).cursor_key)
            self.query_one("#curve", Panel).retitle(curve.title)
            self.query_one(LineChart).show(score_chart(curve, self.monitor.zone))

    @on(PickList.RowOpened)
    def _row_opened(self, event: PickList.RowOpened) -> None:
        page = self.page
        if not isinstance(page, QualityPage):
            return
        match event.rows.id:
            case "rated":
                self.open(page.target(event.key))
            case "subsystems":
                self.open(page.subsystem_target(event.key))
            case "bands":
                self.open(page.band_target(event.key))
            case "dimensions":
                self.query_one("#rated", LiveTable).sort_by(event.key.removesuffix("_score"), False)
                self.query_one("#rated").focus()
