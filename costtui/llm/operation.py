"""One logical call to a model: a request, and its retries."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from costtui.errors import ProviderError
from costtui.facts import Call, Hold, Status
from costtui.llm.attempt import Attempt
from costtui.llm.plan import Plan
from costtui.llm.retries import LONGEST_WAIT_S, delay_s


@dataclass(slots=True)
class Operation:
    """Makes a planned call; every attempt is recorded once, whatever comes of it."""

    plan: Plan
    http: httpx.AsyncClient
    attempts: int
    """Requests at most."""
    record: Callable[[Attempt, bool], Call]
    """Writes an attempt down, and whether it is the last."""
    sleep: Callable[[float], Awaitable[Any]]
    random: Callable[[], float]
    hold: Hold
    """What is set aside for the call."""
    call: Call | None = None
    """The newest recorded attempt."""
    ended: bool = False
    """Whether the last attempt is recorded."""

    async def run(self) -> AsyncGenerator[str, None]:
        """Yield the visible text of a stream (nothing for a whole answer, whose text is in ``call``).

        Raises ProviderError after the last attempt; a stream that was begun is not tried again.
        """
        attempt = Attempt.first(self.plan)
        while True:
            begun, wait_s = False, None
            try:
                async with aclosing(attempt.run(self.http)) as texts:
                    async for text in texts:
                        begun = True
                        yield text
            except ProviderError as failure:
                wait_s = None if begun else self._wait_s(attempt)
                if wait_s is None:
                    raise self._final(attempt, failure) from failure.__cause__
            finally:
                self.ended = wait_s is None
                self.call = self.record(attempt, self.ended)
            if wait_s is None:
                self._ensure_answer()
                return
            await self.sleep(wait_s)
            attempt = attempt.next()

    def _wait_s(self, attempt: Attempt) -> float | None:
        if not attempt.retryable or attempt.number >= self.attempts:
            return None
        return delay_s(attempt.number, attempt.retry_after, time.time(), self.random)

    def _final(self, attempt: Attempt, failure: ProviderError) -> ProviderError:
        if attempt.number > 1:
            return ProviderError(f"{failure} (after {attempt.number} attempts)")
        if attempt.retryable and attempt.retry_after and self.attempts > 1:
            return ProviderError(
                f"{failure} (asks to wait {attempt.retry_after}; longer than {LONGEST_WAIT_S:.0f} s is not waited)"
            )
        return failure

    def _ensure_answer(self) -> None:
        if self.call is not None and self.call.status == Status.ERROR:
            raise ProviderError(f"{self.plan.provider.name} broke off its answer: {self.call.error}")
