"""What the Try page does in threads, and what they tell it: plans, calls, contexts that are kept."""

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work

from costtui.errors import CosttuiError
from costtui.ui import crash
from costtui.ui.screens.drill import DrillScreen
from costtui.ui.screens.try_messages import ContextKept, Counted, Fired, PieceCame, Planned
from costtui.view.trial import Ask, Choices, Outcome, Plan, Tally

if TYPE_CHECKING:
    from costtui.ui.screens.context import Edited
    from costtui.view.trial import Trial


class TryingScreen(DrillScreen):
    """A page with one call, or a series of it, that is planned, made and told; a subclass draws it."""

    def __init__(self) -> None:
        super().__init__()
        self.ask = Ask()
        self.choices: Choices | None = None
        self.plan: Plan | None = None
        self.outcome: Outcome | None = None
        self.answer = ""
        self.tally: Tally | None = None
        self.armed = False
        self.stopped: threading.Event | None = None
        """Set to cancel the calls that are under way; None: there is none."""

    @property
    def trial(self) -> "Trial | None":
        """What makes the calls; None where there is nothing to record into."""
        return self.monitor.trial

    def draw(self) -> None:
        """Show everything as it is now."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to cancel only while there is a call."""
        if action == "try_cancel":
            return self.stopped is not None
        return super().check_action(action, parameters)

    def action_try_cancel(self) -> None:
        """Cancel the calls; what is done is kept."""
        if self.stopped is not None:
            self.stopped.set()

    def confirm(self) -> None:
        """Ask once more before money is spent; then fire."""
        if self.plan is None or self.plan.problem:
            return
        self.armed = not self.armed
        if not self.armed:
            self.answer, self.outcome = "", None
            self.stopped = threading.Event()
            self._fire(self.stopped)
            self.monitor.show_hints(self)
        self.draw()

    def take(self, ask: Ask) -> None:
        """Take another choice; what came of the one before is gone with it."""
        self.ask, self.plan, self.armed = ask, None, False
        self.outcome, self.answer = None, ""
        self.prepare()
        self.draw()

    # -- in threads ------------------------------------------------------------------------------------

    @work(thread=True, exclusive=True, exit_on_error=False, group="plan")
    def prepare(self) -> None:
        trial = self.trial
        if trial is not None:
            ask, choices = self.ask, self.choices
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
                outcome = trial.fire(self.ask, self._tell, stopped, self._count)
            except Exception as error:  # the page must not wait for ever
                crash.write_report(error)
                outcome = Outcome(problem=crash.summary(error))
            self.post_message(Fired(outcome))

    @work(thread=True, exit_on_error=False, group="context")
    def edit(self, edited: "Edited") -> None:
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
        self.choices = message.choices
        if message.plan.ask == self.ask:
            self.plan = message.plan
            self.request_changed()
        self.draw()

    @on(PieceCame)
    def _piece_came(self, message: PieceCame) -> None:
        message.stop()
        self.answer += message.text
        self.draw()

    @on(Counted)
    def _counted(self, message: Counted) -> None:
        message.stop()
        self.tally = message.tally if message.tally.total > 1 else None
        self.draw()

    @on(Fired)
    def _fired(self, message: Fired) -> None:
        message.stop()
        self.outcome, self.stopped, self.tally = message.outcome, None, None
        self.draw()
        self.monitor.show_hints(self)

    @on(ContextKept)
    def _context_kept(self, message: ContextKept) -> None:
        message.stop()
        self.monitor.tell(message.told, bad=message.bad)
        if not message.bad:
            self.choices = message.choices
            self.take(replace(self.ask, context=message.name))
