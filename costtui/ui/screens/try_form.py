"""The lines of the Try page's form: what is chosen, and what can be done now."""

from dataclasses import dataclass

from costtui.format import count
from costtui.view.table import Cell, Row
from costtui.view.trial import Ask, Choices, Plan, Tally

NO_TRIAL = "Calls can be tried in the monitor of one store: costtui STORE, then 8."


@dataclass(frozen=True, slots=True)
class FireState:
    """How far the call is."""

    possible: bool
    calling: bool
    armed: bool
    plan: Plan | None
    tally: Tally | None


def form_rows(ask: Ask, choices: Choices | None, state: FireState) -> list[Row]:
    """Return a line per choice, and the line that calls."""
    contexts = dict(choices.contexts) if choices is not None else {}
    about = contexts.get(ask.context, "")
    bug = "on: evaluated with an allow-list, tracked with all attributes"
    rows = [
        _row("context", "made for", ask.context + (f"   {about}" if about else "")),
        _row("config", "AI Config", ask.config or "none: nothing is tracked"),
        _row("model", "model", ask.model or "as the AI Config serves, else simulated"),
        _row("prompt", "prompt", ask.prompt),
        _row("bug", "historical bug", *((bug, "error") if ask.legacy else ("off: one context for both", ""))),
        _row("repeat", "repeat", "once" if ask.repeat == 1 else f"{count(ask.repeat)} times, one by one"),
        _row("matrix", "matrix", "every context × every AI Config: what would each be served?"),
        _row("fire", "", *_fire_line(state)),
    ]
    if state.possible and state.plan is not None and state.plan.problem and choices is not None:
        rows.append(_row("hint", "", choices.hint, "muted"))
    return rows


def _fire_line(state: FireState) -> tuple[str, str]:
    plan = state.plan
    if not state.possible:
        return NO_TRIAL, "warn"
    if state.calling:
        tally = state.tally
        return f"{tally.text() if tally else 'calling …'}   x cancels", "accent"
    if plan is None:
        return "looking what would be served …", "muted"
    if plan.problem:
        return plan.problem, "error"
    times = f" {count(plan.ask.repeat)} times" if plan.ask.repeat > 1 else ""
    if state.armed:
        return f"⏎ again calls {plan.model}{times}", "warn"
    return f"⏎ call{times}" + (f"   {plan.note}" if plan.note else ""), "ok"


def _row(key: str, label: str, value: str, tone: str = "strong") -> Row:
    return Row(key, {"label": Cell(label, tone="muted"), "value": Cell(value, tone=tone)})
