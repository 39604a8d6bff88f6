"""What calls would be: model, variation, parameters and cost, before any money is spent."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from costtui.attribution.named import user_of
from costtui.errors import ProviderError
from costtui.format import count
from costtui.trials.bench import Bench
from costtui.trials.wanted import wanted
from costtui.view.room import Payer
from costtui.view.trial import Ask, Plan

if TYPE_CHECKING:
    from costtui.launchdarkly.flags import Flags, Served
    from costtui.llm import LLMClient


def plans(bench: Bench, asks: Sequence[Ask]) -> tuple[Plan, ...]:
    """Return what calls would be; nothing is sent, and nothing is written.

    One that cannot be made says why. Raises SettingsError for contexts and flags that are not there.
    """
    with ExitStack() as stack:
        client = stack.enter_context(bench.client())
        flags = None
        if any(ask.config for ask in asks):
            from costtui.launchdarkly.flags import Flags

            flags = stack.enter_context(Flags(bench.flags()))
        return tuple(_plan(bench, ask, client, flags) for ask in asks)


def _plan(bench: Bench, ask: Ask, client: "LLMClient", flags: "Flags | None") -> Plan:
    served: Served | None = None
    try:
        user = ""
        if ask.config and flags is not None:
            from costtui.launchdarkly.trial import allow_listed, with_user_id

            context = bench.palette.context(ask.context, ask.user)
            user = user_of(context)
            served = flags.serve(ask.config, allow_listed(with_user_id(context)) if ask.legacy else context)
        call = wanted(ask, served, client)
        plan = client.planner.plan(call.messages, call.config, call.max_tokens)
        most = client.planner.estimate(plan).nano
    except ProviderError as error:
        variation, reason = (served.variation, served.reason) if served else ("", "")
        return Plan(ask, ask.model, variation, reason, problem=str(error))
    return Plan(
        ask,
        f"{plan.provider.name}/{plan.ask.model}",
        served.variation if served else "",
        served.reason if served else "",
        f"{count(call.max_tokens)} tokens, temperature {plan.ask.temperature:g}",
        None if most is None else most * ask.repeat,
        plan.decision.reason if plan.decision else call.note,
        payer=Payer(ask.node, plan.provider.name, plan.ask.model, user),
    )
