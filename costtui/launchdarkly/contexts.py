"""Contexts for the SDK, built once with every attribute, to be used for evaluation and for tracking alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from ldclient import Context

from costtui.attribution import contexts as plain


def build_context(
    user_id: str, attributes: Mapping[str, Any], kind: str = "user", private: Sequence[str] = ()
) -> Context:
    """Return an SDK context with all attributes, whose identity no attribute can replace. Raises ValueError."""
    return _context(plain.build_context(user_id, attributes, kind, tuple(private)))


def build_multi_context(*contexts: Context) -> Context:
    """Return one SDK context of several kinds. Raises ValueError where a kind is there twice, or none is."""
    return _context(plain.build_multi_context(*(context.to_dict() for context in contexts)))


def _context(written: Mapping[str, Any]) -> Context:
    context = Context.from_dict(dict(written))
    if not context.valid:
        raise ValueError(f"no valid context: {context.error}")
    return context
