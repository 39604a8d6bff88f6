"""One run: timeline, breakdown, calls, facts."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from costtui.ui.screens.drawn import columns, figures, gauge_states
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.facts import FactList
from costtui.ui.screens.stretches import bars
from costtui.ui.widgets.gauge import BudgetGauge
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.pick_list import PickList
from costtui.ui.widgets.timeline import Timeline
from costtui.view.breakdown import BREAKDOWN
from costtui.view.run import CALLS, RunPage, RunRequest
from costtui.view.snapshot import Page
from costtui.view.target import Target
from costtui.view.work_tables import ISSUES


class RunScreen(DrillScreen):
    """What a run did when, and what that cost."""

    AUTO_FOCUS = "#breakdown"
    filterable = False

    DEFAULT_CSS = """
    RunScreen {
        #budget { height: 3; display: none; }
        &.-budgeted #budget { display: block; }
        #issues-panel { display: none; }
        &.-issues #issues-panel { display: block; }
        #parts { height: 1fr; }
        #left { width: 3fr; margin-right: 1; }
        #right { width: 2fr; }
        &.-narrow #parts { layout: vertical; }
        &.-narrow #left, &.-narrow #right { width: 1fr; margin-right: 0; height: 1fr; }
        &.-narrow #right { height: 1fr; }
        &.-short #budget { height: 2; }
        &.-short #parts { overflow-y: auto; scrollbar-size-vertical: 1; }
        &.-short #left, &.-short #right { height: auto; }
        &.-short #parts Panel { height: 9; }
    }
    """

    def __init__(self, run_id: str) -> None:
        super().__init__(crumb=run_id)
        self._run_id = run_id

    def compose_page(self) -> ComposeResult:
        """Figures and budget above; time on the left, money and facts on the right."""
        yield Headline()
        with Panel("budget", id="budget"):
            yield BudgetGauge()
        with Horizontal(id="parts"):
            with Vertical(id="left"):
                with Panel("timeline", id="timeline-panel"):
                    yield Timeline(id="timeline")
                with Panel("issues", id="issues-panel"):
                    yield LiveTable(columns(ISSUES), id="issues")
                with Panel("calls", id="calls-panel"):
                    yield LiveTable(columns(CALLS), id="calls", empty="no calls recorded")
            with Vertical(id="right"):
                with Panel("Performance & Cost Breakdown", id="breakdown-panel"):
                    yield LiveTable(
                        columns(BREAKDOWN), id="breakdown", empty="no steps and no calls recorded"
                    )
                with Panel("facts", id="facts-panel"):
                    yield FactList(id="facts")

    def request(self) -> RunRequest:
        """Ask for the run."""
        return RunRequest(self._run_id)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, RunPage)
        if page.missing:
            self.show_missing(page.missing)
            return
        self.query_one(Headline).show(figures(page.headline))
        self.set_class(page.gauge is not None, "-budgeted")
        if page.gauge is not None:
            self.query_one(BudgetGauge).show(gauge_states([page.gauge]))
        self.query_one("#timeline-panel", Panel).retitle(page.bars_title)
        self.query_one(Timeline).show(bars(page.bars), page.now_us)
        self.query_one("#breakdown", LiveTable).show(page.breakdown)
        self.query_one("#calls", LiveTable).show(page.calls)
        self.set_class(bool(page.issues), "-issues")
        self.query_one("#issues", LiveTable).show(page.issues)
        self.query_one(FactList).show_sections(page.sections)

    def action_run_costs(self) -> None:
        """Show the cost as a tree."""
        from costtui.ui.screens.run_costs import RunCostsScreen

        self.monitor.push_screen(RunCostsScreen(self._run_id))

    def action_run_work(self) -> None:
        """Show what happened for its issues."""
        self.open(Target("work", self._run_id))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer its issues only where there are some."""
        if action == "run_work" and not (isinstance(self.page, RunPage) and self.page.issues):
            return False
        return super().check_action(action, parameters)

    @on(PickList.RowOpened)
    def _row_opened(self, event: PickList.RowOpened) -> None:
        page = self.page
        if not isinstance(page, RunPage):
            return
        match event.rows.id:
            case "calls":
                self.open(page.target(event.key))
            case "issues":
                self.open(page.issue_target(event.key))
            case "breakdown":
                self.open(page.part_target(event.key))
            case "timeline" if event.key.isdecimal():
                self.open(page.target(event.key))
