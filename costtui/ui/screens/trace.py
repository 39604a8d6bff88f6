"""From a call to its attribution."""

from textual import on
from textual.app import ComposeResult

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.facts import FactList
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.view.evidence import EVENTS, event_target
from costtui.view.snapshot import Page
from costtui.view.trace import TracePage, TraceRequest


class TraceScreen(DrillScreen):
    """The context of a call, and what was evaluated and tracked for it."""

    AUTO_FOCUS = "#events"
    filterable = False

    DEFAULT_CSS = """
    TraceScreen {
        #context-panel { height: auto; max-height: 40%; }
        #context { height: auto; max-height: 14; }
        #events-panel { height: 1fr; }
    }
    """

    def __init__(self, call_id: int) -> None:
        super().__init__(crumb=f"attribution of call {call_id}")
        self._call_id = call_id

    def compose_page(self) -> ComposeResult:
        """Figures, the context, and what happened."""
        yield Headline()
        with Panel("made for", id="context-panel"):
            yield FactList(id="context")
        with Panel("what happened", id="events-panel"):
            yield LiveTable(columns(EVENTS), id="events")

    def request(self) -> TraceRequest:
        """Ask for the call."""
        return TraceRequest(self._call_id)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, TracePage)
        if page.missing:
            self.show_missing(page.missing)
            return
        self.query_one(Headline).show(figures(page.headline))
        self.query_one(FactList).show_sections(page.sections)
        self.query_one("#events-panel", Panel).retitle(page.events_title)
        events = self.query_one("#events", LiveTable)
        events.empty = page.empty
        events.show(page.events)

    @on(LiveTable.RowOpened, "#events")
    def _event_opened(self, event: LiveTable.RowOpened) -> None:
        target = event_target(event.key)
        if target is not None:
            self.open(target)
