"""Which actions work where the user is, and with which keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from textual.binding import ActiveBinding
from textual.screen import Screen

from costtui.ui.actions import ACTIONS, Action, label
from costtui.ui.widgets.hints import MOST


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """A line of the help: an action with the keys it has now."""

    id: str
    keys: str
    text: str
    help: str
    group: str
    works_here: bool


_ALWAYS = frozenset(action.id for action in ACTIONS if action.asks and action.target == "app")
"""Found in the palette though its own line takes the keys."""

Working = dict[str, tuple[str, ActiveBinding]]
"""Action id → its keys, as people write them, and the binding that runs it."""


def typed_into(screen: Screen[Any]) -> bool:
    """Return whether letters go into a line of text on a screen."""
    return screen.focused is not None and screen.focused.check_consume_key("a", "a")


def working(screen: Screen[Any]) -> Working:
    """Return the actions that can be done on a screen as it is now."""
    found: Working = {}
    for key, active in screen.active_bindings.items():
        action_id = active.binding.id
        if action_id is None or not (active.enabled or action_id in _ALWAYS):
            continue
        known = found.get(action_id)
        found[action_id] = (f"{known[0]} {label(key)}" if known else label(key), active)
    return found


def hints(screen: Screen[Any]) -> list[tuple[str, str, str]]:
    """Return at most seven hints (first key, words, action id): the screen's own verbs, and help at the end."""
    here = working(screen)
    wanted = sorted(
        (action for action in ACTIONS if action.hint and action.id in here), key=lambda it: it.hint
    )
    if len(wanted) > MOST:
        wanted = [*wanted[: MOST - 1], wanted[-1]]
    return [(here[action.id][0].split(" ")[0], action.text, action.id) for action in wanted]


def commands(screen: Screen[Any]) -> list[tuple[str, str, str]]:
    """Return what the palette offers: the id, words and meaning of each action that works on a screen; moving is for keys."""
    shown = {
        action.id: action for action in ACTIONS if action.group != "Move" and action.id != "help.palette"
    }
    return [
        (action_id, f"{shown[action_id].text}  ({keys})", shown[action_id].help)
        for action_id, (keys, _) in working(screen).items()
        if action_id in shown
    ]


def help_lines(screen: Screen[Any], registered: Sequence[Action], keymap: Mapping[str, str]) -> list[KeyHelp]:
    """Return every registered action with the keys it has now, and whether it works on a screen."""
    here = working(screen)
    return [
        KeyHelp(
            action.id,
            here[action.id][0] if action.id in here else label(keymap.get(action.id, action.keys)),
            action.text,
            action.help,
            action.group,
            action.id in here,
        )
        for action in registered
    ]
