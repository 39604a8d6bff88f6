"""Usage out of LangChain messages, whichever of their three places it is in."""

from collections.abc import Mapping
from typing import Any

from costtui.facts import Usage, UsageState
from costtui.pricing.usage import read_usage, shape_of


def usage_from_langchain(message: Any) -> Usage:
    """Return the usage of an ``AIMessage`` (or its dict), an ``LLMResult``'s ``llm_output``, or a list of messages.

    The provider's own block in ``response_metadata`` comes first, since it tells cache writes of five minutes and of an
    hour apart; then ``usage_metadata``; then ``llm_output.token_usage``. They are never added up. State *missing*
    where there is none of them.
    """
    if isinstance(message, list | tuple):
        found = [usage_from_langchain(item) for item in message]
        return next((usage for usage in reversed(found) if usage.state != UsageState.MISSING), Usage())
    metadata = _field(message, "response_metadata")
    provider = str(metadata.get("model_provider") or "")
    model = str(metadata.get("model_name") or metadata.get("model") or metadata.get("model_id") or "")
    summary = _field(message, "usage_metadata")
    usages = [
        read_usage(block, provider=provider, model=model)
        for block in (
            _mapping(metadata.get("usage")),
            _mapping(metadata.get("token_usage")),
            _mapping(metadata.get("usage_metadata")),
            summary,
            metadata,
            _mapping(_field(message, "llm_output").get("token_usage")),
            _field(message, "token_usage"),
            _field(message, "usage"),
            _mapping(message),
        )
        if shape_of(block)
    ]
    known = [usage for usage in usages if usage.input_tokens is not None and usage.output_tokens is not None]
    return (known or usages or [Usage()])[0]


def _field(message: Any, name: str) -> Mapping[str, Any]:
    value = message.get(name) if isinstance(message, Mapping) else getattr(message, name, None)
    return _mapping(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
