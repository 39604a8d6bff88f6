"""What happened in a run over issues, or for one issue."""

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.stretches import bars
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.pick_list import PickList
from costtui.ui.widgets.timeline import Timeline
from costtui.view.snapshot import Page
from costtui.view.table import Table
from costtui.view.work import CALLS, WorkPage, WorkRequest
from costtui.view.work_tables import AGENTS, CYCLES, ERRORS, ISSUES, PIPELINES, TOOLS

_TABLES = ("issues", "agents", "pipelines", "cycles", "tools", "errors", "calls")


class WorkScreen(DrillScreen):
    """Issues, agents, pipelines, debugging, tools and errors of a run; or all of that for one issue, and its calls."""

    filterable = False

    DEFAULT_CSS = """
    WorkScreen {
        #left { width: 3fr; margin-right: 1; }
        #right { width: 2fr; }
        #issues-panel { height: 2fr; }
        &.-narrow #parts { layout: vertical; overflow-y: auto; scrollbar-size-vertical: 1; }
        &.-narrow #left, &.-narrow #right { width: 1fr; margin-right: 0; height: auto; }
        &.-narrow #parts Panel { height: 8; }
        &.-narrow #issues-panel, &.-narrow #timeline-panel { height: 11; }
    }
    """

    def __init__(self, run_id: str, issue_id: str = "") -> None:
        super().__init__(crumb=f"issue {issue_id}" if issue_id else "issues")
        self._run_id = run_id
        self._issue_id = issue_id

    def compose_page(self) -> ComposeResult:
        """Figures above; what was to be done and who tried on the left, what came of it on the right."""
        one = bool(self._issue_id)
        yield Headline()
        with Horizontal(id="parts"):
            with Vertical(id="left"):
                if one:
                    with Panel("what happened", id="timeline-panel"):
                        yield Timeline(id="timeline", empty="nothing happened yet")
                else:
                    with Panel("issues", id="issues-panel"):
                        yield LiveTable(columns(ISSUES), id="issues", empty="no issues recorded")
                with Panel("attempts of agents", id="agents-panel"):
                    yield LiveTable(self._columns(AGENTS), id="agents", empty="no agent was at work")
                with Panel("errors", id="errors-panel"):
                    yield LiveTable(self._columns(ERRORS), id="errors", empty="no errors")
            with Vertical(id="right"):
                with Panel("tools", id="tools-panel"):
                    yield LiveTable(columns(TOOLS), id="tools", empty="no tool was used")
                with Panel("pipelines", id="pipelines-panel"):
                    yield LiveTable(self._columns(PIPELINES), id="pipelines", empty="no pipelines")
                with Panel("debugging", id="cycles-panel"):
                    yield LiveTable(self._columns(CYCLES), id="cycles", empty="no debugging")
                if one:
                    with Panel("calls", id="calls-panel"):
                        yield LiveTable(columns(CALLS), id="calls", empty="no calls recorded for this issue")

    def _columns(self, table: Table[Any]) -> tuple[Column, ...]:
        """Return the columns of a table: on the page of an issue, that issue stands above."""
        return columns(table.without("issue") if self._issue_id else table)

    def request(self) -> WorkRequest:
        """Ask for what happened."""
        return WorkRequest(self._run_id, self._issue_id)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, WorkPage)
        if page.missing:
            self.show_missing(page.missing)
            return
        self.query_one(Headline).show(figures(page.headline))
        for timeline in self.query(Timeline):
            timeline.show(bars(page.bars), page.now_us)
        for name in _TABLES:
            for table in self.query(f"#{name}").results(LiveTable):
                table.show(getattr(page, name))

    @on(PickList.RowOpened)
    def _row_opened(self, event: PickList.RowOpened) -> None:
        page, table, key = self.page, event.rows.id, event.key
        if not isinstance(page, WorkPage) or table is None:
            return
        match table:
            case "issues":
                target = page.issue_target(key)
            case "agents" | "timeline":
                target = page.agent_target(key)
            case "calls":
                target = page.call_target(key)
            case _:
                target = page.issue_target(page.issue_of(table, key))
        if target is not None:
            self.open(target)
