"""Reports: time and memory of the whole command over a long history (a million calls with --full)."""

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.measure import Measure
from benchmarks.report_command import report
from benchmarks.store_writing import a_call
from costtui.facts import Run, Status
from costtui.settings import Settings
from costtui.store import open_writer
from costtui.window import DAY_US

DAYS = 30
CALLS_PER_RUN = 500
ROUNDS = 5
CCUSAGE_S = 14.5
"""What ccusage 20 needs for its daily report over a million usage records, on a quiet machine."""


def run() -> list[Measure]:
    """Return the time of each report and the peak memory of the largest."""
    calls = 1_000_000 if os.environ.get("COSTTUI_BENCHMARKS_FULL") else 20_000
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "calls.db"
        _fill(store, calls)
        found, megabytes = [], 0.0
        for kind in ("cost", "quality", "compare"):
            took = [report(kind, store, DAYS + 1) for _ in range(ROUNDS)]
            seconds, megabytes = median(one.seconds for one in took), max(megabytes, took[0].megabytes)
            goal, against = ("≤ 0.1", "ccusage 20 daily, 1 M") if kind == "cost" else ("", "")
            ratio = seconds / CCUSAGE_S if kind == "cost" else None
            found.append(Measure(f"report {kind}, {calls:,} calls", seconds, "s", ratio, goal, against))
        return [*found, Measure("reports, peak memory", megabytes, "MB", None, "≤ 100 MB")]


def _fill(store: Path, calls: int) -> None:
    start = time.time_ns() // 1000 - DAYS * DAY_US
    step = DAYS * DAY_US // calls
    with open_writer(store, settings=Settings()) as writer:
        for place in range(calls):
            at = start + place * step
            if place % CALLS_PER_RUN == 0:
                number = place // CALLS_PER_RUN
                config = {"llm": {"model": f"model-{number % 3}", "temperature": number % 2 / 10}}
                end = at + CALLS_PER_RUN * step
                writer.write(Run(f"run-{number}", at, "extraction", Status.OK, end, config=config))
            writer.write(replace(a_call(place, texts=False), started_us=at))
            if place % 5_000 == 0:
                writer.flush()
        writer.flush(600)
