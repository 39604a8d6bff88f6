"""Writes a price of one's own into the settings file, checked before and after."""

import os
import shlex
from collections.abc import Mapping
from typing import Any

from costtui.pricing.overrides import read_override
from costtui.sections import Section
from costtui.settings import load, settings_path
from costtui.settings_file import append_table


def set_price(entry: Mapping[str, Any]) -> str:
    """Append a ``[[prices]]`` table to the settings file and return what was done in words. Raises SettingsError.

    The file is replaced in one step, and only by one that reads without an error.
    """
    values = {key: value for key, value in entry.items() if value not in ("", [], False)}
    override = read_override(Section(values, "prices set: "), "prices set")
    path = settings_path(os.environ)
    load()  # a file that is broken already is not ours to add to
    table = append_table(path, "[[prices]]", values)
    return (
        f"{path}: the price of {override.model} is set\n\n{table}\n"
        "Calls that are recorded from now on use it. For those recorded before: costtui reprice --dry-run "
        f"--model {shlex.quote(override.model)}"
    )
