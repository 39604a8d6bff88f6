"""Makes the calls of the Try page: what is served, what it may cost, the answer, and whether it counts."""

import asyncio
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from costtui.errors import CosttuiError
from costtui.facts import Context, Mode
from costtui.format import UNKNOWN, count, duration, exact_money, money
from costtui.money import nano
from costtui.settings import ProviderSettings, Settings
from costtui.view.headline import Figure
from costtui.view.trial import ROUTER, SIMULATED, Ask, Choices, Outcome, Plan

if TYPE_CHECKING:
    from costtui.attribution.groups import Group
    from costtui.launchdarkly.flags import FlagSource, Served
    from costtui.llm import Completion, LLMClient, LLMConfig
    from costtui.record.recorder import Recorder

NODE = "try"
FLAG_FILE = "COSTTUI_FLAGS"
"""Environment variable that may name a flag file."""
_MAX_TOKENS = 1000
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A call, all that was open decided."""

    messages: list[dict[str, str]]
    config: "LLMConfig"
    max_tokens: int
    note: str = ""


class Trials:
    """Tries calls and records them into a store; everything heavy is imported when it is first used."""

    def __init__(self, store: str, settings: Settings, environment: Mapping[str, str] | None = None) -> None:
        self._store = store
        self._given = settings
        self._environment = os.environ if environment is None else environment

    @cached_property
    def settings(self) -> Settings:
        """The settings, with a provider that answers here and costs nothing."""
        from costtui.demo.simulated import BASE_URL, NAME
        from costtui.pricing.overrides import PriceOverride

        free = PriceOverride("*", NAME, {"input": 0, "output": 0}, origin="nothing is called")
        return replace(
            self._given,
            providers={**self._given.providers, NAME: ProviderSettings(BASE_URL, "openai")},
            prices=(*self._given.prices, free),
        )

    def choices(self) -> Choices:
        """Return what can be chosen. Raises CosttuiError."""
        from costtui.launchdarkly.flags import config_keys
        from costtui.launchdarkly.sample import CONTEXTS

        source = self.source()
        with self.client() as client:
            routing = self.settings.routing
            known = dict.fromkeys((*routing.simple, *routing.moderate, *routing.complex))
            ready = [name for name in known if client.planner.ready(name.partition("/")[0])]
        models = [("", "as the AI Config serves, else simulated"), (SIMULATED, "answers here, costs nothing")]
        if ready:
            models.append((ROUTER, "the router chooses"))
        models += [(name, "its key is set") for name in ready]
        contexts = [
            (name, f"{tier}, {device}, {region}") for name, (tier, _, device, region) in CONTEXTS.items()
        ]
        configs = [
            ("", "no AI Config: nothing is tracked"),
            *((key, source.name) for key in config_keys(source)),
        ]
        return Choices(tuple(models), tuple(configs), tuple(contexts), source.name)

    def plan(self, ask: Ask) -> Plan:
        """Return what a call would be; no event is sent."""
        try:
            served = self._served(ask) if ask.config else None
            with self.client() as client:
                wanted = self._wanted(ask, served, client)
                plan = client.planner.plan(wanted.messages, wanted.config, wanted.max_tokens)
                most = client.planner.estimate(plan).nano
        except CosttuiError as error:
            return Plan(ask, ask.model, problem=str(error))
        model = f"{plan.provider.name}/{plan.ask.model}"
        parameters = f"{count(wanted.max_tokens)} tokens, temperature {plan.ask.temperature:g}"
        note = plan.decision.reason if plan.decision else wanted.note
        if served is None:
            return Plan(ask, model, parameters=parameters, most_nano=most, note=note)
        return Plan(ask, model, served.variation, served.reason, parameters, most, note)

    def fire(self, ask: Ask, tell: Callable[[str], None], stopped: threading.Event) -> Outcome:
        """Make the call, and judge what was tracked for it."""
        from costtui.record.recorder import Recorder

        try:
            recorder = Recorder(self._store, settings=self.settings)
            try:
                return self._fire(ask, tell, stopped, recorder)
            finally:
                recorder.close()
        except CosttuiError as error:
            return Outcome(problem=str(error))
        except asyncio.CancelledError:
            return Outcome(problem="cancelled; what was answered until then is recorded")

    def _fire(
        self, ask: Ask, tell: Callable[[str], None], stopped: threading.Event, recorder: "Recorder"
    ) -> Outcome:
        if not ask.config:
            return Outcome(figures=_figures(self._answer(ask, None, "", tell, stopped, recorder)))
        from costtui.attribution.contexts import canonical, fingerprint
        from costtui.launchdarkly.trial import Experiment, trial_contexts

        evaluated, tracked = trial_contexts(ask.context, legacy=ask.legacy)
        recorder.write(Context(fingerprint(tracked), canonical(tracked)))
        with Experiment(self.source(), lambda facts: recorder.write(*facts)) as experiment:
            served = experiment.serve(ask.config, evaluated)
            done = self._answer(ask, served, fingerprint(tracked), tell, stopped, recorder)
            usd = tracked_usd(done, served)
            if usd is not None:
                experiment.track(served, tracked, usd, model=done.model, provider=done.provider)
            judged = experiment.finish()
        if usd is None:
            return Outcome(_figures(done), "cost unknown: nothing was tracked", "warn")
        return _outcome(done, usd, judged.groups)

    def _answer(
        self,
        ask: Ask,
        served: "Served | None",
        context_id: str,
        tell: Callable[[str], None],
        stopped: threading.Event,
        recorder: "Recorder",
    ) -> "Completion":
        labels: dict[str, Any] = {}
        if served is not None:
            labels = {
                "context_id": context_id,
                "config_key": served.config,
                "variation_key": served.variation,
                "config_version": served.version,
            }
        with closing(_labelled(recorder, labels)) as labelled:
            client = self.client(labelled)
            wanted = self._wanted(ask, served, client)
            return asyncio.run(_stream(client, wanted, tell, stopped))

    def client(self, recorder: "Recorder | None" = None) -> "LLMClient":
        """Return a client that also knows the simulated provider."""
        from costtui.demo.simulated import SimulatedModel
        from costtui.llm import LLMClient

        return LLMClient(
            recorder or self._store,
            settings=self.settings,
            environment=self._environment,
            transport=SimulatedModel(),
        )

    def source(self) -> "FlagSource":
        """Return where flags come from."""
        from costtui.launchdarkly.flags import SDK_KEY, FlagSource

        return FlagSource(self._environment.get(SDK_KEY, ""), self._environment.get(FLAG_FILE, ""))

    async def answer(self, ask: Ask, served: "Served", client: "LLMClient") -> "Completion":
        """Return the answer to a call, recorded as of the node that is open here. Raises CosttuiError."""
        wanted = self._wanted(ask, served, client)
        config = replace(wanted.config, agent_type="", user_id="")
        return await _pump(client, replace(wanted, config=config), lambda text: None)

    def _served(self, ask: Ask) -> "Served":
        from costtui.launchdarkly.flags import Flags
        from costtui.launchdarkly.trial import trial_contexts

        with Flags(self.source()) as flags:
            return flags.serve(ask.config, trial_contexts(ask.context, legacy=ask.legacy)[0])

    def _wanted(self, ask: Ask, served: "Served | None", client: "LLMClient") -> _Wanted:
        """Return the call that is meant. Raises ProviderError."""
        from costtui.errors import ProviderError
        from costtui.llm import LLMConfig

        if served is not None and not served.enabled:
            raise ProviderError(
                f"{served.config} is disabled for this context ({served.reason}): no model to call"
            )
        parameters: Mapping[str, Any] = served.parameters if served else {}
        temperature = parameters.get("temperature")
        longest = ask.max_tokens or parameters.get("maxTokens") or parameters.get("max_tokens") or _MAX_TOKENS
        messages = [
            *(dict(one) for one in (served.messages if served else ())),
            {"role": "user", "content": ask.prompt},
        ]
        reference, note = ask.model, ""
        if not reference and served is not None and served.model and client.planner.ready(served.provider):
            reference = f"{served.provider}/{served.model}"
        if not reference:
            name = served.model if served is not None and served.model else SIMULATED.partition("/")[2]
            reference = f"{SIMULATED.partition('/')[0]}/{name}"
            note = f"simulated: no key for {served.provider}" if served is not None else "simulated"
        provider, _, model = reference.partition("/")
        if reference != ROUTER and not model:
            raise ProviderError(f"a model is written as provider/model, such as openai/{reference}")
        config = LLMConfig(NODE, user_id=f"{ask.context}-user" if served else "", temperature=temperature)
        if reference == ROUTER:
            config = replace(config, mode=Mode.SMART_ROUTER)
        else:
            config = replace(config, provider=provider, model=model)
        return _Wanted(messages, config, int(longest), note)


async def _stream(
    client: "LLMClient", wanted: _Wanted, tell: Callable[[str], None], stopped: threading.Event
) -> "Completion":
    """Return the answer, handed over as it comes; cancelled as soon as that is wanted. Raises ProviderError."""
    task = asyncio.create_task(_pump(client, wanted, tell))
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_S)
            if stopped.is_set():
                task.cancel()
        return task.result()
    finally:
        await client.aclose()


async def _pump(client: "LLMClient", wanted: _Wanted, tell: Callable[[str], None]) -> "Completion":
    from costtui.errors import ProviderError
    from costtui.text import plain_lines

    completion = None
    stream = client.stream(wanted.messages, wanted.config, max_tokens=wanted.max_tokens)
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            if chunk.text:
                tell(plain_lines(chunk.text))
            completion = chunk.completion or completion
    if completion is None:
        raise ProviderError("the call ended without an answer")
    return completion


def _labelled(recorder: "Recorder", labels: Mapping[str, Any]) -> "Recorder":
    """Return a recorder of the same store that gives every call these facts."""
    from costtui.record.holds import NOTHING
    from costtui.record.recorder import Recorder

    class Labelled(Recorder):
        def record(self, call: Any, hold: Any = NOTHING) -> None:
            super().record(replace(call, **labels), hold)

    return Labelled(recorder.path, settings=recorder.settings)


def tracked_usd(done: "Completion", served: "Served") -> float | None:
    """Return what is tracked: what the call cost; simulated, what its tokens would at the rates that were served."""
    from costtui.demo.simulated import NAME

    if done.provider != NAME:
        return None if done.cost_usd is None else float(done.cost_usd)
    rates = [_number(served.custom.get(name)) for name in ("costPerInputToken", "costPerOutputToken")]
    if None in rates or done.tokens_in is None or done.tokens_out is None:
        return None
    return (rates[0] or 0.0) * done.tokens_in + (rates[1] or 0.0) * done.tokens_out


def _number(value: object) -> float | None:
    """Return a rate as a number; flag files that are read as YAML give ``1e-05`` as text."""
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


def _figures(done: "Completion") -> tuple[Figure, ...]:
    first = "" if done.ttft_ms is None else f"first token {duration(done.ttft_ms)}"
    tokens = f"{count(done.tokens_in or 0)} in, {count(done.tokens_out or 0)} out"
    cost = UNKNOWN if done.cost.nano is None else money(done.cost.nano)
    return (
        Figure("cost", cost, done.cost.source.value, "money"),
        Figure("latency", duration(done.latency_ms), first),
        Figure("tokens", tokens, done.model),
    )


def _outcome(done: "Completion", usd: float, groups: "tuple[Group, ...]") -> Outcome:
    from costtui.attribution.verdicts import Verdict
    from costtui.launchdarkly.trial import METRIC
    from costtui.view.attribution import reason_text, verdict_text

    figures = (*_figures(done), Figure("tracked", exact_money(nano(usd)), METRIC, "money"))
    if not groups:
        return Outcome(
            figures, "the event did not arrive", "error", "Nothing came through the tap: see costtui doctor."
        )
    group = groups[0]
    clean = group.verdict is Verdict.ATTRIBUTED
    verdict = verdict_text(group) if clean else f"{verdict_text(group)}  {reason_text(group)}"
    parts = [group.why, *group.call_sites, group.fix]
    return Outcome(figures, verdict, "ok" if clean else "error", "\n".join(filter(None, parts)))
