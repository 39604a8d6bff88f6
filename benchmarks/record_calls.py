"""Recording through the tracker: what a priced call and a node cost the caller, against a raw insert and commit."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

from benchmarks.measure import Measure
from costtui import CostTracker
from costtui.settings import Settings

ROUNDS = 1000
TEXT = "The quick brown fox jumps over the lazy dog. " * 12


def run() -> list[Measure]:
    """Measure with a pause between calls, as a pipeline that waits for models has them."""
    with tempfile.TemporaryDirectory() as directory:
        raw = _raw(Path(directory, "raw.db"))
        call, node = _tracker(Path(directory, "calls.db"))
    p50, p99 = median(raw), quantiles(raw, n=100)[-1]
    call_p99 = quantiles(call, n=100)[-1]
    return [
        Measure(
            "record_call, priced: p50", median(call), "µs", median(call) / p50, "≤ 1", "raw insert + commit"
        ),
        Measure(
            "record_call, priced: p99", call_p99, "µs", call_p99 / p99, "≤ 150 µs", "raw insert + commit, p99"
        ),
        Measure(
            "node, entered and left: p50", median(node), "µs", median(node) / p50, "", "raw insert + commit"
        ),
    ]


def _tracker(path: Path) -> tuple[list[float], list[float]]:
    with CostTracker(path, settings=Settings(time_zone="UTC")) as tracker, tracker.run("r"):

        def call() -> None:
            tracker.record_call(
                model="gpt-4o-mini",
                provider="openai",
                input_tokens=1200,
                output_tokens=180,
                latency_ms=900,
                prompt=TEXT,
                completion=TEXT,
            )

        def node() -> None:
            with tracker.node("extract"):
                pass

        call()  # loads the price book
        return _timed(call), _timed(node)


def _raw(path: Path) -> list[float]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        columns = ", ".join(f"c{number}" for number in range(23))
        connection.execute(f"CREATE TABLE call (id INTEGER PRIMARY KEY, {columns}, prompt, completion)")
        for number in range(3):
            connection.execute(f"CREATE INDEX i{number} ON call (c{number})")
        marks = ", ".join("?" * 26)
        values = [None, *range(23), TEXT, TEXT]
        return _timed(lambda: connection.execute(f"INSERT INTO call VALUES ({marks})", values))


def _timed(action: Callable[[], object]) -> list[float]:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter_ns()
        action()
        times.append((time.perf_counter_ns() - begun) / 1000)
        time.sleep(0.001)
    return times
