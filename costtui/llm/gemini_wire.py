"""The generateContent format of Gemini."""

from typing import Any
from urllib.parse import quote

from costtui.llm.providers import Provider, Secret
from costtui.llm.wire import Ask, Outgoing, split_system

_ROLES = {"assistant": "model"}


def build(provider: Provider, key: Secret, ask: Ask) -> Outgoing:
    """Return a generateContent request; the key goes into a header, never into the URL."""
    system, messages = split_system(ask.messages)
    generation: dict[str, Any] = {"maxOutputTokens": ask.max_tokens}
    if ask.temperature is not None:
        generation["temperature"] = ask.temperature
    body: dict[str, Any] = {
        "contents": [
            {"role": _ROLES.get(message["role"], "user"), "parts": [{"text": message["content"]}]}
            for message in messages
        ],
        "generationConfig": generation,
    }
    if system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    method = "streamGenerateContent?alt=sse" if ask.stream else "generateContent"
    model = quote(ask.model.removeprefix("models/"), safe="")
    headers = {"x-goog-api-key": key.reveal()} if key else {}
    return Outgoing(f"{provider.base_url}/models/{model}:{method}", headers, body | dict(ask.parameters))
