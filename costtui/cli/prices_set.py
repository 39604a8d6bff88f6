"""Writes a price of one's own into the settings file, checked before and after."""

import json
import os
import shlex
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from costtui.errors import SettingsError
from costtui.pricing.overrides import read_override
from costtui.sections import Section
from costtui.settings import load, settings_path


def set_price(entry: Mapping[str, Any]) -> str:
    """Append a ``[[prices]]`` table to the settings file and return what was done in words. Raises SettingsError.

    The file is replaced in one step, and only by one that reads without an error.
    """
    values = {key: value for key, value in entry.items() if value not in ("", [], False)}
    override = read_override(Section(values, "prices set: "), "prices set")
    path = settings_path(os.environ)
    load()  # a file that is broken already is not ours to add to
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    table = "\n".join(("[[prices]]", *lines, ""))
    _replace(path, f"{text.rstrip()}\n\n{table}" if text.strip() else table)
    return (
        f"{path}: the price of {override.model} is set\n\n{table}\n"
        "Calls that are recorded from now on use it. For those recorded before: costtui reprice --dry-run "
        f"--model {shlex.quote(override.model)}"
    )


def _replace(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            file.write(text)
        new = Path(file.name)
        if path.exists():
            new.chmod(path.stat().st_mode & 0o777)
        new.replace(path)
    except OSError as error:
        raise SettingsError(f"settings: cannot write {path}: {error.strerror}") from None
