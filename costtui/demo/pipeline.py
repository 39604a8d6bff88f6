"""The sample pipeline at work: runs that call the simulated provider over HTTP and record what they cost."""

import asyncio
import time
from random import Random

import httpx

from costtui.demo.provider import NODE_HEADER
from costtui.demo.workload import (
    PASSED,
    QUESTIONS,
    NodeSpec,
    Subsystem,
    pick_customer,
    pick_subsystem,
    scores,
    worse,
)
from costtui.errors import BudgetExceeded
from costtui.facts import Status
from costtui.record.calls import CallFacts
from costtui.record.cost import CostTracker
from costtui.record.node import OpenNode
from costtui.record.quality import QualityTracker

RUNS_PER_SECOND = 0.5
_AT_ONCE = 12
_ATTEMPTS = 3


class Pipeline:
    """Starts runs at a steady but uneven rate until it is cancelled."""

    def __init__(
        self, tracker: CostTracker, quality: QualityTracker, url: str, *, random: Random, speed: float
    ) -> None:
        """Prepare to record with two trackers and to call the provider at a URL."""
        self._tracker = tracker
        self._quality = quality
        self._random = random
        self._speed = speed
        self._client = httpx.AsyncClient(base_url=url, timeout=60, trust_env=False)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._number = 0

    async def work(self) -> None:
        """Start runs until cancelled; those under way are cancelled with it."""
        async with self._client, asyncio.TaskGroup() as runs:
            while True:
                await self._places.acquire()
                runs.create_task(self._run(pick_subsystem(self._random)))
                await asyncio.sleep(self._random.expovariate(RUNS_PER_SECOND * self._speed))

    async def _run(self, subsystem: Subsystem) -> None:
        self._number += 1
        lead, tier = pick_customer(self._random)
        config = {"prompt": "v7" if worse(subsystem) else "v6", "temperature": 0.2, "tier": tier}
        run_id = f"{subsystem.name}-{time.strftime('%H%M%S')}-{self._number:04}"
        try:
            async with self._tracker.run(
                run_id,
                subsystem=subsystem.name,
                config=config,
                lead_id=lead,
                session_id=f"s-{self._random.randrange(10_000):04}",
                user_id=f"{lead}-{self._random.randrange(40):02}",
                tags={"tier": tier},
            ):
                for spec in subsystem.nodes:
                    await self._node(spec)
            self._record_quality(run_id, subsystem)
        except (BudgetExceeded, httpx.HTTPError):
            pass  # the run is recorded as failed; the next one is not affected
        finally:
            self._places.release()

    async def _node(self, spec: NodeSpec) -> None:
        async with self._tracker.node(spec.name) as node:
            if spec.inner:
                await asyncio.gather(*(self._inner(node, spec) for _ in range(spec.calls)))
            else:
                await self._call(node, spec)
            node.detail = f"{spec.calls} {'answer' if spec.calls == 1 else 'answers'} from {spec.model}"

    async def _inner(self, node: OpenNode, spec: NodeSpec) -> None:
        async with node.node(spec.inner) as inner:
            await self._call(inner, spec)

    async def _call(self, node: OpenNode, spec: NodeSpec) -> None:
        question = self._random.choice(QUESTIONS)
        if self._random.random() < spec.cache_hit_rate:
            node.record_call(
                provider=spec.provider,
                model=spec.model,
                input_tokens=spec.input_tokens,
                output_tokens=spec.output_tokens,
                cache_hit=True,
                latency_ms=2,
                prompt=question,
            )
            return
        for attempt in range(1, _ATTEMPTS + 1):
            response, latency_ms = await self._post(spec, question)
            facts: CallFacts = {
                "answer": response.text,
                "provider": spec.provider,
                "model": spec.model,
                "model_asked": spec.model,
                "latency_ms": latency_ms,
                "operation": node.key,
                "attempt": attempt,
                "prompt": question,
            }
            if not response.is_success:
                facts |= {"status": Status.ERROR, "cost": 0}  # providers bill no answer that is an error
            node.record_call(**facts)
            if response.is_success or attempt == _ATTEMPTS:
                break
            await asyncio.sleep(float(response.headers.get("retry-after", 0.2)) / self._speed)
        response.raise_for_status()

    async def _post(self, spec: NodeSpec, question: str) -> tuple[httpx.Response, int]:
        path = "/v1/messages" if spec.provider == "anthropic" else "/v1/chat/completions"
        body = {
            "model": spec.model,
            "max_tokens": 4 * spec.output_tokens,
            "messages": [{"role": "user", "content": question}],
        }
        begun = time.monotonic()
        response = await self._client.post(path, json=body, headers={NODE_HEADER: spec.path})
        return response, round((time.monotonic() - begun) * 1000)

    def _record_quality(self, run_id: str, subsystem: Subsystem) -> None:
        found = scores(subsystem, self._random)
        self._quality.record_quality(
            run_id,
            subsystem.name,
            found,
            validation_passed=found["overall_score"] >= PASSED,
            iteration_count=1 + (found["overall_score"] < PASSED),
            requirements_count=self._random.randrange(3, 12),
        )
