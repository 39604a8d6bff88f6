"""Calls models of any provider, and records every call with its tokens, cost and time."""

import asyncio
import os
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

import httpx

from costtui.errors import CosttuiError, ProviderError
from costtui.facts import Call, Cost, CostSource, Hold, Usage, UsageState
from costtui.format import money
from costtui.llm.attempt import Attempt
from costtui.llm.cache import ResponseCache, cache_key
from costtui.llm.config import Chunk, Completion, LLMConfig, Messages
from costtui.llm.exchange import to_call
from costtui.llm.ids import new_id
from costtui.llm.ledger import Ledger
from costtui.llm.operation import Operation
from costtui.llm.plan import Plan, labels
from costtui.llm.planner import Planner
from costtui.llm.portal import Portal
from costtui.record.aside import aside
from costtui.record.holds import NOTHING
from costtui.settings import Settings, load

if TYPE_CHECKING:
    from costtui.record.recorder import Recorder

_CONNECT_S = 10.0


class LLMClient:
    """Calls models; safe to use from several threads and event loops.

    Every call is recorded, failed and cancelled ones too; a failure of recording never reaches the caller.
    """

    def __init__(
        self,
        store: "str | PathLike[str] | Recorder | None" = None,
        *,
        settings: Settings | None = None,
        environment: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        seed: int | None = None,
    ) -> None:
        """Prepare to call; ``store`` is used for calls made outside of a run. Raises SettingsError."""
        self.settings = load() if settings is None else settings
        self.ledger = Ledger(store, self.settings)
        self.planner = Planner(self.settings, os.environ if environment is None else environment, self.ledger)
        self._transport = transport
        self._sleep = sleep
        self._random = random.Random(seed)  # noqa: S311 - jitter
        calling = self.settings.calling
        self._cache = ResponseCache(calling.cache_ttl_s, calling.cache_entries) if calling.cache else None
        self._https: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()
        self._portal = Portal()

    async def complete(
        self,
        prompt: str | Messages,
        config: LLMConfig | None = None,
        *,
        max_tokens: int = 1000,
        temperature: float | None = None,
        parameters: Mapping[str, Any] | None = None,
        cache: bool = True,
    ) -> Completion:
        """Return a model's answer to a prompt or conversation.

        ``temperature`` defaults to that of the config, else 0.7. Raises BudgetExceeded before money is spent, and
        ProviderError where no answer can be had after all retries.
        """
        plan = self.planner.plan(
            prompt, config or LLMConfig(), max_tokens, temperature, parameters, stream=False
        )
        key = cache_key(plan.provider.name, plan.ask) if cache and self._cache else ""
        if key and (hit := self._from_cache(key, plan)):
            return hit
        operation = await self._begin(plan)
        try:
            async with aclosing(operation.run()) as texts:
                async for _ in texts:
                    pass
        finally:
            self._release(operation)
        completion = self._completion(plan, operation)
        if key and self._cache:
            self._cache.put(key, completion, time.monotonic())
        return completion

    async def stream(
        self,
        prompt: str | Messages,
        config: LLMConfig | None = None,
        *,
        max_tokens: int = 1000,
        temperature: float | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Chunk, None]:
        """Yield a model's answer as it comes; the last chunk carries the completion.

        A stream that was begun is not retried. Close the generator to cancel the call. Raises as ``complete`` does.
        """
        plan = self.planner.plan(
            prompt, config or LLMConfig(), max_tokens, temperature, parameters, stream=True
        )
        operation = await self._begin(plan)
        parts: list[str] = []
        try:
            async with aclosing(operation.run()) as texts:
                async for text in texts:
                    parts.append(text)
                    yield Chunk(text)
        finally:
            self._release(operation)
        yield Chunk("", replace(self._completion(plan, operation), response="".join(parts)))

    def complete_sync(
        self,
        prompt: str | Messages,
        config: LLMConfig | None = None,
        *,
        max_tokens: int = 1000,
        temperature: float | None = None,
        parameters: Mapping[str, Any] | None = None,
        cache: bool = True,
    ) -> Completion:
        """Return what ``complete`` returns, for programs without an event loop."""
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        return self._portal.run(self.complete(prompt, config, **options, parameters=parameters, cache=cache))

    def stream_sync(
        self,
        prompt: str | Messages,
        config: LLMConfig | None = None,
        *,
        max_tokens: int = 1000,
        temperature: float | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Generator[Chunk, None, None]:
        """Yield what ``stream`` yields, for programs without an event loop."""
        options: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        return self._portal.iterate(self.stream(prompt, config, **options, parameters=parameters))

    def record_feedback(self, call_id: str, score: float) -> float:
        """Add a score (0 to 1) to a call by its ``Completion.call_id``; return the mean of its scores.

        The router learns from it. Raises ValueError for a score out of range, CosttuiError for a call that this
        client does not remember (the newest 10,000).
        """
        if not 0 <= score <= 1:
            raise ValueError(f"a score must lie between 0 and 1, not {score!r}")
        call = self.ledger.rate(call_id, score)
        if call is None:
            raise CosttuiError(f"no call {call_id!r} is remembered; rate it with the client that made it")
        self.planner.router().evidence.add(call.node, f"{call.provider}/{call.model_asked}", score)
        return call.quality or 0.0

    async def aclose(self) -> None:
        """Close the connections of the present event loop, and the store."""
        client = self._https.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()
        self.close()

    def close(self) -> None:
        """Close the connections of the synchronous face, and the store."""
        if (loop := self._portal.loop) is not None and (client := self._https.pop(loop, None)) is not None:
            self._portal.run(client.aclose())
        self._portal.close()
        self.ledger.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _begin(self, plan: Plan) -> Operation:
        """Return the operation, with money set aside for it. Raises BudgetExceeded and PriceUnknown."""
        # In a thread: others may have the store locked, and their turn must not hold up the event loop.
        estimate = self.planner.estimate(plan)
        hold = await aside(lambda: self.ledger.reserve(estimate), self.ledger.release)
        attempts, random_ = self.settings.calling.attempts, self._random.random
        return Operation(
            plan, self._http(), attempts, partial(self._record, plan, hold), self._sleep, random_, hold
        )

    def _release(self, operation: Operation) -> None:
        """Give back what was set aside, where no record did so: the call was given up between two attempts."""
        if not operation.ended:
            self.ledger.release(operation.hold)

    def _http(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        client = self._https.get(loop)
        if client is None or client.is_closed:
            timeout = httpx.Timeout(self.settings.calling.timeout_s, connect=_CONNECT_S)
            client = httpx.AsyncClient(timeout=timeout, transport=self._transport)
            self._https[loop] = client
        return client

    def _record(self, plan: Plan, hold: Hold, attempt: Attempt, last: bool) -> Call:
        """Write an attempt down; the last one ends what was set aside."""
        call = to_call(attempt.exchange, self.ledger.price)
        if call is None:  # cannot happen: our own requests are sure to be calls
            raise ProviderError("the call was not recognised")
        call = replace(call, provider=plan.provider.name, **labels(plan))
        if plan.decision and (saving := self.planner.saving_nano(plan, call) or 0) > 0:
            model = plan.decision.strongest.partition("/")[2]
            call = replace(call, decision=f"{call.decision}; {money(saving)} less than {model}")
        self.ledger.record(call, hold if last else NOTHING)
        return call

    def _from_cache(self, key: str, plan: Plan) -> Completion | None:
        kept = self._cache.get(key, time.monotonic()) if self._cache else None
        if kept is None:
            return None
        call = Call(
            key=new_id(),
            started_us=time.time_ns() // 1000,
            provider=plan.provider.name,
            model=kept.model,
            model_asked=plan.ask.model,
            usage=Usage(0, 0, state=UsageState.REPORTED),
            cost=Cost(0, CostSource.PRICED, "response cache"),
            latency_ms=0,
            cache_hit=True,
            saved_nano=kept.cost.nano or 0,
            operation=new_id(),
            prompt=plan.prompt,
            completion=kept.response,
            **labels(plan),
        )
        self.ledger.record(call)
        return replace(
            kept,
            cache_hit=True,
            call_id=call.key,
            cost=call.cost,
            latency_ms=0,
            ttft_ms=None,
            tokens_in=0,
            tokens_out=0,
            usage=call.usage,
            decision=call.decision,
        )

    def _completion(self, plan: Plan, operation: Operation) -> Completion:
        call = operation.call
        if call is None:
            raise ProviderError(f"{plan.provider.name} was not called")
        return Completion(
            response=call.completion,
            provider=call.provider,
            model=call.model,
            tokens_in=call.usage.input_tokens,
            tokens_out=call.usage.output_tokens,
            latency_ms=call.latency_ms or 0,
            cache_hit=False,
            call_id=call.key,
            cost=call.cost,
            usage=call.usage,
            attempts=call.attempt,
            ttft_ms=call.ttft_ms,
            decision=call.decision,
            saving_nano=self.planner.saving_nano(plan, call) if plan.decision else None,
        )
