"""What a caller says of a call, and what comes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from costtui.facts import Cost, Mode, Usage
from costtui.money import usd

Messages = list[dict[str, str]]
"""A conversation: ``{"role": "system" | "user" | "assistant", "content": text}`` in order."""


@dataclass(frozen=True, slots=True)
class LLMConfig:
    """Who calls, on whose behalf, and which model; the same class describes the model of a system's configuration."""

    agent_type: str = ""
    """The node that makes the call; empty: the node that is open (``with costtui.node(...)``)."""
    lead_id: str = ""
    session_id: str = ""
    user_id: str = ""
    mode: str = Mode.PASSTHROUGH
    """``passthrough`` needs provider and model; ``smart_router`` chooses them."""
    provider: str = ""
    model: str = ""
    temperature: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer of a model, and what it took; what it tells can be read as keys too (``answer["cost_usd"]``)."""

    response: str
    provider: str
    model: str
    tokens_in: int | None
    tokens_out: int | None
    latency_ms: int
    cache_hit: bool
    call_id: str
    """Key of the stored call, for ``record_feedback``."""
    cost: Cost
    usage: Usage
    attempts: int = 1
    ttft_ms: int | None = None
    decision: str = ""
    """Why the router chose this model."""
    saving_nano: int | None = None
    """What the router's choice saved against the strongest model of its table."""

    @property
    def cost_usd(self) -> Decimal | None:
        """What the call cost in dollars, None where no price is known."""
        return None if self.cost.nano is None else usd(self.cost.nano)

    def __getitem__(self, name: str) -> Any:
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)

    def keys(self) -> Iterator[str]:
        """Return the names of what it tells: with them, ``dict(answer)`` works."""
        return iter(["cost_usd", *(each.name for each in fields(self))])


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a streamed answer; the last one carries the completion."""

    text: str
    completion: Completion | None = None
