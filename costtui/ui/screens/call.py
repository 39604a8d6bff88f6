"""One call: its bill line by line, its facts, its texts."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.facts import FactList
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.text_view import TextView
from costtui.view.call import ATTEMPTS, BILL, CallPage, CallRequest
from costtui.view.call_table import model_of
from costtui.view.snapshot import Page


class CallScreen(DrillScreen):
    """How the cost of one call comes about."""

    AUTO_FOCUS = "#facts"
    filterable = False

    DEFAULT_CSS = """
    CallScreen {
        #upper { height: 1fr; }
        #upper > * { width: 1fr; }
        #money { margin-right: 1; }
        #bill-panel { height: auto; max-height: 60%; }
        #bill { height: auto; max-height: 12; }
        #bill-note { height: auto; padding: 0 1; color: $foreground 70%; }
        #bill-note.warn { color: $warning; }
        #attempts-panel { height: auto; max-height: 40%; }
        #attempts { height: auto; max-height: 8; }
        #texts { height: 1fr; }
        #texts > Panel { width: 1fr; }
        #prompt-panel { margin-right: 1; }
        .absent { display: none; }
        &.-narrow #upper { layout: vertical; height: 2fr; }
        &.-narrow #money { margin-right: 0; height: auto; max-height: 60%; }
        &.-narrow #facts-panel { height: 1fr; }
        &.-short #body { overflow-y: auto; scrollbar-size-vertical: 1; }
        &.-short #upper { height: auto; }
        &.-short #money, &.-short #bill-panel, &.-short #attempts-panel { height: auto; max-height: 40; }
        &.-short #facts-panel { height: 8; }
        &.-short #texts { height: 1fr; min-height: 7; }
    }
    """

    def __init__(self, call_id: int) -> None:
        super().__init__(crumb=f"call {call_id}")
        self._call_id = call_id

    def compose_page(self) -> ComposeResult:
        """Figures above, money and facts in the middle, texts below."""
        yield Headline()
        with Horizontal(id="upper"):
            with Vertical(id="money"):
                with Panel("tokens × rate = cost", id="bill-panel"):
                    yield LiveTable(columns(BILL), id="bill", empty="no lines")
                    yield Static(id="bill-note", markup=False)
                with Panel("other attempts of this operation", id="attempts-panel"):
                    yield LiveTable(columns(ATTEMPTS), id="attempts")
            with Panel("facts", id="facts-panel"):
                yield FactList(id="facts")
        with Horizontal(id="texts"):
            with Panel("prompt", id="prompt-panel"):
                yield TextView(id="prompt", empty="no text kept")
            with Panel("completion", id="completion-panel"):
                yield TextView(id="completion", empty="no text kept")

    def call_at_hand(self) -> str:
        """Return this call's id."""
        return str(self._call_id)

    def model_at_hand(self) -> tuple[str, str] | None:
        """Return the model of this call."""
        item = self.page.item if isinstance(self.page, CallPage) else None
        return model_of([item], str(self._call_id)) if item is not None else None

    def request(self) -> CallRequest:
        """Ask for the call."""
        return CallRequest(self._call_id)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, CallPage)
        if page.missing:
            self.show_missing(page.missing)
            return
        self.query_one(Headline).show(figures(page.headline))
        self.query_one("#bill", LiveTable).show(page.bill)
        self.query_one("#bill", LiveTable).set_class(not page.bill, "absent")
        note = self.query_one("#bill-note", Static)
        note.update(page.bill_note)
        note.set_class(page.bill_tone == "warn", "warn")
        self.query_one("#attempts-panel").set_class(not page.attempts, "absent")
        self.query_one("#attempts", LiveTable).show(page.attempts)
        self.query_one(FactList).show_sections(page.sections)
        self.query_one("#prompt", TextView).show(page.prompt)
        self.query_one("#completion", TextView).show(page.completion)

    @on(LiveTable.RowOpened, "#attempts")
    def _attempt_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, CallPage):
            self.open(self.page.target(event.key))
