"""Recording a run over issues, files and all: what an event costs the caller, against a raw insert and commit."""

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.measure import Measure
from costtui import CodeMetrics, LLMConfig, MetricsCollector, MetricsStorage, SystemConfig
from costtui.settings import Settings
from costtui.store import open_store

ISSUES = 30
AGENTS = ("planning", "coding", "testing", "review")
RUNS = 200


def run() -> list[Measure]:
    """Measure with a pause between events, as agents that work have them."""
    with tempfile.TemporaryDirectory() as directory:
        raw = _raw(Path(directory, "raw.db"))
        events = _collector(Path(directory))
        whole = _read(Path(directory, "calls.db"), lambda reader: reader.work("r"))
        issues = _read(Path(directory, "calls.db"), lambda reader: reader.issues("r"))
    p50 = median(raw)
    return [
        Measure(
            "event of an issue, stored: p50",
            median(events),
            "µs",
            median(events) / p50,
            "",
            "raw insert + commit",
        ),
        Measure(
            "event of an issue, stored: p99",
            quantiles(events, n=100)[-1],
            "µs",
            quantiles(events, n=100)[-1] / quantiles(raw, n=100)[-1],
            "≤ 1,000 µs",
            "raw insert + commit, p99",
        ),
        Measure(f"what happened in a run of {ISSUES} issues, read", whole, "ms"),
        Measure(f"the {ISSUES} issues of a run, read", issues, "ms"),
    ]


def _collector(folder: Path) -> list[float]:
    times: list[float] = []

    def timed(action: Callable[..., Any], *arguments: Any) -> Any:
        begun = time.perf_counter_ns()
        found = action(*arguments)
        times.append((time.perf_counter_ns() - begun) / 1000)
        time.sleep(0.001)
        return found

    config = SystemConfig(LLMConfig(provider="openai", model="gpt-4o"))
    with MetricsCollector(
        "r",
        "p",
        config,
        storage=MetricsStorage(folder / "logs"),
        db_path=folder / "calls.db",
        settings=Settings(),
    ) as collector:
        collector.record_token_usage(1, 1)  # loads the price book
        for number in range(ISSUES):
            timed(collector.start_issue, str(number))
            for agent in AGENTS:
                timed(collector.start_agent, agent)
                timed(collector.end_tool_call, timed(collector.start_tool_call, "git"))
                timed(collector.record_token_usage, 1000, 100)
                timed(collector.finalize_agent, True)
            timed(collector.record_pipeline, str(number), "abc", "failed")
            timed(collector.start_debugging_cycle, "coding", "E", "m")
            timed(collector.record_debug_attempt)
            timed(collector.end_debugging_cycle, True)
            timed(collector.record_error, "E", "m")
            timed(collector.finalize_issue, str(number), "completed", CodeMetrics(1, 2, 300, 40, 80.0))
    return times


def _read(path: Path, ask: Callable[[Any], object]) -> float:
    with open_store(path) as opened:
        reader: Any = opened.reader
        times = []
        for _ in range(RUNS):
            begun = time.perf_counter_ns()
            ask(reader)
            times.append((time.perf_counter_ns() - begun) / 1e6)
    return median(times)


def _raw(path: Path) -> list[float]:
    times = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(
            "CREATE TABLE event (id INTEGER PRIMARY KEY, key TEXT UNIQUE, run INTEGER, issue, text)"
        )
        connection.execute("CREATE INDEX event_run ON event (run, issue)")
        for number in range(ISSUES * 28):
            values = (f"{number:032}", 1, str(number), "x" * 100)
            begun = time.perf_counter_ns()
            connection.execute("INSERT INTO event (key, run, issue, text) VALUES (?, ?, ?, ?)", values)
            times.append((time.perf_counter_ns() - begun) / 1000)
            time.sleep(0.001)
    return times
