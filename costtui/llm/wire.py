"""What a request to a model is before it has a provider's form, and the three forms by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from costtui.llm.config import Messages
from costtui.llm.providers import Provider, Secret, WireName


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to a model in no provider's form."""

    model: str
    messages: Messages
    max_tokens: int = 1000
    temperature: float | None = 0.7
    stream: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """More fields of the request's body, in the provider's own words."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as it goes over the wire."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: Mapping[str, Any] = field(repr=False)


def outgoing(provider: Provider, key: Secret, ask: Ask) -> Outgoing:
    """Return the request in the form of its provider."""
    build: Callable[[Provider, Secret, Ask], Outgoing] = import_module(
        f"costtui.llm.{_module(provider.wire)}"
    ).build
    return build(provider, key, ask)


def _module(wire: WireName) -> str:
    return f"{wire}_wire"


def split_system(messages: Messages) -> tuple[str, Messages]:
    """Return the system texts, joined, and the other messages."""
    system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    return system, [message for message in messages if message["role"] != "system"]
