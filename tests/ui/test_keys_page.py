"""One registry: documentation, bindings and methods agree with it."""

import os
from pathlib import Path

from screen_text import UPDATE

from costtui.ui.actions import ACTIONS, bindings
from costtui.ui.app import MonitorApp
from costtui.ui.keys_page import keys_page
from costtui.ui.place import PLACES
from costtui.ui.screens.page import PageScreen
from costtui.ui.screens.run import RunScreen
from costtui.ui.widgets.pick_list import PickList

PAGE = Path(__file__).parents[2] / "docs" / "keys.md"


def test_the_page_of_keys_is_what_the_registry_says():
    places = {place.id for place in PLACES}
    text = keys_page([action for action in ACTIONS if action.place is None or action.place in places])
    if os.environ.get(UPDATE):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, f"run with {UPDATE}=1"


def test_ids_are_unique_and_no_key_is_bound_twice():
    ids = [action.id for action in ACTIONS]
    assert len(set(ids)) == len(ids)
    keys = [key for action in ACTIONS for key in action.keys.split(",")]
    assert len(set(keys)) == len(keys)


def test_no_key_needs_a_chord_that_browsers_or_terminals_take():
    taken = {"ctrl+s", "ctrl+b", "ctrl+w", "ctrl+t", "ctrl+n", "ctrl+q", "ctrl+z"}
    assert not taken & {key for action in ACTIONS for key in action.keys.split(",")}


def test_every_action_is_done_by_somebody():
    screens = {RunScreen, *(type(place.make()) for place in PLACES)}
    doers = {"app": {MonitorApp}, "page": {PageScreen, *screens}, "rows": {PickList}}
    for action in ACTIONS:
        name = "action_" + action.method.partition("(")[0]
        assert any(hasattr(doer, name) for doer in doers[action.target]), action.id


def test_every_binding_can_be_changed():
    for target in ("app", "page", "rows"):
        assert all(binding.id for binding in bindings(target))
