"""What differs between the context of an evaluation and that of a tracked event, attribute by attribute."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from costtui.attribution.contexts import individuals, redacted_names

REDACTED = "(redacted)"
"""Stands for the value of a private attribute: its name is known, its value is not."""
_MISSING = object()


class Change(StrEnum):
    """How an attribute of the tracked context differs from the evaluated one."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    RETYPED = "retyped"


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute that is not the same on both sides."""

    kind: str
    """Kind of the context that holds the attribute."""
    attribute: str
    """Name, or ``/path/inside`` an object; empty where the whole kind is on one side only."""
    change: Change
    evaluated: Any = None
    tracked: Any = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of two contexts side by side, as text."""

    kind: str
    attribute: str
    evaluated: str
    """JSON text of the value, empty where the attribute is not there."""
    tracked: str
    change: Change | None


def differences(evaluated: Mapping[str, Any], tracked: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return what differs between two contexts in normal form, by kind and name.

    JSON types count: ``1`` and ``true`` and ``"1"`` differ (*retyped*), ``1`` and ``1.0`` do not. An attribute that is redacted on
    one side and present on the other is no difference: only its name can be compared.
    """
    common = evaluated.get("kind")
    if common == tracked.get("kind") and common not in (None, "", "multi"):
        return tuple(_compare(str(common), "", _opened(evaluated), _opened(tracked)))
    before, after = individuals(evaluated), individuals(tracked)
    found: list[Difference] = []
    for kind in sorted({*before, *after}):
        if kind not in after:
            found.append(Difference(kind, "", Change.REMOVED, _opened(before[kind]), None))
        elif kind not in before:
            found.append(Difference(kind, "", Change.ADDED, None, _opened(after[kind])))
        else:
            found.extend(_compare(kind, "", _opened(before[kind]), _opened(after[kind])))
    return tuple(found)


def side_by_side(evaluated: Mapping[str, Any] | None, tracked: Mapping[str, Any] | None) -> tuple[Row, ...]:
    """Return both contexts line by line: kinds that differ first; of each its key, then what differs, then the rest."""
    before = individuals(evaluated) if evaluated else {}
    after = individuals(tracked) if tracked else {}
    changes = differences(evaluated, tracked) if evaluated and tracked else ()
    rows: list[Row] = []
    changed = {each.kind for each in changes}
    for kind in sorted({*before, *after}, key=lambda kind: (kind not in changed, kind)):
        left, right = _opened(before.get(kind, {})), _opened(after.get(kind, {}))
        named = {each.attribute: each.change for each in changes if each.kind == kind}
        parents = {_parts(name)[0] for name in named if name.startswith("/")}
        names = ({*left, *right} - parents) | {name for name in named if name}
        rows.extend(
            Row(kind, name, _cell(left, name), _cell(right, name), named.get("", named.get(name)))
            for name in sorted(names, key=lambda name: (name != "key", name not in named, name))
        )
    return tuple(rows)


def type_name(value: Any) -> str:
    """Return the JSON type of a value: ``number``, ``text``, ``boolean``, ``array``, ``object`` or ``null``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def json_text(value: Any) -> str:
    """Return a value as JSON text; a redacted one as words."""
    return value if value is REDACTED else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _compare(kind: str, path: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[Difference]:
    for key in sorted({*left, *right}):
        before, after = left.get(key, _MISSING), right.get(key, _MISSING)
        if type(before) is type(after) is str and before == after:
            continue
        name = f"{path}/{_escaped(key)}" if path else key
        if before is _MISSING:
            yield Difference(kind, name, Change.ADDED, None, after)
        elif after is _MISSING:
            yield Difference(kind, name, Change.REMOVED, before, None)
        elif before is REDACTED or after is REDACTED:
            continue
        elif isinstance(before, dict) and isinstance(after, dict):
            yield from _compare(kind, path=name if path else f"/{_escaped(key)}", left=before, right=after)
        elif type_name(before) != type_name(after):
            yield Difference(kind, name, Change.RETYPED, before, after)
        elif json_text(before) != json_text(after):
            yield Difference(kind, name, Change.CHANGED, before, after)


def _opened(individual: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the attributes of an individual context with a mark in the place of each redacted one."""
    if "_meta" not in individual:
        return individual
    opened = {name: value for name, value in individual.items() if name != "_meta"}
    for name in redacted_names(individual):
        *parents, leaf = _parts(name) if name.startswith("/") else [name]
        inside = opened
        for parent in parents:
            inner = inside.get(parent)
            inside[parent] = inside = dict(inner) if isinstance(inner, dict) else {}
        inside.setdefault(leaf, REDACTED)
    return opened


def _parts(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _cell(values: Mapping[str, Any], name: str) -> str:
    value: Any = values
    for part in _parts(name) if name.startswith("/") and name not in values else [name]:
        value = value.get(part, _MISSING) if isinstance(value, dict) else _MISSING
    return "" if value is _MISSING else json_text(value)
