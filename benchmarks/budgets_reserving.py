"""Reserving money: sixteen processes on one budget, each setting aside, recording and settling its calls."""

import multiprocessing
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.measure import Measure
from costtui.facts import Budget, Call, Claim, Cost, CostSource, Period, Settlement
from costtui.settings import Settings
from costtui.store import open_writer
from costtui.store.ledger import Ledger
from costtui.store.proof import prove

PROCESSES, CALLS = 16, 200
NANO = 1_000_000
ROUNDS = 3


def run() -> list[Measure]:
    """Measure one process alone, then sixteen together."""
    alone, waits = _together(1, 2000, max_nano=10**15)
    rates, together = [], []
    for _ in range(ROUNDS):
        rate, found = _together(PROCESSES, CALLS, max_nano=10**15)
        rates.append(rate)
        together += found
    return [
        Measure("reservations of one process, each settled with its call", alone, "/s"),
        Measure("a reservation, uncontended: p50", median(waits) * 1e6, "µs"),
        Measure("reservations of 16 processes, each settled", median(rates), "/s", goal="≥ 2,000 /s"),
        Measure("a reservation among 16 processes: p50", median(together) * 1e6, "µs"),
        Measure("a reservation among 16 processes: p99", quantiles(together, n=100)[-1] * 1e3, "ms"),
        *_proof(),
    ]


def _proof() -> list[Measure]:
    with tempfile.TemporaryDirectory() as directory:
        proof = prove(Path(directory, "calls.db"), processes=PROCESSES, calls=CALLS, killed=4)
    over, miscounted = proof.spent_nano - proof.max_nano, abs(proof.counted_nano - proof.spent_nano)
    name = f"{PROCESSES} × {CALLS} calls, {proof.killed} processes killed: "
    return [
        Measure(f"{name}above the limit", max(over, 0) / 1e9, "$", goal="0"),
        Measure(f"{name}counted wrongly", miscounted / 1e9, "$", goal="0"),
        Measure(f"{name}reserved after the leases", proof.left_nano / 1e9, "$", goal="0"),
        Measure(f"{name}calls made", proof.calls, f"in {proof.elapsed_s:.1f} s"),
    ]


def _together(processes: int, calls: int, max_nano: int) -> tuple[float, list[float]]:
    """Return reservations per second, and how long each took."""
    context = multiprocessing.get_context("forkserver")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "calls.db")
        open_writer(path).close()
        start, results = context.Barrier(processes), context.SimpleQueue()
        workers = [
            context.Process(target=_work, args=(path, number, calls, max_nano, start, results))
            for number in range(processes)
        ]
        for worker in workers:
            worker.start()
        found = [results.get() for _ in workers]
        for worker in workers:
            worker.join()
    begun, ended = min(part[0] for part in found), max(part[1] for part in found)
    return processes * calls / (ended - begun), [wait for part in found for wait in part[2]]


def _work(path: Path, number: int, calls: int, max_nano: int, start: Any, results: Any) -> None:
    budget = Budget("day", max_nano, max_nano, period=Period.DAY)
    ledger = Ledger(path, [budget])
    waits: list[float] = []
    with open_writer(path, settings=Settings(time_zone="UTC")) as writer:
        ledger.reserve(Claim(NANO, node="extract"), time.time_ns() // 1000)
        start.wait()
        begun = time.monotonic()
        for index in range(calls):
            now = time.perf_counter()
            hold = ledger.reserve(Claim(NANO, node="extract"), time.time_ns() // 1000)
            waits.append(time.perf_counter() - now)
            cost = Cost(NANO, CostSource.PRICED)
            call = Call(f"{number}-{index}", time.time_ns() // 1000, node="extract", cost=cost)
            writer.write(call, Settlement(hold.id))
        ended = time.monotonic()
    ledger.close()
    results.put((begun, ended, waits))
