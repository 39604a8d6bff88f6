"""Changes the settings file: in one step, only into one that reads, with the user's comments where they were."""

import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from costtui.errors import SettingsError
from costtui.record.atomic import write_atomically

_HEADER = re.compile(r"\s*\[(?!\[)(?P<name>[^#]*)\]\s*(#.*)?$")
_ANY_HEADER = re.compile(r"\s*\[")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def append_table(path: Path, header: str, values: Mapping[str, Any]) -> str:
    """Append a table such as ``[[prices]]`` and return its text. Raises SettingsError."""
    text = _read(path)
    table = _table(header, values)
    replace_settings(path, f"{text.rstrip()}\n\n{table}" if text.strip() else table)
    return table


def change_tables(
    path: Path, section: str, put: Mapping[str, Mapping[str, Any]], drop: Sequence[str] = ()
) -> None:
    """Put tables ``[SECTION.NAME.…]`` of kind → values into the settings, and remove others. Raises SettingsError.

    Comments inside a table that is replaced go with it. A file that writes them in another form is left as it is.
    """
    old = _read(path)
    text = old
    for name in (*put, *drop):
        text = _without(text, (section, name))
    tables = [
        _table(f"[{_dotted((section, name, kind))}]", values)
        for name, kinds in put.items()
        for kind, values in kinds.items()
    ]
    new = "\n\n".join(part for part in (text.rstrip(), *(table.rstrip() for table in tables)) if part) + "\n"
    wanted = _parsed(old, path)
    inner = {name: value for name, value in wanted.pop(section, {}).items() if name not in (*put, *drop)}
    inner |= {name: {kind: dict(values) for kind, values in kinds.items()} for name, kinds in put.items()}
    if _parsed(new, path).pop(section, {}) != inner or {**_parsed(new, path), section: 0} != {
        **wanted,
        section: 0,
    }:
        raise SettingsError(
            f"settings: {path} writes {section} in a form that is not changed from here: edit it by hand"
        )
    replace_settings(path, new)


def replace_settings(path: Path, text: str) -> None:
    """Replace the settings file in one step; its permissions stay. Raises SettingsError."""
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else None
        target = path.resolve()
        write_atomically(target, text)
        if mode is not None:
            target.chmod(mode)
    except OSError as error:
        raise SettingsError(f"settings: cannot write {path}: {error.strerror}") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings: cannot read {path}: {error}") from None


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"settings: cannot read {path}: {error}") from None


def _without(text: str, name: tuple[str, ...]) -> str:
    """Return the text without a table and its inner ones; what stands before the next header stays with that."""
    kept: list[str] = []
    waiting: list[str] = []
    inside = False
    for line in text.split("\n"):
        if _ANY_HEADER.match(line):
            if inside:
                kept += waiting
            waiting = []
            header = _HEADER.match(line)
            inside = header is not None and _parts(header["name"])[: len(name)] == name
        if not inside:
            kept.append(line)
        elif not line.strip() or line.lstrip().startswith("#"):
            waiting.append(line)
        else:
            waiting = []
    return "\n".join(kept + (waiting if inside else []))


def _parts(header: str) -> tuple[str, ...]:
    """Return the names in a header; none where it is not one."""
    try:
        found: Any = tomllib.loads(f"[{header}]")
    except tomllib.TOMLDecodeError:
        return ()
    parts = []
    while isinstance(found, dict) and found:
        ((name, found),) = found.items()
        parts.append(name)
    return tuple(parts)


def _table(header: str, values: Mapping[str, Any]) -> str:
    lines = [f"{_dotted((key,))} = {_value(value)}" for key, value in values.items()]
    return "\n".join((header, *lines, ""))


def _dotted(names: tuple[str, ...]) -> str:
    return ".".join(name if _BARE.fullmatch(name) else _text(name) for name in names)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return repr(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_dotted((key,))} = {_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    raise SettingsError(f"settings: no value that can be written: {value!r:.60}")


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
