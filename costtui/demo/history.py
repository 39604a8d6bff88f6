"""Some days of history of the sample pipeline, made up in a second."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, pi, sin
from random import Random
from typing import Any

from costtui.demo.workload import (
    ANSWERS,
    PASSED,
    QUESTIONS,
    NodeSpec,
    Outcome,
    Subsystem,
    outcome,
    pick_customer,
    pick_subsystem,
    scores,
    worse,
)
from costtui.facts import Call, Cost, CostSource, Quality, Run, Status, Step, Usage, UsageState
from costtui.pricing import PriceBook
from costtui.window import HOUR_US

DAYS = 6
_STEPS_HOURS = 6
"""How far back runs have their steps."""


@dataclass(frozen=True, slots=True)
class Past:
    """A run that is over, with all that was recorded of it."""

    run: Run
    calls: tuple[Call, ...]
    steps: tuple[Step, ...]
    quality: Quality | None

    def facts(self) -> Iterator[Any]:
        """Return everything that is to be written."""
        yield self.run
        yield from self.steps
        yield from self.calls
        if self.quality is not None:
            yield self.quality


def history(book: PriceBook, random: Random, now_us: int) -> list[Past]:
    """Return the runs of the last days, oldest first: quiet nights, busy days, and a rising last hour."""
    past = []
    at_us = now_us - DAYS * 24 * HOUR_US
    while at_us < now_us:
        hours_ago = (now_us - at_us) / HOUR_US
        past.append(_Teller(book, random, at_us, hours_ago).tell())
        at_us += int(random.expovariate(_runs_per_hour(hours_ago)) * HOUR_US)
    return [each for each in past if (each.run.ended_us or 0) < now_us]


def _runs_per_hour(hours_ago: float) -> float:
    day = 1.0 + 0.7 * sin(2 * pi * (6.0 - hours_ago) / 24)
    return 13.0 * day + 850.0 * exp(-hours_ago / 0.8)


class _Teller:
    """Makes up one run."""

    def __init__(self, book: PriceBook, random: Random, at_us: int, hours_ago: float) -> None:
        self._book = book
        self._random = random
        self._hours_ago = hours_ago
        self._started_us = self._now_us = at_us
        self._subsystem: Subsystem = pick_subsystem(random, hours_ago)
        self._run_id = (
            f"{self._subsystem.name}-{at_us // 1_000_000 % 10_000_000:07}-{random.randrange(1000):03}"
        )
        self._lead, self._tier = pick_customer(random)
        self._calls: list[Call] = []
        self._steps: list[Step] = []
        self._failed = ""

    def tell(self) -> Past:
        """Return the run."""
        for spec in self._subsystem.nodes:
            if self._failed:
                break
            self._node(spec)
        run = Run(
            run_id=self._run_id,
            started_us=self._started_us,
            subsystem=self._subsystem.name,
            status=Status.ERROR if self._failed else Status.OK,
            ended_us=self._now_us,
            source_method="priced",
            error=self._failed,
            config={
                "prompt": "v7" if worse(self._subsystem, self._hours_ago) else "v6",
                "temperature": 0.2,
                "tier": self._tier,
            },
        )
        return Past(run, tuple(self._calls), tuple(self._steps), None if self._failed else self._quality())

    def _node(self, spec: NodeSpec) -> None:
        key = f"{self._run_id}:{spec.path}"
        begun_us, first = self._now_us, len(self._calls)
        ends = [self._call(spec, key, number, begun_us) for number in range(spec.calls)]
        self._now_us = max(ends) + 4_000
        calls = self._calls[first:]
        if self._hours_ago < _STEPS_HOURS:
            self._steps.append(
                Step(
                    key,
                    self._run_id,
                    spec.path,
                    begun_us,
                    self._now_us,
                    Status.ERROR if self._failed else Status.OK,
                    self._failed,
                    calls=len(calls),
                    cost_nano=sum(call.cost.nano or 0 for call in calls),
                    unpriced=sum(call.cost.nano is None for call in calls),
                )
            )

    def _call(self, spec: NodeSpec, key: str, number: int, at_us: int) -> int:
        """Make up one call with its retries and return when it was over."""
        for attempt in range(1, 4):
            turned_out = outcome(spec, self._random, self._hours_ago)
            call = Call(
                key=f"{key}:{number}:{attempt}",
                started_us=at_us,
                node=spec.path,
                run_id=self._run_id,
                subsystem=self._subsystem.name,
                step_key=key,
                provider=spec.provider,
                model=spec.model,
                model_asked=spec.model,
                operation=f"{key}:{number}",
                attempt=attempt,
                prompt=QUESTIONS[len(self._calls) % len(QUESTIONS)],
                lead_id=self._lead,
                user_id=f"{self._lead}-{self._random.randrange(40):02}",
                tags={"tier": self._tier},
                **self._result(spec, turned_out, at_us),
            )
            self._calls.append(call)
            at_us += turned_out.latency_ms * 1000
            if call.status == Status.OK:
                return at_us
            at_us += 400_000
        self._failed = f"ProviderError: {call.error} after {attempt} attempts"
        return at_us

    def _result(self, spec: NodeSpec, turned_out: Outcome, at_us: int) -> dict[str, Any]:
        """Return how the call ended: failed, answered by the pipeline's cache, or by the model at a price."""
        if turned_out.http_status != 200:
            error = f"HTTP {turned_out.http_status}"
            return {
                "status": Status.ERROR,
                "error": error,
                "latency_ms": turned_out.latency_ms,
                "cost": Cost(0, CostSource.PROVIDER, f"not billed: {error}"),
            }
        usage = Usage(
            turned_out.input_tokens,
            turned_out.output_tokens,
            turned_out.cached_tokens,
            state=UsageState.ESTIMATED if spec.silent else UsageState.REPORTED,
        )
        cost = self._book.price(usage, provider=spec.provider, model=spec.model, at_us=at_us)
        answered = {"usage": usage, "completion": ANSWERS[turned_out.output_tokens % len(ANSWERS)]}
        if self._random.random() < spec.cache_hit_rate and cost.nano is not None:
            return {
                **answered,
                "cache_hit": True,
                "latency_ms": 2,
                "saved_nano": cost.nano,
                "cost": Cost(0, CostSource.PRICED, "response cache"),
            }
        return {**answered, "cost": cost, "latency_ms": turned_out.latency_ms}

    def _quality(self) -> Quality:
        found = scores(self._subsystem, self._random, self._hours_ago)
        return Quality(
            run_id=self._run_id,
            recorded_us=self._now_us,
            subsystem=self._subsystem.name,
            **found,
            validation_passed=found["overall_score"] >= PASSED,
            iteration_count=1 + (found["overall_score"] < PASSED),
            requirements_count=self._random.randrange(3, 12),
        )
