"""Try: choose a context, an AI Config, a model and a prompt; make the call; see whether it counts."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from costtui.errors import CosttuiError
from costtui.ui import crash
from costtui.ui.screens.drawn import figures
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.headline import Headline
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.text_view import TextView
from costtui.view.room import TryPage, TryRequest
from costtui.view.snapshot import Page
from costtui.view.table import Cell, Row
from costtui.view.trial import PROMPTS, Ask, Choices, Outcome, Plan, headline

if TYPE_CHECKING:
    from costtui.view.trial import Trial

NO_TRIAL = "Calls can be tried in the monitor of one store: costtui STORE, then 8."


class Planned(Message):
    """What a call would be is known."""

    def __init__(self, choices: Choices | None, plan: Plan) -> None:
        super().__init__()
        self.choices, self.plan = choices, plan


class PieceCame(Message):
    """A piece of the answer has come."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Fired(Message):
    """The call is over."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class TryScreen(DrillScreen):
    """What would this user get, and would it count?"""

    AUTO_FOCUS = "#form"
    filterable = False

    DEFAULT_CSS = """
    TryScreen {
        #form { height: 6; }
        #told { height: 1fr; }
        #told > Vertical { width: 1fr; }
        #verdict-panel { margin-left: 1; }
        #verdict-panel, #answer-panel { height: 1fr; }
        #outcome { height: 3; }
        &.-narrow #told { layout: vertical; }
        &.-narrow #verdict-panel { margin-left: 0; }
        &.-narrow #answer-panel { height: 3; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._ask = Ask()
        self._choices: Choices | None = None
        self._plan: Plan | None = None
        self._outcome: Outcome | None = None
        self._answer = ""
        self._armed = False
        self._stopped: threading.Event | None = None
        """Set to cancel the call that is under way; None: there is none."""

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
            with Panel("answer", id="answer-panel"):
                yield TextView(id="answer", empty="not asked yet")
            with Panel("does it count?", id="verdict-panel"), Vertical():
                yield TextView(id="verdict", empty="choose an AI Config to track the cost and check it")

    def request(self) -> TryRequest:
        """Ask for the budgets."""
        return TryRequest(self._plan.payer) if self._plan is not None else TryRequest()

    def show(self, page: Page) -> None:
        """Show the choices with the budget that is left."""
        if self._plan is None and self.trial is not None:
            self._prepare()
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to cancel only while there is a call."""
        if action == "try_cancel":
            return self._stopped is not None
        return super().check_action(action, parameters)

    def action_try_cancel(self) -> None:
        """Cancel the call."""
        if self._stopped is not None:
            self._stopped.set()

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
                outcome = trial.fire(self._ask, self._tell, stopped, lambda tally: None)
            except Exception as error:  # the page must not wait for ever
                crash.write_report(error)
                outcome = Outcome(problem=crash.summary(error))
            self.post_message(Fired(outcome))

    def _tell(self, text: str) -> None:
        self.post_message(PieceCame(text))

    @on(Planned)
    def _planned(self, message: Planned) -> None:
        message.stop()
        self._choices = message.choices
        if message.plan.ask == self._ask:
            self._plan = message.plan
        self._draw()

    @on(PieceCame)
    def _piece_came(self, message: PieceCame) -> None:
        message.stop()
        self._answer += message.text
        self.query_one("#answer", TextView).show(self._answer)

    @on(Fired)
    def _fired(self, message: Fired) -> None:
        message.stop()
        self._outcome, self._stopped = message.outcome, None
        self._draw()
        self.monitor.show_hints(self)

    @on(LiveTable.RowOpened, "#form")
    def _row_opened(self, event: LiveTable.RowOpened) -> None:
        if self._stopped is not None or self._choices is None:
            return
        if event.key == "fire":
            self._confirm()
            return
        if event.key == "bug":
            self._take(replace(self._ask, legacy=not self._ask.legacy))
            return
        self._pick(event.key, self._choices)

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

        found = {
            "context": choices.contexts,
            "config": choices.configs,
            "model": choices.models,
            "prompt": tuple((text, "") for text in PROMPTS),
        }[what]
        answers = [Answer(name, name or "–", text) for name, text in found]
        typed = {"model": "or provider/model", "prompt": "or your own words", "config": "or its key"}.get(
            what, ""
        )
        chosen = str(getattr(self._ask, what))

        def take(answer: str | None) -> None:
            if answer is not None:
                self._take(replace(self._ask, **{what: answer}))  # type: ignore[arg-type]

        self.app.push_screen(Picker(what, answers, chosen=chosen, typed=typed), take)

    def _take(self, ask: Ask) -> None:
        self._ask, self._plan, self._armed = ask, None, False
        self._prepare()
        self._draw()

    def _draw(self) -> None:
        page, plan = self.page, self._plan
        if not isinstance(page, TryPage):
            return
        self.query_one("#plan", Headline).show(figures(headline(plan, page.budget)))
        self.query_one("#form", LiveTable).show(self._rows())
        outcome = self._outcome or Outcome()
        self.query_one("#outcome").display = bool(outcome.figures)
        self.query_one("#outcome", Headline).show(figures(outcome.headline()))
        self.query_one("#answer", TextView).show(outcome.problem or self._answer)
        self.query_one("#verdict", TextView).show(outcome.report)

    def _rows(self) -> list[Row]:
        ask = self._ask
        return [
            _row("context", "made for", ask.context),
            _row("config", "AI Config", ask.config or "none: nothing is tracked"),
            _row("model", "model", ask.model or "as the AI Config serves, else simulated"),
            _row("prompt", "prompt", ask.prompt),
            _row("bug", "historical bug", *_bug(ask)),
            _row("fire", "", *self._fire_line()),
        ]

    def _fire_line(self) -> tuple[str, str]:
        plan = self._plan
        if self.trial is None:
            return NO_TRIAL, "warn"
        if self._stopped is not None:
            return "calling … x cancels", "accent"
        if plan is None:
            return "looking what would be served …", "muted"
        if plan.problem:
            return plan.problem, "error"
        if self._armed:
            return f"⏎ again calls {plan.model}", "warn"
        return "⏎ call" + (f"   {plan.note}" if plan.note else ""), "ok"


def _bug(ask: Ask) -> tuple[str, str]:
    if ask.legacy:
        return "on: evaluated with an allow-list of attributes, tracked with all of them", "error"
    return "off: one context for evaluation and tracking", ""


def _row(key: str, label: str, value: str, tone: str = "strong") -> Row:
    return Row(key, {"label": Cell(label, tone="muted"), "value": Cell(value, tone=tone)})
