"""Try: choose a context, an AI Config, a model and a prompt; make the call; see whether it counts."""

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from costtui.errors import CosttuiError
from costtui.ui.screens.drawn import figures
from costtui.ui.screens.try_form import FireState, form_rows
from costtui.ui.screens.trying import TryingScreen
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.text_view import TextView
from costtui.view.room import TryPage, TryRequest, room_for
from costtui.view.snapshot import Page
from costtui.view.trial import (
    MOST_REPEATS,
    PROMPTS,
    REPEATS,
    Choices,
    Outcome,
    headline,
    typed_repeat,
)

if TYPE_CHECKING:
    from costtui.ui.screens.context import Edited

_EDIT = "edit\x1f"
"""Answer among the contexts that opens the chosen one instead of choosing."""
_NOT_ASKED = "not asked yet"
_IN_CALLS = "the answers of a series are among the calls: 4"
_UNTRACKED = "nothing is tracked without an AI Config"
_TEXTS = {"answer": "answer", "verdict": "does it count?"}
_TYPED = {
    "context": "or a name: premium-mobile-eu-west-acme",
    "model": "or provider/model",
    "prompt": "or your own words",
    "config": "or its key",
    "repeat": f"or how often, up to {MOST_REPEATS:,}",
}


class TryScreen(TryingScreen):
    """What would this user get, and would it count?"""

    AUTO_FOCUS = "#form"
    filterable = False

    DEFAULT_CSS = """
    TryScreen {
        #form { height: auto; max-height: 9; }
        #told { height: 1fr; }
        #told > Vertical { width: 1fr; }
        #verdict-panel { margin-left: 1; }
        #verdict-panel, #answer-panel { height: 1fr; }
        #outcome { height: 3; }
        &.-narrow #told { layout: vertical; }
        &.-narrow #verdict-panel { margin-left: 0; }
        &.-narrow #answer-panel { height: 3; }
        &.-short.-told #plan { display: none; }
    }
    """

    def compose_page(self) -> ComposeResult:
        """The choices, the answer, and what came of it."""
        yield Headline(id="plan")
        table = LiveTable((Column("label", "", 14), Column("value", "")), id="form")
        table.header_lines = 0
        yield table
        yield Headline(id="outcome")
        with Horizontal(id="told"):
            with Panel(_TEXTS["answer"], id="answer-panel"):
                yield TextView(id="answer", empty=_NOT_ASKED)
            with Panel(_TEXTS["verdict"], id="verdict-panel"), Vertical():
                yield TextView(id="verdict", empty=_UNTRACKED)

    def request(self) -> TryRequest:
        """Ask for the budgets that the call falls under."""
        return TryRequest(self.plan.payer) if self.plan is not None else TryRequest()

    def show(self, page: Page) -> None:
        """Show the choices with the budget that is left."""
        if self.plan is None and self.trial is not None:
            self.prepare()
        self.draw()

    def show_absence(self, text: str) -> None:
        """Be of use without a store, too: the first call makes it."""
        if self.trial is None:
            super().show_absence(text)
        elif self.page is None:
            self.page = TryPage(room_for(self.request().payer, (), self.monitor.settings.budgets))
            self._show_body(True)
            self.show(self.page)

    @on(LiveTable.RowOpened, "#form")
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if self.stopped is not None or self.choices is None:
            return
        match event.key:
            case "fire":
                self.confirm()
            case "bug":
                self.take(replace(self.ask, legacy=not self.ask.legacy))
            case "matrix":
                self._open_matrix(self.choices)
            case "hint":
                return
            case what:
                self._pick(what, self.choices)

    def _pick(self, what: str, choices: Choices) -> None:
        from costtui.ui.screens.picker import Answer, Picker

        found: dict[str, tuple[tuple[str, str], ...]] = {
            "context": (*choices.contexts, (_EDIT, "change, save and delete contexts")),
            "config": choices.configs,
            "model": choices.models,
            "prompt": tuple((text, "") for text in PROMPTS),
            "repeat": tuple((str(number), "calls" if number > 1 else "call") for number in REPEATS),
        }
        texts = {"": "–", _EDIT: f"edit {self.ask.context} …"}
        answers = [Answer(name, texts.get(name, name), text) for name, text in found[what]]
        problem = typed_repeat if what == "repeat" else None

        def take(answer: str | None) -> None:
            if answer == _EDIT:
                self._open_context()
            elif answer is not None and what == "repeat":
                self.take(replace(self.ask, repeat=int(answer)))
            elif answer is not None:
                self.take(replace(self.ask, **{what: answer}))  # type: ignore[arg-type]

        chosen = str(getattr(self.ask, what))
        picker = Picker(what, answers, chosen=chosen, typed=_TYPED[what], problem=problem)
        self.app.push_screen(picker, take)

    def _open_context(self) -> None:
        from costtui.ui.screens.context import ContextBox

        name, trial = self.ask.context, self.trial
        if trial is None:
            return
        try:
            kinds = trial.context(name)
        except CosttuiError as error:
            self.monitor.tell(str(error), bad=True)
            return

        def take(edited: "Edited | None") -> None:
            if edited is not None:
                self.edit(edited)

        own = self.choices is not None and name in self.choices.own
        self.app.push_screen(ContextBox(name, kinds, own=own), take)

    def _open_matrix(self, choices: Choices) -> None:
        from costtui.ui.screens.matrix import MatrixScreen
        from costtui.view.matrix import Grid

        trial = self.trial
        if trial is not None:
            ask = self.ask
            grid = Grid(prompt=ask.prompt, model=ask.model, legacy=ask.legacy)
            self.monitor.push_screen(MatrixScreen(trial, choices, grid, self._take_cell))

    def _take_cell(self, context: str, config: str) -> None:
        self.take(replace(self.ask, context=context, config=config))

    def draw(self) -> None:
        page, plan = self.page, self.plan
        if not isinstance(page, TryPage):
            return
        state = FireState(self.trial is not None, self.stopped is not None, self.armed, plan, self.tally)
        self.query_one("#plan", Headline).show(figures(headline(plan, page.budget)))
        self.query_one("#form", LiveTable).show(form_rows(self.ask, self.choices, state))
        outcome = self.outcome or Outcome()
        self.set_class(bool(outcome.figures), "-told")
        self.query_one("#outcome").display = bool(outcome.figures)
        self.query_one("#outcome", Headline).show(figures(outcome.headline()))
        series = self.ask.repeat > 1
        self._write("answer", outcome.problem or self.answer, _IN_CALLS if series else _NOT_ASKED)
        self._write("verdict", outcome.report, "" if self.ask.config else _UNTRACKED)
        self.call_after_refresh(self._tell_more)

    def _write(self, name: str, text: str, empty: str) -> None:
        """Show a text, or what an empty one means."""
        view = self.query_one(f"#{name}", TextView)
        if empty != view.empty:
            view.empty = empty
            view.refresh()
        view.show(text)

    def on_resize(self) -> None:
        """Say again how much there is to scroll."""
        super().on_resize()
        self.call_after_refresh(self._tell_more)

    def _tell_more(self) -> None:
        """Say where a text goes on below its panel."""
        for name, title in _TEXTS.items():
            view = self.query_one(f"#{name}", TextView).view
            more = view.count - view.height
            words = f" · {more} more lines: tab, then j" if more > 0 else ""
            self.query_one(f"#{name}-panel", Panel).retitle(title + words)
