"""What is settled before a request goes out: provider, model, messages, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costtui.errors import ProviderError
from costtui.facts import Mode
from costtui.llm.config import LLMConfig, Messages
from costtui.llm.providers import Provider, Secret
from costtui.llm.router import Decision
from costtui.llm.wire import Ask
from costtui.record.autohook.origin import current_origin
from costtui.record.current import current_node

_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a call may cost at most, for whoever holds the budgets."""

    provider: str
    model: str
    nano: int | None
    """None where no price is known."""
    tokens: tuple[int, int]
    """Of the prompt, and the most that may be written."""
    labels: Mapping[str, Any]
    """What the caller said of the call."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A call that is about to be made."""

    provider: Provider
    key: Secret
    ask: Ask
    config: LLMConfig
    mode: Mode
    decision: Decision | None
    prompt: str
    """All texts of the request, for estimates and the store."""


def as_messages(prompt: str | Messages) -> Messages:
    """Return a prompt as messages. Raises ProviderError naming the message that cannot be sent."""
    if isinstance(prompt, str):
        return [{"role": "user", "content": prompt}]
    for index, message in enumerate(prompt):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            raise ProviderError(
                f"message {index} must have a role out of {', '.join(_ROLES)}: {message!r:.80}"
            )
        if not isinstance(message.get("content"), str):
            raise ProviderError(f"message {index} must have its content as text: {message!r:.80}")
    if not prompt:
        raise ProviderError("there is no message to send")
    return prompt


def mode_of(config: LLMConfig) -> Mode:
    """Return who chooses the model. Raises ProviderError for an unknown mode, or where passthrough names no model."""
    try:
        mode = Mode(config.mode)
    except ValueError:
        raise ProviderError(f"mode must be one of {', '.join(Mode)}, not {config.mode!r}") from None
    if mode == Mode.PASSTHROUGH and not (config.provider and config.model):
        raise ProviderError("passthrough needs provider and model; mode smart_router chooses them")
    return mode


def node_of(config: LLMConfig) -> str:
    """Return the node of a call: the one that is named, else the one that is open or that a graph runs."""
    if config.agent_type:
        return config.agent_type
    return current_origin()[0].node


def labels(plan: Plan) -> dict[str, Any]:
    """Return the facts of a call that its caller gave."""
    config, decision = plan.config, plan.decision
    node = current_node.get()
    around: Mapping[str, Any] = node.labels if node is not None else {}
    return {
        "node": node_of(config),
        "mode": plan.mode,
        "lead_id": config.lead_id or around.get("lead_id", ""),
        "session_id": config.session_id or around.get("session_id", ""),
        "user_id": config.user_id or around.get("user_id", ""),
        "tags": {**around.get("tags", {}), **config.tags},
        "complexity": decision.complexity if decision else None,
        "decision": decision.reason if decision else "",
    }
