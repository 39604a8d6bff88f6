"""LaunchDarkly contexts as plain JSON: built so that identity is safe, brought to one canonical form, fingerprinted."""

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from costtui.text import plain

Json = dict[str, Any]

TEXT_LIMIT = 500
"""Characters of an attribute that are kept; longer ones keep a fingerprint of the whole."""
DEPTH_LIMIT = 16
RESERVED = ("key", "kind", "_meta")
"""Attributes that are identity, not attributes: setting one replaces who the context is."""

_USER_FIELDS = ("key", "custom", "privateAttrs", "privateAttributeNames", "kind", "_meta")


def build_context(
    key: str, attributes: Mapping[str, Any], kind: str = "user", private: tuple[str, ...] = ()
) -> Json:
    """Return a context with **all** attributes, to be used for evaluation and for tracking alike.

    An attribute named ``key``, ``kind`` or ``_meta`` would replace the identity, so it is kept as ``attribute_key`` and so
    on. Values that JSON does not know (Decimal, datetime, NaN) would cost the whole batch of events: they become
    numbers or text. ``None`` is left out, as the SDKs do. Raises ValueError for an empty key or a kind that is not allowed.
    """
    if not key:
        raise ValueError(
            "a context needs a key that is not empty: the SDK sends nothing for an invalid context"
        )
    if kind in ("kind", "multi", "") or not all(
        char.isascii() and (char.isalnum() or char in "._-") for char in kind
    ):
        raise ValueError(f"not a kind of context: {kind!r}; use letters, digits, '.', '_' and '-'")
    context: Json = {"kind": kind, "key": str(key)}
    for name, value in attributes.items():
        if value is None:
            continue
        context[_attribute_name(name, value)] = json_value(value)
    if private:
        context["_meta"] = {"privateAttributes": list(private)}
    return context


def build_multi_context(*contexts: Mapping[str, Any]) -> Json:
    """Return one context of several kinds. Raises ValueError where a kind is there twice, or none is."""
    multi: Json = {"kind": "multi"}
    for context in contexts:
        for kind, individual in individuals(context).items():
            if kind in multi:
                raise ValueError(f"two contexts of kind {kind!r}: a multi-context has one of each kind")
            multi[kind] = individual
    if len(multi) == 1:
        raise ValueError("a multi-context needs at least one context")
    return multi if len(multi) > 2 else dict(contexts[0])


def json_value(value: Any) -> Any:
    """Return a value that every SDK can send: JSON types only."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() else str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): json_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_value(inner) for inner in value]
    return str(value)


def individuals(context: Mapping[str, Any]) -> dict[str, Json]:
    """Return the attributes (with key) of each kind in a context: one, or several of a multi-context."""
    kind = context.get("kind")
    if kind == "multi":
        return {
            name: {field: value for field, value in inner.items() if field != "kind"}
            for name, inner in context.items()
            if isinstance(inner, Mapping) and name not in RESERVED
        }
    attributes = {field: value for field, value in context.items() if field != "kind"}
    return {kind if isinstance(kind, str) and kind else "user": attributes}


def units(context: Mapping[str, Any]) -> dict[str, str]:
    """Return kind → key of each individual context that has a key."""
    return {
        kind: key_text(inner["key"])
        for kind, inner in individuals(context).items()
        if inner.get("key") not in (None, "")
    }


def key_text(key: Any) -> str:
    """Return a context key as text; a long one is cut, and stays distinct."""
    return _bounded(key if isinstance(key, str) else json.dumps(key, default=str))


def normal(context: Mapping[str, Any]) -> Json:
    """Return a context in normal form: what LaunchDarkly treats alike becomes alike.

    ``null`` and ``anonymous: false`` mean absent, ``1.0`` is ``1`` (JSON has one kind of number; ``true`` and ``"1"`` are
    other types), a multi-context of one kind is that kind. Text is made printable, names are sorted: equal contexts
    have the same ``repr``.
    """
    inner = {plain(kind): _normal_attributes(attributes) for kind, attributes in individuals(context).items()}
    if len(inner) == 1:
        ((kind, attributes),) = inner.items()
        return {"kind": kind, **attributes}
    return {"kind": "multi", **dict(sorted(inner.items()))}


def canonical(context: Mapping[str, Any]) -> str:
    """Return a context as canonical JSON: normal form, sorted keys, no spaces."""
    return _dump(normal(context))


def fingerprint(context: Mapping[str, Any]) -> str:
    """Return a short id of a context's canonical form: equal for contexts that LaunchDarkly cannot tell apart."""
    return hashlib.blake2b(canonical(context).encode(), digest_size=8).hexdigest()


def redacted(context: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names (or ``/paths``) of attributes that were private and removed, sorted, over all kinds."""
    return tuple(sorted({name for inner in individuals(context).values() for name in redacted_names(inner)}))


def redacted_names(individual: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the redacted names (or ``/paths``) of one individual context."""
    meta = individual.get("_meta")
    names = meta.get("redactedAttributes") if isinstance(meta, Mapping) else None
    return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()


def from_user(user: Mapping[str, Any]) -> Json:
    """Return the context that an old SDK's *user* stands for: custom attributes move to the top."""
    context: Json = {"kind": "user", "key": user.get("key")}
    custom = user.get("custom")
    for source in (custom if isinstance(custom, Mapping) else {}, user):
        for name, value in source.items():
            if source is user and name in _USER_FIELDS:
                continue
            context[f"attribute_{name}" if name in RESERVED else name] = value
    private = user.get("privateAttrs")
    if isinstance(private, list):
        context["_meta"] = {"redactedAttributes": private}
    return context


def _attribute_name(name: str, value: Any) -> str:
    text = str(name)
    taken = text in RESERVED or text == "" or (text == "anonymous" and not isinstance(value, bool))
    return f"attribute_{text}" if taken or (text == "name" and not isinstance(value, str)) else text


def _normal_attributes(attributes: Mapping[str, Any]) -> Json:
    found: Json = {}
    for name, value in attributes.items():
        if name == "_meta":
            names = redacted_names(attributes)
            if names:
                found["_meta"] = {"redactedAttributes": sorted(plain(_bounded(each)) for each in names)}
        elif name and value is not None and not (name == "anonymous" and value is False):
            found[plain(_bounded(name))] = (
                key_text(value) if name == "key" else _normal_value(value, DEPTH_LIMIT)
            )
    if isinstance(found.get("key"), str):
        found["key"] = plain(found["key"])
    return dict(sorted(found.items()))


def _normal_value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return plain(_bounded(value))
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if depth == 0 and isinstance(value, Mapping | list):
        return "…"
    if isinstance(value, Mapping):
        return {
            plain(_bounded(str(name))): _normal_value(value[name], depth - 1)
            for name in sorted(value, key=str)
        }
    if isinstance(value, list | tuple):
        return [_normal_value(inner, depth - 1) for inner in value]
    return value


def _bounded(text: str) -> str:
    if len(text) <= TEXT_LIMIT:
        return text
    mark = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{text[:TEXT_LIMIT]}…{mark}"


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
