"""The Messages format of Anthropic."""

from typing import Any

from costtui.llm.providers import Provider, Secret
from costtui.llm.wire import Ask, Outgoing, split_system

VERSION = "2023-06-01"


def build(provider: Provider, key: Secret, ask: Ask) -> Outgoing:
    """Return a Messages request; system messages go into their own field."""
    system, messages = split_system(ask.messages)
    body: dict[str, Any] = {"model": ask.model, "max_tokens": ask.max_tokens, "messages": messages}
    if system:
        body["system"] = system
    if ask.temperature is not None:
        body["temperature"] = min(ask.temperature, 1.0)
    if ask.stream:
        body["stream"] = True
    headers = {"anthropic-version": VERSION}
    if key:
        headers["x-api-key"] = key.reveal()
    return Outgoing(
        f"{provider.base_url.removesuffix('/v1')}/v1/messages", headers, body | dict(ask.parameters)
    )
