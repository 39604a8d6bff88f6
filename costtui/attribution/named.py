"""Contexts with a name, as people write them in the settings: kinds with their attributes, identity safe."""

import json
import math
from collections.abc import Mapping
from typing import Any

from costtui.attribution.contexts import Json, build_context, build_multi_context, individuals
from costtui.text import plain

KINDS = ("user", "session", "organization")
"""Kinds that an experiment of the sample project knows; others may be written, too."""
_ATTRIBUTES = 200
_NAME = 60


def named_context(name: str, kinds: Mapping[str, Any]) -> Json:
    """Return the context that ``kind → attributes`` describes; raises ValueError naming the kind that cannot be used.

    ``key`` is who it is (default: after the name). An attribute ``kind`` cannot make it another kind: it is kept as
    ``attribute_kind``.
    """
    check_name(name)
    if not kinds:
        raise ValueError("has no kind: give it at least user with an attribute")
    return build_multi_context(*(_individual(name, kind, inner) for kind, inner in kinds.items()))


def check_name(name: str) -> None:
    """Raise ValueError for a name that cannot be shown, typed or written."""
    if not name.strip() or name != plain(name).strip() or len(name) > _NAME or set(name) & set("*?[]"):
        raise ValueError(f"is no name for a context: {name!r}; use letters, digits and -, at most {_NAME}")


def with_user(context: Mapping[str, Any], user: str) -> Json:
    """Return a context for another user: the key of kind user is replaced, where there is one."""
    changed = [
        {**inner, "kind": kind, **({"key": user} if kind == "user" else {})}
        for kind, inner in individuals(context).items()
    ]
    return build_multi_context(*changed)


def user_of(context: Mapping[str, Any]) -> str:
    """Return the key of kind user, empty where there is none."""
    return str(individuals(context).get("user", {}).get("key", ""))


def describe(context: Mapping[str, Any]) -> str:
    """Return what a context is in a few words: the values of its attributes."""
    values = [
        value
        for inner in individuals(context).values()
        for name, value in inner.items()
        if name not in ("key", "email", "user", "_meta")
    ]
    return plain(", ".join(value if isinstance(value, str) else json.dumps(value) for value in values))


def _individual(name: str, kind: str, inner: Any) -> Json:
    if not isinstance(inner, Mapping):
        raise ValueError(f"{kind} must be a table of attributes, not {inner!r:.60}")
    if len(inner) > _ATTRIBUTES:
        raise ValueError(f"{kind} has {len(inner)} attributes; at most {_ATTRIBUTES}")
    key = inner.get("key", f"{name}-user" if kind == "user" else f"{kind}-{name}")
    if not isinstance(key, str):
        raise ValueError(f"{kind}.key must be text, not {key!r:.60}")
    attributes = {each: value for each, value in inner.items() if each != "key"}
    for each, value in attributes.items():
        check_value(f"{kind}.{each}", value)
    return build_context(key, attributes, kind)


def check_value(where: str, value: Any, depth: int = 8) -> None:
    """Raise ValueError naming the place of a value that SDKs or settings cannot keep as it is."""
    if value is None:
        raise ValueError(f"{where} is null, which means absent: leave it out")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{where} is no finite number")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        raise ValueError(f"{where} is too large a number; write it as text")
    if isinstance(value, Mapping | list):
        if depth == 0:
            raise ValueError(f"{where} is nested too deeply")
        inner = value.values() if isinstance(value, Mapping) else value
        for each in inner:
            check_value(where, each, depth - 1)
    elif not isinstance(value, str | bool | int | float) and not hasattr(value, "isoformat"):
        raise ValueError(f"{where} is no value that JSON knows: {value!r:.60}")
