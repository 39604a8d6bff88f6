"""One experiment: what its variations cost and achieve, what the lost events change, and what to decide."""

from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.color import Color
from textual.widgets import Static

from costtui.ui.screens.drawn import columns, figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.picker import Answer, Picker
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.pick_list import PickList
from costtui.view.experiment import ExperimentPage, ExperimentRequest
from costtui.view.experiment_findings import ANSWERS, FINDINGS
from costtui.view.experiment_table import VARIATIONS
from costtui.view.snapshot import Page


class ExperimentScreen(DrillScreen):
    """Which variation is better, whether that can be believed, and whether to roll it out."""

    AUTO_FOCUS = "#variations"
    crumb = "experiment"
    filterable = False

    DEFAULT_CSS = """
    ExperimentScreen {
        #verdict, #notes { height: auto; padding: 0 1; }
        #verdict { text-style: bold; }
        #verdict.-ok { color: $success; }
        #verdict.-warn { color: $warning; }
        #notes { color: $warning; }
        #variations-panel { height: 1fr; }
        #findings-panel { height: 1fr; min-height: 7; }
        #decisions-panel, #decisions { height: auto; }
        #decisions { padding: 0 1; }
        &.-empty #verdict, &.-empty #notes, &.-empty #findings-panel, &.-empty #decisions-panel { display: none; }
        &.-empty Headline { display: none; }
        &.-short #body { overflow-y: auto; scrollbar-size-vertical: 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._request = ExperimentRequest()

    def compose_page(self) -> ComposeResult:
        """The result in words and figures; variations, decisions and findings."""
        yield Static("", id="verdict", markup=False)
        yield Headline()
        yield Static("", id="notes", markup=False)
        with Panel("variations", id="variations-panel"):
            yield LiveTable(columns(VARIATIONS), id="variations")
        with Panel("decisions", id="decisions-panel"):
            yield Static("", id="decisions", markup=False)
        with Panel("findings", id="findings-panel"):
            yield LiveTable(columns(FINDINGS), id="findings", empty="there is only one variation")

    def request(self) -> ExperimentRequest:
        """Ask for the experiment; the same request again, which remembers what it read."""
        return self._request

    def show(self, page: Page) -> None:
        """Hand the parts to the widgets."""
        assert isinstance(page, ExperimentPage)
        self.set_class(not page.variations, "-empty")
        verdict = self.query_one("#verdict", Static)
        verdict.update(page.verdict)
        verdict.set_class(page.tone == "ok", "-ok")
        verdict.set_class(page.tone == "warn", "-warn")
        self.query_one(Headline).show(figures(page.headline))
        notes = self.query_one("#notes", Static)
        notes.display = bool(page.notes)
        notes.update("\n".join(f"! {note}" for note in page.notes))
        others = f" · o takes another of {len(page.flags)}" if len(page.flags) > 1 else ""
        title = f"variations of {page.flag} · all that is stored{others}" if page.flag else "experiment"
        self.query_one("#variations-panel", Panel).retitle(title)
        table = self.query_one("#variations", LiveTable)
        table.empty = page.empty
        table.show(page.variations)
        self.query_one("#findings-panel", Panel).retitle(f"against {page.baseline} · v takes another")
        self.query_one("#findings", LiveTable).show(page.findings)
        self.query_one("#variations-panel").styles.height = (
            len(page.variations) + 2 if page.variations else "1fr"
        )
        self.query_one("#decisions", Static).update(self._decisions(page))

    def _decisions(self, page: ExperimentPage) -> Text:
        """Return the rules with their answers, each as long as it is."""
        if not page.answers:
            return Text(f"no rules: write [[experiments.{page.flag}.rules]] into the settings")
        colours = self.app.theme_variables
        lines = []
        for one in page.answers:
            mark, tone = ANSWERS[one.answer]
            colour = colours.get({"ok": "success", "error": "error"}.get(tone, "foreground"), "")
            style = Style(color=Color.parse(colour).rich_color if colour else None, bold=True)
            answer = Text(f"{mark} {one.rule.name}: {one.answer}", style=style)
            lines.append(Text.assemble(answer, f" · {one.text}"))
        return Text("\n").join(lines)

    def action_compare_by(self) -> None:
        """Pick the experiment."""
        page = self.page
        if not isinstance(page, ExperimentPage) or len(page.flags) < 2:
            self.monitor.tell("there is no other experiment in this store")
            return
        answers = [Answer(flag, flag) for flag in page.flags]
        self.monitor.push_screen(Picker("experiment", answers, chosen=page.flag), self._flag_picked)

    def _flag_picked(self, flag: str | None) -> None:
        if flag is not None:
            self._turn_to(flag, "")

    def action_compare_versus(self) -> None:
        """Take the variation under the cursor as the baseline."""
        variation = self.query_one("#variations", LiveTable).cursor_key
        if variation is not None and isinstance(self.page, ExperimentPage):
            self._turn_to(self.page.flag, variation)

    def _turn_to(self, flag: str, baseline: str) -> None:
        self._request = self._request.of(flag, baseline)
        self.request_changed()

    @on(PickList.RowOpened)
    def _row_opened(self, event: PickList.RowOpened) -> None:
        if isinstance(self.page, ExperimentPage):
            target = self.page.target(event.key)
            if target is not None:
                self.open(target)
