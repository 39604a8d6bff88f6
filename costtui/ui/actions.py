"""The one registry of actions: bindings, hints, help, palette and the documentation are made of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding, BindingType

from costtui.errors import SettingsError

Target = Literal["app", "page", "rows"]


@dataclass(frozen=True, slots=True)
class Action:
    """Something the user can do; it works wherever a screen or widget has a method of its name."""

    id: str
    """``area.verb``; the method that does it is ``action_area_verb``."""
    keys: str
    """Keys in Textual's words, comma-separated."""
    text: str
    """One or two words, for the line of hints."""
    help: str
    """What it does, in a sentence."""
    group: str
    target: Target
    hint: int = 0
    """Place in the line of hints, 0: not in it."""
    asks: bool = False
    """Whether it opens a line to type in: what is typed right behind its key, however fast, then goes into the line."""

    @property
    def place(self) -> str | None:
        """The screen that the action goes to, None if it does something else."""
        area, _, verb = self.id.partition(".")
        return verb if area == "go" else None

    @property
    def method(self) -> str:
        """What Textual calls the action; places share one that takes the place."""
        return f"go('{self.place}')" if self.place else self.id.replace(".", "_")


def _go(place: str, key: str, text: str, help: str) -> Action:
    return Action(f"go.{place}", key, text, help, "Screens", "app")


ACTIONS: tuple[Action, ...] = (
    _go("overview", "1", "Overview", "Am I fine? Budgets, spend and pace, top nodes, alerts."),
    _go("nodes", "2", "Nodes", "Which step costs and waits?"),
    _go("runs", "3", "Runs", "Which execution cost what, and how did it end?"),
    _go("calls", "4", "Calls", "What just happened? The newest calls, followed."),
    _go("quality", "5", "Quality", "Did it pay? Scores over runs, subsystems, what a point costs."),
    _go("compare", "6", "Compare", "Which model, configuration or variation is better? A verdict in words."),
    _go(
        "attribution", "7", "Attribution", "Why is my experiment empty? Metric events by cause, with the fix."
    ),
    _go("try", "8", "Try", "What would this user get, what does it cost, and does it count?"),
    Action("rows.down", "j,down", "down", "Next row.", "Move", "rows"),
    Action("rows.up", "k,up", "up", "Previous row.", "Move", "rows"),
    Action("rows.page_down", "pagedown", "page down", "A screenful on.", "Move", "rows"),
    Action("rows.page_up", "pageup", "page up", "A screenful back.", "Move", "rows"),
    Action("rows.top", "g,home", "top", "First row.", "Move", "rows"),
    Action("rows.bottom", "G,end", "bottom", "Last row; in a followed table, follow again.", "Move", "rows"),
    Action(
        "rows.open", "enter", "open", "Open what is under the cursor: one layer deeper.", "Move", "rows", 1
    ),
    Action("page.next", "tab", "next panel", "Focus the next panel.", "Move", "page"),
    Action("page.previous", "shift+tab", "previous panel", "Focus the previous panel.", "Move", "page"),
    Action(
        "page.back", "escape", "back", "Back by one layer: filter, zoom, detail, screen.", "Move", "page", 2
    ),
    Action(
        "filter.edit",
        "slash",
        "filter",
        "Filter as you type: words, field:value, cost>0.01, ! inverts; esc clears.",
        "Rows",
        "page",
        3,
        asks=True,
    ),
    Action("sort.next", "s", "sort", "Order by the next column.", "Rows", "page", 4),
    Action("sort.reverse", "S", "reverse", "Reverse the order.", "Rows", "page"),
    Action("sort.left", "less_than_sign", "sort left", "Order by the column to the left.", "Rows", "page"),
    Action(
        "sort.right", "greater_than_sign", "sort right", "Order by the column to the right.", "Rows", "page"
    ),
    Action(
        "rows.follow",
        "f",
        "follow",
        "Follow the newest row, or stop; moving up stops too.",
        "Rows",
        "page",
        5,
    ),
    Action(
        "view.zoom",
        "z",
        "zoom",
        "Give the focused panel the whole screen; again or esc restores.",
        "Rows",
        "page",
    ),
    Action("window.narrower", "left_square_bracket", "narrower", "Narrower time window.", "Time", "app"),
    Action("window.wider", "right_square_bracket", "wider", "Wider time window.", "Time", "app"),
    Action("window.pick", "w", "window", "Pick a time window, or type a range.", "Time", "app", 6, asks=True),
    Action("feed.pause", "p", "pause", "Freeze the rows; counting goes on.", "Time", "app", 7),
    Action("feed.read", "r", "read now", "Read the store again, now.", "Time", "app"),
    Action("feed.faster", "plus", "faster", "Redraw more often.", "Time", "app"),
    Action("feed.slower", "minus", "slower", "Redraw less often.", "Time", "app"),
    Action("budget.worst", "b", "worst budget", "Jump to what burns the worst budget.", "Go", "page", 8),
    Action("alert.list", "a", "alerts", "Show the alerts.", "Go", "page"),
    Action("lead.list", "L", "leads", "On the overview: the leads that cost most.", "Go", "page"),
    Action(
        "change.explain",
        "c",
        "why change",
        "On the overview: why did spend change? There again: compare with another time.",
        "Go",
        "page",
    ),
    Action(
        "attribution.of_call",
        "d",
        "attribution",
        "What was evaluated and tracked for this call's context?",
        "Go",
        "page",
    ),
    Action(
        "experiment.show",
        "E",
        "experiment",
        "On Attribution: what each variation costs and achieves, what lost events change, what to decide.",
        "Go",
        "page",
        3,
    ),
    Action(
        "run.costs",
        "C",
        "cost tree",
        "What a run's cost is made of: nodes, calls, kinds of tokens.",
        "Go",
        "page",
        3,
    ),
    Action(
        "run.work",
        "I",
        "issues",
        "What happened in a run over issues: issues, agents, pipelines, debugging, tools, errors.",
        "Go",
        "page",
        3,
    ),
    Action("compare.by", "o", "compare by", "Pick the field that is compared by.", "Compare", "page", 3),
    Action(
        "compare.versus",
        "v",
        "versus",
        "Compare against the row under the cursor; of runs: mark one, then another shows the difference.",
        "Compare",
        "page",
        3,
    ),
    Action("compare.model", "m", "what if", "Price the calls with another model.", "Compare", "page", 3),
    Action("try.cancel", "x", "cancel", "Cancel the call that is being tried.", "Go", "page", 3),
    Action(
        "price.bind",
        "u",
        "price",
        "Set a price for the model under the cursor and price its calls.",
        "Go",
        "page",
        asks=True,
    ),
    Action("copy.row", "y", "copy", "Copy the row, or the text.", "Take away", "page"),
    Action("copy.json", "Y", "copy JSON", "Copy the row as JSON.", "Take away", "page"),
    Action(
        "export.pick",
        "e",
        "export",
        "Write what is shown to a file: CSV, JSON or a picture.",
        "Take away",
        "page",
    ),
    Action(
        "store.explain",
        "i",
        "store",
        "Say how the store is, where it lies, and what is wrong.",
        "Help",
        "app",
    ),
    Action("help.show", "question_mark", "keys", "Every key, searchable.", "Help", "app", 9, asks=True),
    Action("help.palette", "colon,ctrl+p", "commands", "Find a command by its name.", "Help", "app"),
    Action("app.quit", "q,ctrl+c", "quit", "Leave the monitor.", "Help", "app"),
)
"""Every action, in the order of the help."""

ASKING = frozenset(action.method for action in ACTIONS if action.asks)
"""Actions whose keys are looked at before the focused widget sees them: not to be done while that is typed in."""


def bindings(target: Target) -> list[BindingType]:
    """Return the bindings of an app, a page, or rows."""
    return [
        Binding(
            action.keys,
            action.method,
            action.text,
            id=action.id,
            show=bool(action.hint),
            priority=action.asks,
        )
        for action in ACTIONS
        if action.target == target
    ]


def keymap(keys: Mapping[str, str]) -> dict[str, str]:
    """Return the user's keys by action id. Raises SettingsError where an id is none."""
    known = {action.id for action in ACTIONS}
    for action_id in keys:
        if action_id not in known:
            raise SettingsError(
                f"settings: monitor.keys names no action: {action_id!r}; see docs/keys.md for the ids"
            )
    return {action_id: keys_text.replace(" ", "") for action_id, keys_text in keys.items()}


def label(keys: str) -> str:
    """Return keys as people write them: ``j ↓``, ``⏎``, ``ctrl+p``."""
    return " ".join(_LABELS.get(key.strip(), key.strip()) for key in keys.split(","))


def groups(actions: Iterable[Action]) -> dict[str, list[Action]]:
    """Return actions by group, in the order of the registry."""
    found: dict[str, list[Action]] = {}
    for action in actions:
        found.setdefault(action.group, []).append(action)
    return found


_LABELS = {
    "down": "↓",
    "up": "↑",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "enter": "⏎",
    "escape": "esc",
    "slash": "/",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "question_mark": "?",
    "colon": ":",
}
