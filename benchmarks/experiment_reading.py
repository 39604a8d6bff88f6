"""An experiment: time and memory of the whole report over calls with an exposure and a cost event each."""

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from benchmarks.measure import Measure
from benchmarks.report_command import report
from benchmarks.store_writing import a_call
from costtui.facts import Exposure, MetricEvent
from costtui.settings import Settings
from costtui.store import open_writer
from costtui.window import DAY_US

DAYS = 30
CALLS_PER_USER = 10
_ENVIRONMENT = "sdk-benchmark"


def run() -> list[Measure]:
    """Return the time of the report, its rate, and its peak memory (a million calls with --full)."""
    calls = 1_000_000 if os.environ.get("COSTTUI_BENCHMARKS_FULL") else 20_000
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "calls.db"
        fill(store, calls)
        seconds, megabytes = report("experiment", store, DAYS + 1)
    return [
        Measure(f"report experiment, {calls:,} calls", seconds, "s"),
        Measure("report experiment, calls with exposure and event", calls / seconds, "calls/s"),
        Measure("report experiment, peak memory", megabytes, "MB"),
    ]


def fill(store: Path, calls: int) -> None:
    """Record calls of users who were spread over two variations, each with its exposure and its cost."""
    random = Random(1)
    start = time.time_ns() // 1000 - DAYS * DAY_US
    step = DAYS * DAY_US // calls
    users = max(calls // CALLS_PER_USER, 1)
    with open_writer(store, settings=Settings()) as writer:
        for place in range(calls):
            user = random.randrange(users)
            variation = ("control", "treatment")[user % 2]
            at_us = start + place * step
            context = {"kind": "user", "key": f"user-{user}", "tier": ("trial", "premium")[user % 3 == 0]}
            units = {"user": f"user-{user}"}
            cost = random.expovariate(1000.0) * (1.0 if variation == "control" else 0.8)
            writer.write(
                replace(
                    a_call(place, texts=False),
                    started_us=at_us,
                    user_id=f"user-{user}",
                    config_key="ai-config",
                    variation_key=variation,
                ),
                Exposure(
                    _ENVIRONMENT,
                    "ai-config",
                    at_us,
                    0,
                    context,
                    units,
                    "feature",
                    in_experiment=True,
                    variation=variation,
                    version=1,
                    reason="FALLTHROUGH",
                ),
                MetricEvent(
                    _ENVIRONMENT,
                    "ai_cost_per_request",
                    at_us,
                    1,
                    context,
                    units,
                    "custom",
                    value=cost,
                    config_key="ai-config",
                    variation_key=variation,
                ),
            )
            if place % 2_000 == 0:
                writer.flush()
        writer.flush(600)
