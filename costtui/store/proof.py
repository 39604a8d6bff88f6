"""Proves that a budget holds: many processes spend at once on a scratch store, and some of them are killed."""

import multiprocessing
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

from costtui.errors import BudgetExceeded, StoreUnavailable
from costtui.facts import Budget, BudgetState, Call, Claim, Cost, CostSource, Period, Settlement
from costtui.reading import CallQuery
from costtui.settings import Settings
from costtui.store import open_store, open_writer
from costtui.store.ledger import Ledger

ESTIMATE_NANO = 10_000_000
"""What each call reserves; it costs half of that to all of it."""
_LEASE_US = 1_500_000
_UNDER_WAY_S = 0.002


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of many processes on one budget."""

    processes: int
    killed: int
    max_nano: int
    spent_nano: int
    """By the sum of all calls."""
    counted_nano: int
    """By the budget's own account."""
    calls: int
    reserved_nano: int
    """What killed processes left reserved."""
    left_nano: int
    """What is reserved once their leases have run out."""
    elapsed_s: float

    @property
    def holds(self) -> bool:
        """Whether the limit was kept, all was counted once, and nothing stays reserved."""
        return (
            0 < self.spent_nano <= self.max_nano
            and self.counted_nano == self.spent_nano
            and self.left_nano == 0
        )


def prove(path: Path, *, processes: int = 16, calls: int = 40, killed: int = 4, seed: int = 1) -> Proof:
    """Let processes spend on one budget that lasts for about half of their calls, and kill some of them with -9.

    The store at the path is made for this. Raises StoreUnavailable where the processes do not come to an end.
    """
    max_nano = processes * calls * ESTIMATE_NANO * 3 // 8
    budget = Budget("proof", max_nano, max_nano, period=Period.MONTH)
    settings = Settings(time_zone="UTC", budgets=(budget,))
    open_writer(path, settings=settings).close()
    begun = time.monotonic()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    workers: list[BaseProcess] = [
        context.Process(target=spend, args=(path, budget, number, calls, seed), daemon=True)
        for number in range(processes)
    ]
    for worker in workers:
        worker.start()
    _kill(path, budget, workers[:killed])
    for worker in workers:
        worker.join(timeout=120)
        if worker.is_alive():
            worker.kill()
            raise StoreUnavailable(f"the processes that spend in {path} did not end within two minutes")
    open_writer(path, settings=settings).close()  # hands on what the killed ones left in spool files
    elapsed = time.monotonic() - begun
    after = _state(path, budget, 0)
    with open_store(path) as opened:
        spent = opened.reader.calls(CallQuery(limit=processes * calls))
    return Proof(
        processes=processes,
        killed=killed,
        max_nano=budget.max_nano,
        spent_nano=sum(call.cost.nano or 0 for call in spent),
        counted_nano=after.spent_nano,
        calls=len({call.key for call in spent}),
        reserved_nano=after.reserved_nano,
        left_nano=_state(path, budget, _LEASE_US).reserved_nano,
        elapsed_s=elapsed,
    )


def spend(path: Path, budget: Budget, number: int, calls: int, seed: int) -> None:
    """Make calls, each set aside before and recorded with its end after, until the budget refuses one."""
    random = Random(f"{seed} {number}")  # noqa: S311 - amounts
    ledger = Ledger(path, [budget])
    with open_writer(path, settings=Settings(time_zone="UTC"), durable=True) as writer:
        for index in range(calls):
            now_us = time.time_ns() // 1000
            try:
                hold = ledger.reserve(Claim(ESTIMATE_NANO, node="proof"), now_us, lease_us=_LEASE_US)
            except BudgetExceeded:
                # Others may give back room, and those who were killed do.
                time.sleep(_UNDER_WAY_S)
                continue
            time.sleep(_UNDER_WAY_S * random.random())
            cost = Cost(random.randint(ESTIMATE_NANO // 2, ESTIMATE_NANO), CostSource.PROVIDER)
            call = Call(f"{number}-{index}", now_us, node="proof", cost=cost)
            writer.write(call, Settlement(hold.id))
    ledger.close()


def _kill(path: Path, budget: Budget, workers: list[BaseProcess]) -> None:
    """Kill processes one after the other, each while the budget is being spent."""
    for number, worker in enumerate(workers, 1):
        wanted = budget.max_nano * number // (len(workers) + 2)
        while worker.is_alive() and _state(path, budget, 0).spent_nano < wanted:
            time.sleep(0.005)
        worker.kill()


def _state(path: Path, budget: Budget, later_us: int) -> BudgetState:
    with open_store(path) as opened:
        states = opened.reader.budgets([budget], time.time_ns() // 1000 + later_us)
    return next(state for state in states if state.budget.name == budget.name)
