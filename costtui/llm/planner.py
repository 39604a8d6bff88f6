"""Settles before a call what will be sent to whom, and what it may cost."""

import time
from collections.abc import Mapping
from typing import Any

from costtui.errors import ProviderError
from costtui.facts import Call, Mode, Usage, UsageState
from costtui.llm.config import LLMConfig, Messages
from costtui.llm.ledger import Ledger
from costtui.llm.plan import Estimate, Plan, as_messages, labels, mode_of, node_of
from costtui.llm.providers import find_provider, missing_key, providers
from costtui.llm.router import Router
from costtui.llm.wire import Ask
from costtui.settings import Settings

_TYPICAL = Usage(1000, 500, state=UsageState.REPORTED)
_BYTES_PER_TOKEN = 4


class Planner:
    """Knows the providers and their keys, the router, and the prices."""

    def __init__(self, settings: Settings, environment: Mapping[str, str], ledger: Ledger) -> None:
        self.providers = providers(settings, environment)
        self._settings = settings
        self._environment = environment
        self._ledger = ledger
        self._router: Router | None = None

    def plan(
        self,
        prompt: str | Messages,
        config: LLMConfig,
        max_tokens: int = 1000,
        temperature: float | None = None,
        parameters: Mapping[str, Any] | None = None,
        *,
        stream: bool = False,
    ) -> Plan:
        """Return the call that is to be made. Raises ProviderError where something is missing for it."""
        messages, mode = as_messages(prompt), mode_of(config)
        text = "\n\n".join(message["content"] for message in messages)
        decision = None
        name, model = config.provider, config.model
        if mode == Mode.SMART_ROUTER:
            asked = "\n".join(message["content"] for message in messages if message["role"] == "user")
            decision = self.router().choose(asked or text, node_of(config))
            name, model = decision.provider, decision.model
        provider = find_provider(name, self.providers)
        key = provider.key(self._environment)
        if provider.key_names and not key:
            raise missing_key(provider)
        if temperature is None:
            temperature = 0.7 if config.temperature is None else config.temperature
        ask = Ask(model, messages, max_tokens, temperature, stream, parameters or {})
        return Plan(provider, key, ask, config, mode, decision, text)

    def estimate(self, plan: Plan) -> Estimate:
        """Return what a call may cost at most: its prompt, and an answer as long as is allowed."""
        tokens = -(-len(plan.prompt.encode(errors="replace")) // _BYTES_PER_TOKEN)
        provider, model = plan.provider.name, plan.ask.model
        return self._ledger.estimate(provider, model, (tokens, plan.ask.max_tokens), labels(plan))

    def router(self) -> Router:
        """Return the router, with the evidence of the store."""
        if self._router is None:
            self._router = Router(
                self._settings.routing,
                ready=self.ready,
                typical_cost=self._typical_cost,
                evidence=self._ledger.evidence(),
            )
        return self._router

    def ready(self, provider: str) -> bool:
        """Return whether a provider is known and has its key."""
        try:
            return find_provider(provider, self.providers).ready(self._environment)
        except ProviderError:
            return False

    def saving_nano(self, plan: Plan, call: Call) -> int | None:
        """Return what the call would have cost more with the strongest model of the table."""
        if plan.decision is None or call.cost.nano is None or call.usage.state == UsageState.MISSING:
            return None
        provider, _, model = plan.decision.strongest.partition("/")
        strongest = self._ledger.price(call.usage, provider, model, call.started_us).nano
        return None if strongest is None else strongest - call.cost.nano

    def _typical_cost(self, reference: str) -> int | None:
        provider, _, model = reference.partition("/")
        return self._ledger.price(_TYPICAL, provider, model, time.time_ns() // 1000).nano
