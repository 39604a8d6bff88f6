"""The chat completions format of OpenAI, which most other providers speak too."""

from typing import Any

from costtui.llm.providers import Provider, Secret
from costtui.llm.wire import Ask, Outgoing

_OWN_MODELS = ("o1", "o3", "o4", "gpt-5")
"""Families at api.openai.com that take ``max_completion_tokens`` and no temperature."""


def build(provider: Provider, key: Secret, ask: Ask) -> Outgoing:
    """Return a chat completions request; a stream is asked to report its usage."""
    reasoning = provider.name == "openai" and ask.model.startswith(_OWN_MODELS)
    body: dict[str, Any] = {"model": ask.model, "messages": ask.messages}
    body["max_completion_tokens" if reasoning else "max_tokens"] = ask.max_tokens
    if ask.temperature is not None and not reasoning:
        body["temperature"] = ask.temperature
    if ask.stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    headers = {"authorization": f"Bearer {key.reveal()}"} if key else {}
    return Outgoing(f"{provider.base_url}/chat/completions", headers, body | dict(ask.parameters))
