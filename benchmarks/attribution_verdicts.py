"""How many events a second the attribution debugger reads and judges."""

import gc
import time
from typing import Any

from benchmarks.measure import Measure
from costtui.attribution.debugger import Debugger
from costtui.attribution.events import EventReader
from costtui.attribution.verdicts import Metric

HEADERS = {"Authorization": "sdk-benchmark", "User-Agent": "PythonClient/9.20.0"}
USERS = 20_000
BATCH = 170
"""Users in one body: 510 events, as SDKs send them."""


def run() -> list[Measure]:
    """Return the rates of reading bodies, of verdicts, and of both with a report after every body."""
    bodies = [body_of(first) for first in range(0, USERS, BATCH)]
    events = sum(len(body) for body in bodies)
    reader = EventReader()
    reading, batches = _timed(lambda: [reader.read(body, "/bulk", HEADERS).facts for body in bodies])
    debugger = Debugger([Metric("ai_cost_per_request")])

    def judge() -> None:
        for facts in batches:
            debugger.feed(facts)
        debugger.report()

    judging, _ = _timed(judge)
    live = Debugger([Metric("ai_cost_per_request")])

    def follow() -> None:
        for facts in batches:
            live.feed(facts)
            live.report()

    following, _ = _timed(follow)
    return [
        Measure("attribution: events read from bodies", events / reading, "events/s"),
        Measure("attribution: verdicts", events / judging, "events/s", goal="≥ 50 k events/s"),
        Measure("attribution: verdicts, report after every body", events / following, "events/s"),
    ]


def _timed(work: Any) -> tuple[float, Any]:
    gc.collect()
    gc.freeze()  # the prepared bodies and facts are not the debugger's: no collection should walk them
    started = time.process_time()
    result = work()
    spent = time.process_time() - started
    gc.unfreeze()
    return spent, result


def body_of(first: int) -> list[dict[str, Any]]:
    return [event for number in range(first, first + BATCH) for event in _events(number)]


def _events(number: int) -> list[dict[str, Any]]:
    at = 1_795_334_379_494 + number
    who = {"kind": "user", "key": f"user_{number}", "country": "US", "plan": "paid", "region": "other"}
    exposure = {
        "kind": "feature", "creationDate": at, "key": "support-agent", "value": {"_ldMeta": {"variationKey": "v1"}},
        "version": 3, "variation": 1, "reason": {"kind": "FALLTHROUGH", "inExperiment": True}, "context": who,
    }  # fmt: skip
    return [
        {"kind": "index", "creationDate": at, "context": dict(who)},
        exposure,
        {
            "kind": "custom", "creationDate": at, "key": "ai_cost_per_request", "context": {**who, "user": who["key"]},
            "metricValue": 0.004,
        },
    ]  # fmt: skip
