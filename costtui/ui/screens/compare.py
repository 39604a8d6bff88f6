"""Groups of calls or runs against each other, the best configuration, and another model's price."""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from costtui.ui.screens.drawn import columns
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.picker import Answer, Picker
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.pick_list import PickList
from costtui.view.compare import ComparePage, CompareRequest
from costtui.view.compare_table import ARMS, CONFIGURATIONS, VERDICTS, WHAT_IF
from costtui.view.snapshot import Page


class CompareScreen(DrillScreen):
    """Which one is better, and whether that can be said yet."""

    AUTO_FOCUS = "#arms"

    DEFAULT_CSS = """
    CompareScreen {
        #answer { height: auto; max-height: 2; padding: 0 1; text-style: bold; }
        #arms-panel { height: 3fr; }
        #verdicts-panel { height: 3fr; }
        #lower { height: 2fr; }
        #lower > #configurations-panel { width: 3fr; margin-right: 1; }
        #lower > #what-if-panel { width: 2fr; min-width: 39; }
        &.-empty #verdicts-panel { display: none; }
        &.-short #body { overflow-y: auto; scrollbar-size-vertical: 1; }
        &.-short #arms-panel { height: 8; }
        &.-short #verdicts-panel { height: 7; }
        &.-short #lower { height: 1fr; min-height: 5; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._by = self._baseline = self._other = ""

    def compose_page(self) -> ComposeResult:
        """The answer in a sentence, groups, what is said of them, and below configurations and prices."""
        yield Static("", id="answer", markup=False)
        with Panel("compare", id="arms-panel"):
            yield LiveTable(columns(ARMS), id="arms")
        with Panel("verdicts", id="verdicts-panel"):
            yield LiveTable(columns(VERDICTS), id="verdicts", empty="there is only one group")
        with Horizontal(id="lower"):
            with Panel("best configuration", id="configurations-panel"):
                yield LiveTable(columns(CONFIGURATIONS), id="configurations", empty="no runs in this window")
            with Panel("what if", id="what-if-panel"):
                yield LiveTable(columns(WHAT_IF), id="what-if")

    def request(self) -> CompareRequest:
        """Ask for the comparison that was chosen."""
        return CompareRequest(self._by, self._baseline, self._other, self.filter.text)

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, ComparePage)
        self.set_class(not page.arms, "-empty")
        self.query_one("#arms-panel", Panel).retitle(page.title)
        answer = self.query_one("#answer", Static)
        answer.update(page.answer)
        answer.display = bool(page.answer)
        arms = self.query_one("#arms", LiveTable)
        arms.empty = page.empty
        arms.show(page.arms)
        self.query_one("#verdicts-panel", Panel).retitle(f"against {page.baseline} (v takes another)")
        self.query_one("#verdicts", LiveTable).show(page.verdicts)
        self.query_one("#configurations-panel", Panel).retitle(page.configurations_title)
        self.query_one("#configurations", LiveTable).show(page.configurations)
        self.query_one("#what-if-panel", Panel).retitle(page.what_if_title)
        prices = self.query_one("#what-if", LiveTable)
        prices.empty = page.what_if_empty
        prices.show(page.what_if)
        self.tell_count(page.shown, page.total)

    def action_compare_by(self) -> None:
        """Pick the field."""
        page = self.page
        if not isinstance(page, ComparePage) or not page.choices:
            self.monitor.tell("all calls and runs of this window are configured alike")
            return
        answers = [
            Answer(one.key, f"{one.noun} by {one.field}", f"{one.values} values") for one in page.choices
        ]
        chosen = page.chosen.key if page.chosen else ""
        self.monitor.push_screen(Picker("compare", answers, chosen=chosen), self._by_picked)

    def _by_picked(self, key: str | None) -> None:
        if key is not None:
            self._by, self._baseline = key, ""
            self.request_changed()

    def action_compare_versus(self) -> None:
        """Take the group under the cursor as the baseline."""
        arm = self.query_one("#arms", LiveTable).cursor_key
        if arm is not None:
            self._baseline = arm
            self.request_changed()

    def action_compare_model(self) -> None:
        """Pick a model to price the calls with."""
        models = self.page.models if isinstance(self.page, ComparePage) else ()
        if not models:
            self.monitor.tell("no calls in this window")
            return
        self.monitor.push_screen(
            Picker(
                "what if every call had gone to",
                [Answer(name, name) for name in models],
                chosen=self._other,
                typed="or another: provider/model",
            ),
            self._model_picked,
        )

    def _model_picked(self, name: str | None) -> None:
        if name is not None:
            self._other = name.strip()
            self.request_changed()

    @on(PickList.RowOpened)
    def _row_opened(self, event: PickList.RowOpened) -> None:
        page = self.page
        if not isinstance(page, ComparePage):
            return
        match event.rows.id:
            case "arms":
                target = page.arm_target(event.key)
            case "verdicts":
                target = page.verdict_target(event.key)
            case _:
                return
        if target is None:
            self.monitor.tell("no filter can name this field, so its rows cannot be listed", bad=True)
        else:
            self.open(target)
