"""Recording: what it costs the caller, how much goes through, and how soon it is durable, against raw sqlite3."""

import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

from benchmarks.measure import Measure
from costtui.facts import Call, Cost, CostLine, CostSource, Usage, UsageState
from costtui.store import open_writer
from costtui.store.calls_write import COLUMNS, call_row
from costtui.store.connect import connect_writer
from costtui.store.migrate import migrate
from costtui.store.words import Words

TEXT = "The quick brown fox jumps over the lazy dog. " * 23
INSERT = f"INSERT INTO call ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
INSERT_TEXT = "INSERT INTO call_text VALUES (?, ?, ?)"
START_US = 1_795_000_000_000_000


def a_call(place: int, *, texts: bool = True) -> Call:
    """Return a call as a pipeline with ten nodes and three models records it."""
    return Call(
        key=f"chatcmpl-{os.urandom(12).hex()}",
        started_us=START_US + place * 10_000,
        node=f"node-{place % 10}",
        run_id=f"run-{place // 500}",
        subsystem="extraction",
        provider="openai",
        model=f"gpt-4o-{place % 3}",
        model_asked=f"gpt-4o-{place % 3}",
        usage=Usage(1000 + place % 900, 200, cache_read_tokens=100, state=UsageState.REPORTED),
        cost=Cost(
            4_500_000 + place % 1000,
            CostSource.PRICED,
            "genai-prices 0.2.3 openai/gpt-4o",
            (
                CostLine("input", 1000, 2_500_000_000, 2_500_000),
                CostLine("output", 200, 10_000_000_000, 2_000_000),
            ),
        ),
        latency_ms=300 + place * 37 % 5000,
        ttft_ms=90 + place % 300,
        prompt=TEXT[:1000] if texts else "",
        completion=TEXT[:1000] if texts else "",
        lead_id=f"lead-{place % 40}",
        tags={},
    )


def raw_store(path: Path) -> sqlite3.Connection:
    """Return a connection to an empty store with the writer's pragmas."""
    connection = connect_writer(path)
    migrate(connection, path)
    return connection


def raw_rows(connection: sqlite3.Connection, calls: list[Call]) -> list[tuple[object, ...]]:
    """Return the rows of calls, prepared beforehand."""
    words = Words(connection)
    return [call_row(call, words, number) for number, call in enumerate(calls, 1)]


def raw_batches(folder: Path, calls: list[Call], size: int) -> float:
    """Return calls per second of raw executemany into the same tables."""
    with closing(raw_store(folder / f"raw-{time.time_ns()}.db")) as connection:
        rows = raw_rows(connection, calls)
        texts = [(row[0], call.prompt, call.completion) for row, call in zip(rows, calls, strict=True)]
        start = time.perf_counter()
        for first in range(0, len(rows), size):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(INSERT, rows[first : first + size])
            if texts[0][1]:
                connection.executemany(INSERT_TEXT, texts[first : first + size])
            connection.execute("COMMIT")
        return len(rows) / (time.perf_counter() - start)


def raw_single(folder: Path, calls: list[Call]) -> list[float]:
    """Return seconds of each raw insert with its commit."""
    taken = []
    with closing(raw_store(folder / f"raw-{time.time_ns()}.db")) as connection:
        for row, call in zip(raw_rows(connection, calls), calls, strict=True):
            start = time.perf_counter()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(INSERT, row)
            connection.execute(INSERT_TEXT, (row[0], call.prompt, call.completion))
            connection.execute("COMMIT")
            taken.append(time.perf_counter() - start)
    return taken


def through(folder: Path, calls: list[Call]) -> float:
    """Return calls per second from the first write until all are committed."""
    with open_writer(folder / f"ours-{time.time_ns()}.db") as writer:
        start = time.perf_counter()
        for call in calls:
            writer.write(call)
        writer.flush()
        return len(calls) / (time.perf_counter() - start)


def each(folder: Path, calls: list[Call], *, durable: bool, pause_s: float = 0.0) -> list[float]:
    """Return seconds of each write as the caller sees it."""
    taken, waiting = [], threading.Event()
    with open_writer(folder / f"ours-{time.time_ns()}.db", durable=durable) as writer:
        for call in calls:
            start = time.perf_counter()
            writer.write(call)
            taken.append(time.perf_counter() - start)
            if pause_s:
                waiting.wait(pause_s)
    return taken


def repeated(times: int, measure: Callable[[], float]) -> float:
    """Return the median of a repeated measurement."""
    return median(measure() for _ in range(times))


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(values, n=100)[98]


def run() -> list[Measure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = [a_call(place) for place in range(20_000)]
        bare = [a_call(place, texts=False) for place in range(20_000)]
        single = raw_single(folder, calls[:3000])
        durable = each(folder, calls[:3000], durable=True)
        paced = each(folder, calls[:1500], durable=False, pause_s=0.002)
        raw, ours = (
            repeated(3, lambda: raw_batches(folder, calls, 100)),
            repeated(3, lambda: through(folder, calls)),
        )
        raw_bare, ours_bare = (
            repeated(3, lambda: raw_batches(folder, bare, 100)),
            repeated(3, lambda: through(folder, bare)),
        )
        size = _bytes_per_call(folder, bare)
    one = median(single)
    return [
        Measure("raw insert + commit", one * 1e6, "µs"),
        Measure(
            "write(), p50, 500/s",
            median(paced) * 1e6,
            "µs",
            median(paced) / one,
            "≤ 1",
            "raw insert + commit",
        ),
        Measure("write(), p99, 500/s", p99(paced) * 1e6, "µs", None, "≤ 150 µs"),
        Measure(
            "durable write(), p50",
            median(durable) * 1e6,
            "µs",
            median(durable) / one,
            "≤ 1.6",
            "raw insert + commit",
        ),
        Measure(
            "throughput with texts", ours, "calls/s", ours / raw, "≥ 0.8", f"executemany of 100: {raw:,.0f}/s"
        ),
        Measure(
            "throughput without texts",
            ours_bare,
            "calls/s",
            ours_bare / raw_bare,
            "≥ 0.8",
            f"executemany of 100: {raw_bare:,.0f}/s",
        ),
        Measure("size of a call without texts", size, "bytes", None, "≤ 250"),
    ]


def _bytes_per_call(folder: Path, calls: list[Call]) -> float:
    path = folder / "size.db"
    with open_writer(path) as writer:
        for call in calls:
            writer.write(call)
    with closing(sqlite3.connect(path)) as connection:
        tables = ("call", "call_key", "call_run", "call_series", "call_started")
        marks = ", ".join("?" * len(tables))
        (size,) = connection.execute(
            f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({marks})", tables
        ).fetchone()
    return float(size) / len(calls)
