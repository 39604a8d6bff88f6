"""A store, a client and an experiment that are open for one call or many: serve, call, track, judge."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from costtui.attribution.named import user_of
from costtui.errors import BudgetExceeded, CosttuiError, ProviderError
from costtui.trials.application import Application
from costtui.trials.bench import Bench
from costtui.trials.wanted import Wanted, tracked_usd, wanted
from costtui.view.trial import Ask, Tally

if TYPE_CHECKING:
    from costtui.launchdarkly.flags import Served
    from costtui.launchdarkly.trial import Judged
    from costtui.llm import Completion, LLMClient

CANCELLED = "cancelled"
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Made:
    """One call that was made, or that failed."""

    ask: Ask
    served: "Served | None" = None
    done: "Completion | None" = None
    usd: float | None = None
    """What was tracked; None: nothing."""
    application: Application | None = None
    elsewhere: tuple[str, str] = ("", "")
    """Variation and reason of what the tracking context would be served."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """What was made of many calls."""

    made: tuple[Made, ...]
    ended: str = ""
    """Why not all were made."""
    refused: BudgetExceeded | None = None
    """What a budget said that has no more room."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How calls follow each other."""

    concurrency: int = 1
    delay_s: float = 0.0
    """Between the starts of two calls."""


class Session:
    """Makes calls that are recorded like any other; a context manager."""

    def __init__(self, bench: Bench, *, tracks: bool) -> None:
        """Open; ``tracks``: AI Configs are served and what they cost is tracked. Raises SettingsError, StoreError."""
        from costtui.record.cost import CostTracker

        self._bench = bench
        self._tracker = CostTracker(bench.store, settings=bench.settings)
        self._experiment = None
        try:
            if tracks:
                from costtui.launchdarkly.trial import Experiment

                write = self._tracker.recorder.write
                self._experiment = Experiment(bench.flags(), lambda facts: write(*facts))
        except BaseException:
            self._tracker.close()
            raise

    def run(
        self,
        asks: Sequence[Ask],
        *,
        pace: Pace = Pace(),
        tell: Callable[[str], None] = lambda text: None,
        each: Callable[[Made, Tally], None] = lambda made, tally: None,
        stopped: threading.Event | None = None,
    ) -> Series:
        """Make calls; what is done when ``stopped`` is set, or when a budget has no more room, is kept.

        ``each`` is told of every call that was made, or failed.
        """
        return asyncio.run(self._run(asks, pace, tell, each, stopped or threading.Event()))

    def judge(self) -> "Judged | None":
        """Deliver what was tracked and return the verdicts, None where nothing is tracked."""
        experiment, self._experiment = self._experiment, None
        return None if experiment is None else experiment.finish()

    def close(self) -> None:
        """Deliver and write what is left, and release everything."""
        try:
            if self._experiment is not None:
                self._experiment.close()
        finally:
            self._tracker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def _run(
        self,
        asks: Sequence[Ask],
        pace: Pace,
        tell: Callable[[str], None],
        each: Callable[[Made, Tally], None],
        stopped: threading.Event,
    ) -> Series:
        client = self._bench.client(self._tracker.recorder)
        room = asyncio.Semaphore(pace.concurrency)
        made: dict[int, Made] = {}
        refused: list[BudgetExceeded] = []

        async def one(number: int, ask: Ask) -> None:
            await asyncio.sleep(number * pace.delay_s)
            async with room:
                try:
                    made[number] = await self._make(ask, client, tell)
                except BudgetExceeded as error:
                    refused.append(error)
                else:
                    each(made[number], _tally(list(made.values()), len(asks)))

        tasks = [asyncio.create_task(one(number, ask)) for number, ask in enumerate(asks)]
        try:
            await _until_done(tasks, lambda: stopped.is_set() or bool(refused))
        finally:
            await client.aclose()
        kept = tuple(made[number] for number in sorted(made))
        if refused:
            return Series(kept, str(refused[0]), refused[0])
        return Series(kept, CANCELLED if len(made) < len(asks) else "")

    async def _make(self, ask: Ask, client: "LLMClient", tell: Callable[[str], None]) -> Made:
        """Make one call. Raises BudgetExceeded before money is spent."""
        if self._experiment is None or not ask.config:
            with self._tracker.node(ask.node):
                try:
                    return Made(ask, done=await _answer(wanted(ask, None, client), client, tell))
                except BudgetExceeded:
                    raise
                except CosttuiError as error:
                    return Made(ask, error=str(error))
        application = Application(
            self._experiment, self._bench.palette.context(ask.context, ask.user), legacy=ask.legacy
        )
        served = application.evaluate(ask.config)
        try:
            with self._tracker.node(ask.node, **self._labels(served, application)):
                done = await _answer(wanted(ask, served, client), client, tell)
        except BudgetExceeded:
            raise
        except CosttuiError as error:
            return Made(ask, served, application=application, error=str(error))
        usd = tracked_usd(done, served)
        if usd is not None:
            application.track(served, usd, model=done.model, provider=done.provider)
        return Made(ask, served, done, usd, application, application.served_elsewhere(served))

    def _labels(self, served: "Served", application: Application) -> Any:
        """Return what the calls of a node that was served an AI Config have in common; the context is written."""
        from costtui.attribution.contexts import canonical, fingerprint
        from costtui.facts import Context

        context = Context(fingerprint(application.tracked), canonical(application.tracked))
        self._tracker.recorder.write(context)
        return {
            "context_id": context.id,
            "config_key": served.config,
            "variation_key": served.variation,
            "config_version": served.version,
            "user_id": user_of(application.tracked),
        }


async def _until_done(tasks: Sequence["asyncio.Task[None]"], ends: Callable[[], bool]) -> None:
    """Wait for tasks, cancelling those that are left as soon as that is wanted. Raises what a task raised."""
    left = set(tasks)
    try:
        while left:
            _, left = await asyncio.wait(left, timeout=_LOOK_S, return_when=asyncio.FIRST_COMPLETED)
            if ends():
                break
    finally:
        for task in left:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
            raise result


async def _answer(wanted: Wanted, client: "LLMClient", tell: Callable[[str], None]) -> "Completion":
    from costtui.text import plain_piece

    completion = None
    stream = client.stream(wanted.messages, wanted.config, max_tokens=wanted.max_tokens)
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            if chunk.text:
                tell(plain_piece(chunk.text))
            completion = chunk.completion or completion
    if completion is None:
        raise ProviderError("the call ended without an answer")
    return completion


def _tally(made: Sequence[Made], total: int) -> Tally:
    costs = [one.done.cost.nano for one in made if one.done is not None]
    return Tally(
        len(made),
        total,
        errors=sum(bool(one.error) for one in made),
        spent_nano=sum(cost or 0 for cost in costs),
        unpriced=sum(cost is None for cost in costs),
    )
