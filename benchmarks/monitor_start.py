"""First paint of the monitor against an empty Textual app, and when there is data on the screen, of few calls and many."""

import os
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.measure import Measure
from benchmarks.store_reading import cached_store
from benchmarks.terminal import Terminal
from costtui.facts import Call, Cost, CostSource, Usage, UsageState
from costtui.store import open_writer

ROUNDS = 9
EMPTY = "from textual.app import App; from textual.widgets import Static\nclass Empty(App):\n def compose(self): yield Static('marker')\nEmpty().run()"


def run(rounds: int = ROUNDS) -> list[Measure]:
    """Measure starts, alternating, so that a busy moment hits all alike."""
    sizes = [1_000_000] + ([10_000_000] if os.environ.get("COSTTUI_BENCHMARKS_FULL") else [])
    large = {calls: cached_store(calls) for calls in sizes}
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "store.db"
        fill(path)
        empty: list[float] = []
        paint: list[float] = []
        data: dict[int, list[float]] = {calls: [] for calls in (10_000, *sizes)}
        for _ in range(rounds):
            with Terminal(["-c", EMPTY]) as terminal:
                empty.append(terminal.until("marker"))
            with Terminal(["-m", "costtui", str(path)]) as terminal:
                paint.append(terminal.until("Overview"))
                data[10_000].append(terminal.until("node-1"))
            for calls, history in large.items():
                with Terminal(["-m", "costtui", str(history), "--window", "30d"]) as terminal:
                    data[calls].append(terminal.until("node-1"))
    base = statistics.median(empty)
    return [
        Measure("start: an empty Textual app", 1000 * base, "ms"),
        _start("start: first paint of the monitor", paint, base, "≤ 1.15"),
        *(
            _start(f"start: data of {calls:,} calls on the screen", times, base, "≤ 1.5")
            for calls, times in data.items()
        ),
    ]


def _start(name: str, times: list[float], base: float, goal: str) -> Measure:
    median = statistics.median(times)
    return Measure(name, 1000 * median, "ms", median / base, goal, "an empty Textual app")


def fill(path: Path) -> None:
    """Write 10,000 calls of the last three hours."""
    now = time.time_ns() // 1000
    with open_writer(path) as writer:
        for number in range(10_000):
            writer.write(
                Call(
                    f"k{number}",
                    now - number * 1_000_000,
                    node=f"node-{number % 8}",
                    provider="openai",
                    model="gpt-4o",
                    usage=Usage(900, 80, state=UsageState.REPORTED),
                    cost=Cost(2_000_000 + number, CostSource.PRICED),
                    latency_ms=400 + number % 3000,
                )
            )
