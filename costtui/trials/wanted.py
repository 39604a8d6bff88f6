"""A call that is asked for, with all that was open decided: messages, model, length, temperature."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from costtui.errors import ProviderError
from costtui.facts import Mode
from costtui.view.trial import ROUTER, SIMULATED, Ask

if TYPE_CHECKING:
    from costtui.launchdarkly.flags import Served
    from costtui.llm import Completion, LLMClient, LLMConfig

_MAX_TOKENS = 1000
_MOST_USD = 1e6
"""A call that would cost more has a rate in its flag that means something else."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that can be made."""

    messages: list[dict[str, str]]
    config: "LLMConfig"
    max_tokens: int
    note: str = ""


def wanted(ask: Ask, served: "Served | None", client: "LLMClient") -> Wanted:
    """Return the call that is meant. Raises ProviderError."""
    from costtui.llm import LLMConfig

    if served is not None and not served.enabled:
        if served.reason.startswith("ERROR"):
            raise ProviderError(
                f"the AI Config {served.config} cannot be evaluated ({served.reason}); costtui matrix lists those that can"
            )
        raise ProviderError(
            f"{served.config} is disabled for this context ({served.reason}): no model to call"
        )
    parameters: Mapping[str, Any] = served.parameters if served else {}
    temperature = parameters.get("temperature") if ask.temperature is None else ask.temperature
    longest = ask.max_tokens or parameters.get("maxTokens") or parameters.get("max_tokens") or _MAX_TOKENS
    messages = [
        *(dict(one) for one in (served.messages if served else ())),
        {"role": "user", "content": ask.prompt},
    ]
    reference, note = _reference(ask, served, client)
    provider, _, model = reference.partition("/")
    if reference != ROUTER and not model:
        raise ProviderError(f"a model is written as provider/model, such as openai/{reference}")
    config = LLMConfig(temperature=_number(temperature))
    if reference == ROUTER:
        config = replace(config, mode=Mode.SMART_ROUTER)
    else:
        config = replace(config, provider=provider, model=model)
    return Wanted(messages, config, _whole(longest), note)


def tracked_usd(done: "Completion", served: "Served") -> float | None:
    """Return what is tracked: what the call cost; simulated, what its tokens would at the rates that were served."""
    from costtui.demo.simulated import NAME

    if done.provider != NAME:
        return None if done.cost_usd is None else float(done.cost_usd)
    rates = [_number(served.custom.get(name)) for name in ("costPerInputToken", "costPerOutputToken")]
    if None in rates or done.tokens_in is None or done.tokens_out is None:
        return None
    usd = (rates[0] or 0.0) * done.tokens_in + (rates[1] or 0.0) * done.tokens_out
    return usd if 0 <= usd < _MOST_USD else None


def _reference(ask: Ask, served: "Served | None", client: "LLMClient") -> tuple[str, str]:
    """Return the model that is called, ``provider/model``, and what to know of the choice."""
    if ask.model:
        return ask.model, ""
    if served is not None and served.model and client.planner.ready(served.provider):
        return f"{served.provider}/{served.model}", ""
    name = served.model if served is not None and served.model else SIMULATED.partition("/")[2]
    note = f"simulated: no key for {served.provider or 'it'}" if served is not None else "simulated"
    return f"{SIMULATED.partition('/')[0]}/{name}", note


def _whole(value: Any) -> int:
    """Return the longest answer in tokens, whatever a flag file says of it."""
    number = _number(value)
    return int(number) if number is not None and 1 <= number < 10**9 else _MAX_TOKENS


def _number(value: object) -> float | None:
    """Return a rate as a number; flag files that are read as YAML give ``1e-05`` as text."""
    try:
        number = float(value) if isinstance(value, int | float | str) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
