"""What the plugin saw in the process, as facts: the same as the wire would show, with source lines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from costtui.attribution.contexts import Json, individuals, json_value
from costtui.attribution.events import EventReader, Fact
from costtui.facts import MetricEvent


@dataclass(frozen=True, slots=True)
class Privacy:
    """What the SDK's configuration keeps private."""

    everything: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """One evaluation or one tracked event, as the hot path left it."""

    kind: str
    """``feature`` or ``custom``."""
    key: str
    context: Any
    """The SDK's context: immutable, so it can be read later."""
    at_ms: float
    order: int
    call_site: str
    detail: Any = None
    """Of an evaluation: what the SDK returned."""
    data: Any = None
    value: Any = None
    sendable: bool = True
    """Whether the SDK sends anything at all."""


def facts_of(seen: Seen, reader: EventReader, environment: str, sender: str, privacy: Privacy) -> list[Fact]:
    """Return the facts of something seen; none where its context is not valid and nothing can be said of it."""
    context = redact(seen.context.to_dict(), privacy) if getattr(seen.context, "valid", False) else None
    delivered = None if seen.sendable and context is not None and _is_json(seen, context) else False
    event: Json = {"kind": seen.kind, "creationDate": seen.at_ms, "key": seen.key}
    event["context"] = json_value(context) if context else {"kind": "user", "key": "(invalid context)"}
    if seen.kind == "custom":
        event["data"] = json_value(seen.data)
        event["metricValue"] = seen.value if _is_number(seen.value) else json_value_of(seen.value)
    elif context is None:
        return []
    else:
        event |= {
            "value": seen.detail.value,
            "variation": seen.detail.variation_index,
            "reason": seen.detail.reason,
        }
    found: list[Fact] = []
    for fact in reader.read_event(event, environment, sender, seen.order):
        if isinstance(fact, MetricEvent):
            found.append(replace(fact, witness="plugin", call_site=seen.call_site, delivered=delivered))
        elif fact.witness == "feature":
            found.append(replace(fact, witness="plugin", call_site=seen.call_site))
        else:
            found.append(replace(fact, call_site=seen.call_site))
    return found


def redact(context: Mapping[str, Any], privacy: Privacy) -> Json:
    """Return a context as the SDK would send it: private attributes gone, their names kept."""
    inner = {kind: _redacted(attributes, privacy) for kind, attributes in individuals(context).items()}
    if len(inner) == 1:
        ((kind, attributes),) = inner.items()
        return {"kind": kind, **attributes}
    return {"kind": "multi", **inner}


def json_value_of(value: Any) -> Any:
    """Return a value that is no number as text, so that a verdict can show it."""
    return str(value) if isinstance(value, Decimal) else json_value(value)


def _redacted(attributes: Mapping[str, Any], privacy: Privacy) -> Json:
    meta = attributes.get("_meta")
    named = meta.get("privateAttributes", ()) if isinstance(meta, dict) else ()
    kept = {name: value for name, value in attributes.items() if name != "_meta"}
    private = [*named, *privacy.names]
    if privacy.everything:
        private = [name for name in kept if name not in ("key", "anonymous")]
    gone = sorted({name for name in private if _remove(kept, name)})
    return {**kept, "_meta": {"redactedAttributes": gone}} if gone else kept


def _remove(attributes: Json, reference: str) -> bool:
    """Remove an attribute by its name or ``/path``, and return whether it was there."""
    parts: Sequence[str] = [reference]
    if reference.startswith("/"):
        parts = [part.replace("~1", "/").replace("~0", "~") for part in reference[1:].split("/")]
    if parts[0] in ("key", "kind", "anonymous", "_meta"):
        return False
    inside = attributes
    for part in parts[:-1]:
        inner = inside.get(part)
        if not isinstance(inner, dict):
            return False
        inside[part] = inside = dict(inner)
    return inside.pop(parts[-1], None) is not None


def _is_json(seen: Seen, context: Json) -> bool:
    """Return whether the SDK can write the event: one value that is not JSON loses the whole batch."""
    try:
        json.dumps((context, seen.data, seen.value))
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
