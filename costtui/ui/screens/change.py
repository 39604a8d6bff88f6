"""Why spend changed, as a waterfall, with the nodes and models behind each part."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Static

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.view.change import AGAINST, BEHIND, WATERFALL, ChangePage, ChangeRequest
from costtui.view.snapshot import Page


class ChangeScreen(DrillScreen):
    """What the window costs, against another stretch of time."""

    AUTO_FOCUS = "#parts"
    crumb = "why spend changed"
    filterable = False

    DEFAULT_CSS = """
    ChangeScreen {
        #sentence { height: auto; max-height: 2; padding: 0 1; }
        #parts-panel { height: 13; margin-top: 1; }
        #behind-panel { height: 1fr; }
        &.-short #parts-panel { margin-top: 0; height: 12; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._request = ChangeRequest()

    def compose_page(self) -> ComposeResult:
        """Figures, a sentence, the waterfall, and what is behind the part under the cursor."""
        yield Headline()
        yield Static(id="sentence", markup=False)
        with Panel("parts", id="parts-panel"):
            yield LiveTable(columns(WATERFALL), id="parts")
        with Panel("behind the whole difference", id="behind-panel"):
            yield LiveTable(columns(BEHIND), id="behind", empty="nothing of this part has changed")

    def request(self) -> ChangeRequest:
        """Ask for the difference; the same request again, so that the past is not read again."""
        return self._request

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, ChangePage)
        self.query_one(Headline).show(figures(page.headline))
        self.query_one("#sentence", Static).update(page.sentence)
        self.query_one("#parts-panel", Panel).retitle(f"parts of the difference to {AGAINST[page.against]}")
        self.query_one("#parts", LiveTable).show(page.table)
        self._show_behind()

    def action_change_explain(self) -> None:
        """Pick what the window is compared with."""
        from costtui.ui.screens.picker import Answer, Picker

        answers = [Answer(name, name, text) for name, text in AGAINST.items()]
        picker = Picker("compare with", answers, chosen=self._request.against)
        self.monitor.push_screen(picker, self._picked)

    def _picked(self, name: str | None) -> None:
        for against in AGAINST:
            if against == name:
                self._request = ChangeRequest(against)
                self.request_changed()

    @on(LiveTable.RowHighlighted, "#parts")
    def _show_behind(self) -> None:
        if isinstance(self.page, ChangePage):
            part = self.query_one("#parts", LiveTable).cursor_key
            self.query_one("#behind-panel", Panel).retitle(self.page.title(part))
            self.query_one("#behind", LiveTable).show(self.page.behind(part))

    @on(LiveTable.RowOpened, "#parts")
    def _part_opened(self) -> None:
        self.query_one("#behind").focus()

    @on(LiveTable.RowOpened, "#behind")
    def _group_opened(self, event: LiveTable.RowOpened) -> None:
        if isinstance(self.page, ChangePage):
            self.open(self.page.target(event.key))
