"""A context as lines that can be typed: ``kind.attribute = value``, the value in JSON."""

import json
from collections.abc import Mapping
from typing import Any

from costtui.attribution.named import check_value
from costtui.text import plain
from costtui.view.table import Cell, Row

Kinds = dict[str, dict[str, Any]]
"""Kind → attributes, with the key."""
PROMPT = "kind.attribute = value in JSON, such as user.seats = 12"


def line_of(kind: str, name: str, value: Any) -> str:
    """Return an attribute as it is typed."""
    return f"{kind}.{name} = {json.dumps(value, ensure_ascii=False)}"


def typed_line(text: str) -> tuple[str, str, Any]:
    """Return kind, attribute and value of a line; None for a value that is left out. Raises ValueError saying why not.

    The value is JSON; a bare word is text.
    """
    path, equals, written = text.partition("=")
    kind, dot, name = path.strip().partition(".")
    if not equals or not dot or not kind or not name.strip():
        raise ValueError(f"write {PROMPT}")
    written, name = written.strip(), name.strip()
    if plain(text) != text:
        raise ValueError("control characters cannot be kept: write them as JSON escapes")
    value = _value(written) if written else None
    if name == "key" and value is not None and (not isinstance(value, str) or not value):
        raise ValueError('a key is text that is not empty, such as "u-17"')
    if name in ("kind", "_meta"):
        raise ValueError(f"{name} is who the context is, no attribute: it would replace the identity")
    if written:
        check_value(path.strip(), value)
    return kind, name, value


def changed(kinds: Mapping[str, Mapping[str, Any]], text: str) -> Kinds:
    """Return a context with a typed line in it; one without a value removes the attribute. Raises ValueError."""
    kind, name, value = typed_line(text)
    found = {each: dict(inner) for each, inner in kinds.items()}
    if value is not None:
        found.setdefault(kind, {})[name] = value
    else:
        found.get(kind, {}).pop(name, None)
        if not set(found.get(kind, {"": 0})) - {"key"}:
            found.pop(kind, None)
    return found


def rows(kinds: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """Return a line per attribute; its key is what is typed to change it."""
    return [
        Row(
            line_of(kind, name, value),
            {
                "path": Cell(f"{kind}.{name}", tone="muted"),
                "value": Cell(plain(json.dumps(value, ensure_ascii=False)), tone=_tone(name)),
            },
        )
        for kind, inner in kinds.items()
        for name, value in sorted(inner.items(), key=lambda item: (item[0] != "key", item[0]))
    ]


def _tone(name: str) -> str:
    return "accent" if name == "key" else "strong"


def _value(written: str) -> Any:
    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no finite number")

    try:
        return json.loads(written, parse_constant=refuse)
    except json.JSONDecodeError:
        if written[0] in '"[{-0123456789':
            raise ValueError(f'not JSON: {written:.60}; text stands in quotes, such as "eu-west"') from None
        return written
    except RecursionError:
        raise ValueError("nested too deeply") from None
