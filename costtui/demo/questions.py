"""An application that asks by an AI Config of the sample project, and tracks what each answer cost: one in fifteen wrongly."""

import asyncio
import time
from random import Random

import httpx

from costtui.attribution.contexts import Json, build_context, build_multi_context, canonical, fingerprint
from costtui.demo.provider import NODE_HEADER
from costtui.demo.workload import QUESTION, QUESTIONS, pick_customer
from costtui.facts import Context
from costtui.launchdarkly.capture import Capture
from costtui.launchdarkly.flags import Flags, FlagSource, Served
from costtui.launchdarkly.plugin import AttributionPlugin
from costtui.launchdarkly.sample import AI_CONFIG, DEVICES, REGIONS
from costtui.launchdarkly.tap import Tap
from costtui.record.cost import CostTracker
from costtui.store.writer import Writer

METRIC = "ai_cost_per_request"
AT_FIRST = 45
"""Questions that are asked at once, so that there is something to see."""
WRONG = 15
"""Every so many-th question is tracked with another context than it was evaluated with."""
_PER_SECOND = 0.3
_TIERS = {"enterprise": "premium", "pro": "starter", "starter": "trial"}


class Application:
    """Evaluates and tracks through the official SDK, watched by a tap and by the plugin in its process."""

    def __init__(self, writer: Writer) -> None:
        """Start the SDK, which takes half a second. Raises SettingsError."""
        self._capture = Capture(lambda facts: writer.write(*facts))
        self._tap = Tap(self._capture)
        try:
            self._flags = Flags(FlagSource(), events_uri=self._tap.url, plugins=(AttributionPlugin(writer),))
        except BaseException:
            self._close_tap()
            raise

    def serve(self, user: Json) -> Served:
        """Ask which variation a user gets."""
        return self._flags.serve(AI_CONFIG, user)

    def serve_allowed(self, user: Json) -> Served:
        """Ask as an older part of the application does, which passes on the attributes of an old list."""
        allowed = {name: value for name, value in user["user"].items() if name != "user"}
        return self._flags.serve(AI_CONFIG, {**user, "user": allowed})

    def track_cost(self, user: Json, served: Served, usd: float) -> None:
        """Track what an answer cost."""
        self._flags.track(METRIC, user, _metadata(served), usd)

    def close(self) -> None:
        """Deliver what is waiting, and stop."""
        self._flags.close()
        self._close_tap()

    def _close_tap(self) -> None:
        self._tap.close()
        self._capture.close()


class Asking:
    """Asks questions until it is cancelled: some at once, then one every few seconds."""

    def __init__(
        self, tracker: CostTracker, writer: Writer, url: str, *, random: Random, speed: float
    ) -> None:
        """Prepare to record with a tracker, to write what is evaluated and tracked, and to call the provider."""
        self._tracker, self._writer = tracker, writer
        self._random, self._speed = random, speed
        self._client = httpx.AsyncClient(base_url=url, timeout=60, trust_env=False)
        self._places = asyncio.Semaphore(6)
        self._number = 0

    async def work(self) -> None:
        """Ask until cancelled."""
        application = await asyncio.to_thread(Application, self._writer)
        try:
            async with self._client, asyncio.TaskGroup() as questions:
                while True:
                    await self._places.acquire()
                    self._number += 1
                    questions.create_task(self._ask(application, self._number))
                    if self._number > AT_FIRST:
                        await asyncio.sleep(self._random.expovariate(_PER_SECOND * self._speed))
        finally:
            application.close()

    async def _ask(self, application: Application, number: int) -> None:
        lead, tier = pick_customer(self._random)
        who = f"{lead}-{self._random.randrange(40):02}"
        user = _context(who, _TIERS[tier])
        wrong = number % WRONG == 0
        served = application.serve_allowed(user) if wrong else application.serve(user)
        self._writer.write(Context(fingerprint(user), canonical(user)))
        try:
            async with self._tracker.run(
                f"question-{time.strftime('%H%M%S')}-{number:04}",
                subsystem="analytics",
                lead_id=lead,
                user_id=who,
                tags={"tier": tier},
                context_id=fingerprint(user),
                config_key=served.config,
                variation_key=served.variation,
                config_version=served.version,
            ):
                usd = await self._answer(served)
            application.track_cost(user, served, usd)
        except httpx.HTTPError:
            pass  # the run is recorded as failed; the next one is not affected
        finally:
            self._places.release()

    async def _answer(self, served: Served) -> float:
        """Have a question answered by the model that was served, and return what that cost."""
        question = self._random.choice(QUESTIONS)
        async with self._tracker.node(QUESTION.name) as node:
            begun = time.monotonic()
            response = await self._client.post(
                "/v1/chat/completions",
                json={"model": served.model, "messages": [{"role": "user", "content": question}]},
                headers={NODE_HEADER: QUESTION.path},
            )
            response.raise_for_status()
            latency_ms = round((time.monotonic() - begun) * 1000)
            rates = [
                float(served.custom.get(name, 0)) for name in ("costPerInputToken", "costPerOutputToken")
            ]
            usage = response.json()["usage"]
            usd: float = usage["prompt_tokens"] * rates[0] + usage["completion_tokens"] * rates[1]
            node.record_call(
                answer=response.text,
                provider=served.provider,
                model=served.model,
                latency_ms=latency_ms,
                prompt=question,
                cost=usd,
            )
            return usd


def _context(who: str, tier: str) -> Json:
    """Return the context of a user, who always asks from one device and region."""
    own = Random(who)  # noqa: S311 - no secret
    device, region = own.choice(DEVICES), own.choice(REGIONS)
    return build_multi_context(
        build_context(who, {"tier": tier, "role": "analyst", "user": who}),
        build_context(f"session-{who}", {"deviceType": device, "region": region}, kind="session"),
    )


def _metadata(served: Served) -> Json:
    return {
        "configKey": served.config,
        "variationKey": served.variation,
        "version": served.version,
        "modelName": served.model,
        "providerName": served.provider,
    }
