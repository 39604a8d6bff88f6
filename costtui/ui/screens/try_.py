"""Try: choose a context, an AI Config, a model and a prompt; make the call; see whether it counts."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from costtui.errors import CosttuiError
from costtui.ui import crash
from costtui.ui.screens.drawn import figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.try_form import FireState, form_rows
from costtui.ui.screens.try_messages import ContextKept, Counted, Fired, PieceCame, Planned
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
    Ask,
    Choices,
    Outcome,
    Plan,
    Tally,
    headline,
    typed_repeat,
)

if TYPE_CHECKING:
    from costtui.ui.screens.context import Edited
    from costtui.view.trial import Trial

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


class TryScreen(DrillScreen):
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

    def __init__(self) -> None:
        super().__init__()
        self._ask = Ask()
        self._choices: Choices | None = None
        self._plan: Plan | None = None
        self._outcome: Outcome | None = None
        self._answer = ""
        self._tally: Tally | None = None
        self._armed = False
        self._stopped: threading.Event | None = None
        """Set to cancel the calls that are under way; None: there is none."""

    @property
    def trial(self) -> "Trial | None":
        """What makes the calls; None where there is nothing to record into."""
        return self.monitor.trial

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
        return TryRequest(self._plan.payer) if self._plan is not None else TryRequest()

    def show(self, page: Page) -> None:
        """Show the choices with the budget that is left."""
        if self._plan is None and self.trial is not None:
            self._prepare()
        self._draw()

    def show_absence(self, text: str) -> None:
        """Be of use without a store, too: the first call makes it."""
        if self.trial is None:
            super().show_absence(text)
        elif self.page is None:
            self.page = TryPage(room_for(self.request().payer, (), self.monitor.settings.budgets))
            self._show_body(True)
            self.show(self.page)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to cancel only while there is a call."""
        if action == "try_cancel":
            return self._stopped is not None
        return super().check_action(action, parameters)

    def action_try_cancel(self) -> None:
        """Cancel the calls; what is done is kept."""
        if self._stopped is not None:
            self._stopped.set()

    # -- in threads ------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, exit_on_error=False, group="plan")
    def _prepare(self) -> None:
        trial = self.trial
        if trial is not None:
            ask, choices = self._ask, self._choices
            try:
                choices = choices or trial.choices()
                plan = trial.plan(ask)
            except CosttuiError as error:
                plan = Plan(ask, ask.model, problem=str(error))
            self.post_message(Planned(choices, plan))

    @work(thread=True, exit_on_error=False, group="fire")
    def _fire(self, stopped: threading.Event) -> None:
        trial = self.trial
        if trial is not None:
            try:
                outcome = trial.fire(self._ask, self._tell, stopped, self._count)
            except Exception as error:  # the page must not wait for ever
                crash.write_report(error)
                outcome = Outcome(problem=crash.summary(error))
            self.post_message(Fired(outcome))

    @work(thread=True, exit_on_error=False, group="context")
    def _edit(self, edited: "Edited") -> None:
        trial = self.trial
        if trial is not None:
            try:
                if edited.kinds is None:
                    told, name = trial.drop_context(edited.name), Ask().context
                else:
                    told = trial.keep_context(edited.name, edited.kinds, edited.instead_of)
                    name = edited.name
                self.post_message(ContextKept(trial.choices(), name, told))
            except CosttuiError as error:
                self.post_message(ContextKept(None, "", str(error), bad=True))

    def _tell(self, text: str) -> None:
        self.post_message(PieceCame(text))

    def _count(self, tally: Tally) -> None:
        self.post_message(Counted(tally))

    # -- what they tell --------------------------------------------------------------------------------

    @on(Planned)
    def _planned(self, message: Planned) -> None:
        message.stop()
        self._choices = message.choices
        if message.plan.ask == self._ask:
            self._plan = message.plan
            self.request_changed()
        self._draw()

    @on(PieceCame)
    def _piece_came(self, message: PieceCame) -> None:
        message.stop()
        self._answer += message.text
        self.query_one("#answer", TextView).show(self._answer)

    @on(Counted)
    def _counted(self, message: Counted) -> None:
        message.stop()
        self._tally = message.tally if message.tally.total > 1 else None
        self._draw()

    @on(Fired)
    def _fired(self, message: Fired) -> None:
        message.stop()
        self._outcome, self._stopped, self._tally = message.outcome, None, None
        self._draw()
        self.monitor.show_hints(self)

    @on(ContextKept)
    def _context_kept(self, message: ContextKept) -> None:
        message.stop()
        self.monitor.tell(message.told, bad=message.bad)
        if not message.bad:
            self._choices = message.choices
            self._take(replace(self._ask, context=message.name))

    # -- choosing --------------------------------------------------------------------------------------

    @on(LiveTable.RowOpened, "#form")
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if self._stopped is not None or self._choices is None:
            return
        match event.key:
            case "fire":
                self._confirm()
            case "bug":
                self._take(replace(self._ask, legacy=not self._ask.legacy))
            case "matrix":
                self._open_matrix(self._choices)
            case "hint":
                return
            case what:
                self._pick(what, self._choices)

    def _confirm(self) -> None:
        """Ask once more before money is spent; then fire."""
        if self._plan is None or self._plan.problem:
            return
        self._armed = not self._armed
        if not self._armed:
            self._answer, self._outcome = "", None
            self._stopped = threading.Event()
            self._fire(self._stopped)
            self.monitor.show_hints(self)
        self._draw()

    def _pick(self, what: str, choices: Choices) -> None:
        from costtui.ui.screens.picker import Answer, Picker

        found: dict[str, tuple[tuple[str, str], ...]] = {
            "context": (*choices.contexts, (_EDIT, "change, save and delete contexts")),
            "config": choices.configs,
            "model": choices.models,
            "prompt": tuple((text, "") for text in PROMPTS),
            "repeat": tuple((str(number), "calls" if number > 1 else "call") for number in REPEATS),
        }
        texts = {"": "–", _EDIT: f"edit {self._ask.context} …"}
        answers = [Answer(name, texts.get(name, name), text) for name, text in found[what]]
        problem = typed_repeat if what == "repeat" else None

        def take(answer: str | None) -> None:
            if answer == _EDIT:
                self._open_context()
            elif answer is not None and what == "repeat":
                self._take(replace(self._ask, repeat=int(answer)))
            elif answer is not None:
                self._take(replace(self._ask, **{what: answer}))  # type: ignore[arg-type]

        chosen = str(getattr(self._ask, what))
        picker = Picker(what, answers, chosen=chosen, typed=_TYPED[what], problem=problem)
        self.app.push_screen(picker, take)

    def _open_context(self) -> None:
        from costtui.ui.screens.context import ContextBox

        name, trial = self._ask.context, self.trial
        if trial is None:
            return
        try:
            kinds = trial.context(name)
        except CosttuiError as error:
            self.monitor.tell(str(error), bad=True)
            return

        def take(edited: "Edited | None") -> None:
            if edited is not None:
                self._edit(edited)

        own = self._choices is not None and name in self._choices.own
        self.app.push_screen(ContextBox(name, kinds, own=own), take)

    def _open_matrix(self, choices: Choices) -> None:
        from costtui.ui.screens.matrix import MatrixScreen
        from costtui.view.matrix import Grid

        trial = self.trial
        if trial is not None:
            ask = self._ask
            grid = Grid(prompt=ask.prompt, model=ask.model, legacy=ask.legacy)
            self.monitor.push_screen(MatrixScreen(trial, choices, grid, self._take_cell))

    def _take_cell(self, context: str, config: str) -> None:
        self._take(replace(self._ask, context=context, config=config))

    def _take(self, ask: Ask) -> None:
        """Take another choice; what came of the one before is gone with it."""
        self._ask, self._plan, self._armed = ask, None, False
        self._outcome, self._answer = None, ""
        self._prepare()
        self._draw()

    def _draw(self) -> None:
        page, plan = self.page, self._plan
        if not isinstance(page, TryPage):
            return
        state = FireState(self.trial is not None, self._stopped is not None, self._armed, plan, self._tally)
        self.query_one("#plan", Headline).show(figures(headline(plan, page.budget)))
        self.query_one("#form", LiveTable).show(form_rows(self._ask, self._choices, state))
        outcome = self._outcome or Outcome()
        self.set_class(bool(outcome.figures), "-told")
        self.query_one("#outcome").display = bool(outcome.figures)
        self.query_one("#outcome", Headline).show(figures(outcome.headline()))
        series = self._ask.repeat > 1
        self._write("answer", outcome.problem or self._answer, _IN_CALLS if series else _NOT_ASKED)
        self._write("verdict", outcome.report, "" if self._ask.config else _UNTRACKED)
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
