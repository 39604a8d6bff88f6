"""The proof that budgets hold: on a scratch store with processes that are killed, and against the calls of a real one."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import time_ns

from costtui.cli.monitor import opener
from costtui.errors import StoreMissing
from costtui.facts import BudgetState, Call, Period
from costtui.format import money
from costtui.reading import CallQuery, Reader
from costtui.settings import Settings
from costtui.store.claims import value_of
from costtui.store.proof import Proof, prove
from costtui.window import Span

_PAGE = 1000
_TRIES = 3
"""Calls may be recorded between two looks at a store."""


def verified(path: str, settings: Settings, processes: int, calls: int) -> tuple[list[str], bool]:
    """Return what was found in words, and whether all of it is right. Raises StoreError."""
    with tempfile.TemporaryDirectory() as directory:
        proof = prove(Path(directory, "scratch.db"), processes=processes, calls=calls, killed=processes // 4)
    lines = [*_of_proof(proof), ""]
    try:
        found, agrees = _of_store(path, settings)
    except StoreMissing as error:
        found, agrees = [f"no store to check: {error}"], True
    return lines + found, proof.holds and agrees


def _of_proof(proof: Proof) -> list[str]:
    left = f"{money(proof.left_nano)} once their leases had run out"
    return [
        f"{proof.processes} processes spent at once on a scratch store, {proof.killed} of them were killed;"
        f" {proof.elapsed_s:.1f} s",
        f"  limit     {money(proof.max_nano)}",
        f"  spent     {money(proof.spent_nano)} in {proof.calls:,} calls: {_kept(proof)}",
        f"  counted   {money(proof.counted_nano)}: {_same(proof.counted_nano, proof.spent_nano)}",
        f"  reserved  {money(proof.reserved_nano)} by those who were killed, {left}",
        "  budgets hold" if proof.holds else "  BUDGETS DO NOT HOLD",
    ]


def _kept(proof: Proof) -> str:
    over = proof.spent_nano - proof.max_nano
    return "never above the limit" if over <= 0 else f"{money(over)} ABOVE THE LIMIT"


def _of_store(path: str, settings: Settings) -> tuple[list[str], bool]:
    lines, agrees = [path], True
    with opener([path], settings)(None) as opened:
        reader = opened.reader
        for state in reader.budgets(settings.budgets, time_ns() // 1000):
            for _ in range(_TRIES):
                counted, summed = _counted(reader, state), _summed(reader, state)
                if counted == summed:
                    break
            agrees &= counted == summed
            whose = " ".join(filter(None, (state.budget.name, state.value, state.part)))
            lines.append(
                f"  {whose}: {money(counted)} counted, {money(summed)} in its calls: {_same(counted, summed)}"
            )
    if len(lines) == 1:
        lines.append("  no budgets")
    return lines, agrees


def _same(counted: int, summed: int) -> str:
    return "the same to the last nano-dollar" if counted == summed else "NOT THE SAME"


def _counted(reader: Reader, state: BudgetState) -> int:
    """Return what a budget has counted in the window of a state, with what was forgiven."""
    if state.budget.period == Period.RUN:
        now = reader.budgets([state.budget], time_ns() // 1000)
        same = (one for one in now if (one.value, one.part) == (state.value, state.part))
        return next(same, state).spent_nano
    present = reader.budget_windows(state.budget, state.value, state.start_us)
    return present[0].spent_nano if present else 0


def _summed(reader: Reader, state: BudgetState) -> int:
    """Return what the calls of a state's window cost, added up one by one."""
    scope, per_run = state.budget.scope, state.budget.period == Period.RUN
    value = state.part if per_run else state.value
    return sum(
        call.cost.nano or 0 for call in _calls(reader, state) if (value_of(call, scope) or "") == value
    )


def _calls(reader: Reader, state: BudgetState) -> Iterator[Call]:
    if state.budget.period == Period.RUN:
        query = CallQuery(run_id=state.value, limit=_PAGE)
    else:
        assert state.end_us is not None
        query = CallQuery(span=Span((state.start_us, state.end_us)), limit=_PAGE)
    before = None
    while page := reader.calls(CallQuery(query.span, run_id=query.run_id, limit=_PAGE, before_id=before)):
        yield from page
        before = page[-1].id
