"""One cause: the two contexts side by side, what happened, why, and the fix to copy."""

from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.facts import FactList
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.text_view import TextView
from costtui.view.evidence import EVENTS, SIDES, EvidencePage, EvidenceRequest, event_target
from costtui.view.snapshot import Page


class EvidenceScreen(DrillScreen):
    """On what grounds a verdict was given, and what to change."""

    AUTO_FOCUS = "#sides"
    filterable = False

    DEFAULT_CSS = """
    EvidenceScreen {
        #sides-panel { height: 3fr; }
        #words { height: 14; }
        #words > Vertical, #facts-panel { width: 1fr; }
        #left { margin-right: 1; }
        #why-panel, #fix-panel { height: auto; }
        #why, #fix { height: auto; }
        #events-panel { height: 2fr; min-height: 4; }
        &.-short #body, &.-narrow #body { overflow-y: auto; scrollbar-size-vertical: 1; }
        &.-short #sides-panel { height: 8; }
        &.-short #words, &.-narrow #words { layout: vertical; height: auto; }
        &.-narrow #left { margin-right: 0; }
        &.-short #words > Vertical, &.-narrow #words > Vertical { height: auto; width: 1fr; }
        &.-short #facts-panel, &.-narrow #facts-panel { height: 9; }
        &.-short #events-panel { height: 8; }
    }
    """

    def __init__(self, group_id: str) -> None:
        super().__init__(crumb="evidence")
        self._group_id = group_id

    def compose_page(self) -> ComposeResult:
        """Figures, contexts, words and facts, and what happened."""
        yield Headline()
        with Panel("contexts of the first event", id="sides-panel"):
            yield LiveTable(columns(SIDES), id="sides", empty="the events show no contexts")
        with Horizontal(id="words"):
            with Vertical(id="left"):
                with Panel("why", id="why-panel"):
                    yield TextView(id="why")
                with Panel("fix · y copies it", id="fix-panel"):
                    yield TextView(id="fix")
            with Panel("facts", id="facts-panel"):
                yield FactList(id="facts")
        with Panel("what happened", id="events-panel"):
            yield LiveTable(columns(EVENTS), id="events", empty="nothing is kept of it any more")

    def request(self) -> EvidenceRequest:
        """Ask for the cause."""
        return EvidenceRequest(self._group_id)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, EvidencePage)
        if page.missing:
            self.show_missing(page.missing)
            return
        self.query_one(Headline).show(figures(page.headline))
        self.query_one("#sides", LiveTable).show(page.sides)
        self.query_one("#why", TextView).show(page.why)
        self.query_one("#fix", TextView).show(page.fix)
        self.query_one(FactList).show_sections(page.sections)
        self.query_one("#events-panel", Panel).retitle(page.events_title)
        self.query_one("#events", LiveTable).show(page.events)

    def row_record(self) -> dict[str, Any] | None:
        """Return the cause as plain values."""
        return next(iter(self.page.rows()), None) if self.page is not None else None

    def action_copy_row(self) -> None:
        """Copy the fix."""
        if isinstance(self.page, EvidencePage):
            self.monitor.copy(self.page.fix)

    @on(LiveTable.RowOpened, "#events")
    def _event_opened(self, event: LiveTable.RowOpened) -> None:
        target = event_target(event.key)
        if target is not None and target.key != self._group_id:
            self.open(target)
