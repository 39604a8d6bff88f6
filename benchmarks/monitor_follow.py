"""Following a store that another process writes: commit to screen, processor and memory."""

import statistics
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.measure import Measure
from benchmarks.monitor_start import fill
from benchmarks.terminal import Terminal
from costtui.facts import Call, Cost, CostSource
from costtui.store import open_writer

CALLS = 60


def run() -> list[Measure]:
    """Measure with the Calls screen following, then the Overview at 100 calls a second."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "store.db"
        fill(path)
        delays = sorted(_delays(path))
        busy, idle, memory = _load(path)
    return [
        Measure("commit → on the terminal, p50", statistics.median(delays), "ms", None, "≤ 15 ms"),
        Measure("commit → on the terminal, p95", delays[int(len(delays) * 0.95)], "ms", None, "≤ 30 ms"),
        Measure("CPU while following 100 calls/s", 100 * busy, "% of a core"),
        Measure("CPU while nothing comes", 100 * idle, "% of a core", None, "≤ 1.5 %"),
        Measure("memory of the monitor", memory, "MB", None, "≤ 90 MB"),
    ]


def _delays(path: Path) -> list[float]:
    delays = []
    with Terminal(["-m", "costtui", str(path)]) as terminal, open_writer(path, durable=True) as writer:
        terminal.until("node-1")
        terminal.press("4")
        terminal.drain(1.5)
        for number in range(CALLS):
            word = f"fresh{number:03d}"
            writer.write(Call(word, time.time_ns() // 1000, node=word, cost=Cost(1000, CostSource.PRICED)))
            committed = time.perf_counter() - terminal.started
            delays.append(1000 * (terminal.until(word) - committed))
            terminal.drain(0.1 + 0.007 * (number % 10))
    return delays


def _load(path: Path, seconds: float = 6.0) -> tuple[float, float, float]:
    """Return the share of a core at 100 calls a second and at none, and the memory in MB."""
    with Terminal(["-m", "costtui", str(path)]) as terminal, open_writer(path) as writer:
        terminal.until("node-1")
        terminal.drain(2.0)
        stopped = threading.Event()

        def write() -> None:
            number = 0
            while not stopped.wait(0.01):
                number += 1
                writer.write(
                    Call(
                        f"load{number}", time.time_ns() // 1000, node=f"node-{number % 8}", latency_ms=number
                    )
                )

        thread = threading.Thread(target=write)
        thread.start()
        terminal.drain(1.0)
        before = terminal.cpu_s()
        terminal.drain(seconds)
        busy = (terminal.cpu_s() - before) / seconds
        stopped.set()
        thread.join()
        terminal.drain(4.0)
        before = terminal.cpu_s()
        terminal.drain(seconds)
        return busy, (terminal.cpu_s() - before) / seconds, terminal.memory_mb()
