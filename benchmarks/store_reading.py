"""Reading: totals of every window, first screen, drill-downs and the tail, at 10 k, 1 M and (``--full``) 10 M calls."""

import multiprocessing
import os
import random
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles

from benchmarks.measure import Measure
from costtui.facts import Call
from costtui.filter import parse_filter
from costtui.histogram import Histogram
from costtui.reading import CallQuery
from costtui.store import open_store, open_writer, rollups
from costtui.store.calls_write import COLUMNS
from costtui.store.connect import connect_writer
from costtui.store.migrate import migrate
from costtui.window import DAY_US, WINDOWS, resolve

SERIES = 100
NOW_US = 1_795_000_000_000_000
HISTORY_US = 90 * DAY_US


def cached_store(calls: int) -> Path:
    """Return a store with 90 days of history, made once by bulk SQL and kept in the temporary directory."""
    path = Path(tempfile.gettempdir()) / f"costtui-benchmark-2-{calls}.db"
    if path.exists():
        return path
    making = path.with_suffix(f".{os.getpid()}.making")
    with closing(connect_writer(making)) as connection:
        migrate(connection, making)
        connection.execute("BEGIN IMMEDIATE")
        for number in range(SERIES):
            key = (
                number + 1,
                f"node-{number % 25}",
                "openai",
                f"model-{number // 25}",
                "reports",
                number % 25 == 24,
            )
            connection.execute("INSERT INTO series VALUES (?, ?, ?, ?, ?, ?)", key)
        connection.executemany(
            "INSERT INTO run (id, run_id, started_us, status) VALUES (?, ?, ?, 0)",
            [
                (run, f"run-{run}", NOW_US - HISTORY_US + run * HISTORY_US * 1000 // calls)
                for run in range(1, calls // 1000 + 1)
            ],
        )
        chance, step = random.Random(1), HISTORY_US // calls
        connection.executemany(
            f"INSERT INTO call ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})",
            (
                _row(number, NOW_US - HISTORY_US + number * step, chance, calls)
                for number in range(1, calls + 1)
            ),
        )
        rollups.fold(connection, calls, NOW_US)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    making.rename(path)
    return path


def _row(number: int, started_us: int, chance: random.Random, calls: int) -> tuple[object, ...]:
    row: dict[str, object] = dict.fromkeys(COLUMNS)
    row |= {
        "id": number, "key_hash": chance.getrandbits(63), "key": f"chatcmpl-{number:024x}",
        "started_us": started_us, "series_id": min(int(chance.expovariate(0.05)), SERIES - 1) + 1,
        "run_ref": min(number // 1000 + 1, calls // 1000), "mode": 0, "cost_nano": int(chance.lognormvariate(14, 1)),
        "cost_source": 2, "saved_nano": 0, "cache_hit": 0, "usage_state": 0, "input_tokens": 1200,
        "output_tokens": 300, "cache_read_tokens": 0, "cache_write_tokens": 0, "cache_write_1h_tokens": 0,
        "reasoning_tokens": 0, "latency_ms": int(chance.lognormvariate(7, 0.8)), "ttft_ms": 200, "attempt": 1,
        "feedback_count": 0, "lead_id": f"lead-{number % 500}",
    }  # fmt: skip
    return tuple(row.values())


def timed(work: Callable[[], object], times: int = 5) -> float:
    """Return the median time of some work in milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return 1000 * median(taken)


def reading(calls: int) -> dict[str, float]:
    """Return milliseconds of each question for a store of a size."""
    with open_store(cached_store(calls)) as opened:
        reader, first = opened.reader, opened.reader.first_us()
        found = {
            f"totals {window.name}": timed(
                lambda window=window: reader.totals(resolve(window, NOW_US, first))
            )  # type: ignore[misc]
            for window in WINDOWS
        }
        day = resolve(WINDOWS[3], NOW_US, first)
        every = resolve(WINDOWS[-1], NOW_US, first)
        found["newest 500 calls, 24h"] = timed(lambda: reader.calls(CallQuery(span=day)))
        found["newest 500 calls of a rare node"] = timed(
            lambda: reader.calls(CallQuery(span=every, nodes=("node-23",)))
        )
        found["newest 500 errors"] = timed(
            lambda: reader.calls(CallQuery(span=every, where=parse_filter("status:error")))
        )
        found["newest 500 of a lead"] = timed(
            lambda: reader.calls(CallQuery(span=every, where=parse_filter("lead=lead-77")))
        )
        found["runs"] = timed(lambda: reader.runs(every))
        found["one run with its calls"] = timed(
            lambda: (reader.run("run-5"), reader.calls(CallQuery(run_id="run-5")))
        )
        found["info"] = timed(reader.info)

    def first_screen() -> None:
        with open_store(cached_store(calls)) as opened:
            span = resolve(WINDOWS[2], NOW_US, opened.reader.first_us())
            totals = opened.reader.totals(span)
            opened.tail.start(totals.cursor)
            opened.reader.calls(CallQuery(span=span, limit=200))
            opened.reader.runs(span)
            opened.reader.info()

    found["first screen, opened anew"] = timed(first_screen)
    return found


def _record(path: str, calls: int, sent: "multiprocessing.Queue[float]") -> None:
    with open_writer(path) as writer:
        for number in range(calls):
            threading.Event().wait(0.01)
            writer.write(
                Call(key=f"k{number}", started_us=time.time_ns() // 1000, saved_nano=0, latency_ms=number)
            )
            writer.flush()
            sent.put(time.perf_counter())


def tail_latencies(calls: int = 300, poll_s: float = 0.002) -> tuple[list[float], float]:
    """Return ms from the commit in another process to the delta, and µs of a poll that finds nothing."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        open_writer(path).close()
        sent: multiprocessing.Queue[float] = context.Queue()
        process = context.Process(target=_record, args=(str(path), calls, sent))
        seen: list[float] = []
        waiting = threading.Event()
        with open_store(path) as opened:
            opened.tail.start(0)
            process.start()
            while len(seen) < calls:
                delta = opened.tail.poll()
                seen += [time.perf_counter()] * len(delta.calls)
                if not delta:
                    waiting.wait(poll_s)
            process.join()
            idle = timed(opened.tail.poll, 2000) * 1000
        return [1000 * max(at - sent.get(), 0.0) for at in seen], idle


def run() -> list[Measure]:
    """Measure."""
    sizes = [10_000, 1_000_000] + ([10_000_000] if os.environ.get("COSTTUI_BENCHMARKS_FULL") else [])
    found = {size: reading(size) for size in sizes}
    measures = []
    for name, small in found[sizes[0]].items():
        large = found[sizes[-1]][name]
        goal = "≤ 100 ms" if "screen" in name else "≤ 50 ms, ≤ 1.3" if "totals" in name else ""
        measures.append(
            Measure(
                f"{name}, {sizes[-1]:,} calls",
                large,
                "ms",
                large / small,
                goal,
                f"{sizes[0]:,} calls: {small:.1f} ms",
            )
        )
    latencies, idle = tail_latencies()
    measures.append(Measure("commit → delta, other process, p50 (poll 2 ms)", median(latencies), "ms"))
    measures.append(Measure("commit → delta, p95", quantiles(latencies, n=20)[18], "ms"))
    measures.append(Measure("poll that finds nothing", idle, "µs"))
    values = [random.Random(1).lognormvariate(7, 0.8) for _ in range(100_000)]
    histogram = Histogram()
    measures.append(
        Measure(
            "percentile, per value",
            timed(lambda: [histogram.add(value) for value in values]) / 100,
            "µs",
            None,
            "≤ 1 µs",
        )
    )
    return measures
