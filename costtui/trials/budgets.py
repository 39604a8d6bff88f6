"""What budgets have left for a call, read from the store before it is made."""

import time

from costtui.errors import BudgetExceeded, StoreMissing
from costtui.facts import BudgetState, Claim
from costtui.trials.bench import Bench
from costtui.view.room import Left, Payer, room_for


def budgets_left(bench: Bench, payer: Payer) -> tuple[Left, ...]:
    """Return what is left of every budget that a call falls under, the tightest first. Raises StoreError."""
    from costtui.store import open_store

    states: list[BudgetState] = []
    budgets = bench.settings.budgets
    try:
        with open_store(bench.store) as opened:
            states = opened.reader.budgets(budgets, time.time_ns() // 1000)
    except StoreMissing:
        pass
    return room_for(payer, states, budgets)


def refuse(bench: Bench, payer: Payer, left: tuple[Left, ...]) -> None:
    """Raise BudgetExceeded, with the budget and the way out, where nothing remains of one."""
    if not left or left[0].nano > 0:
        return
    from costtui.record.holds import Holds

    holds = Holds(bench.store, bench.settings.budgets, enabled=bench.settings.recording.enabled)
    claim = Claim(0, node=payer.node, provider=payer.provider, model=payer.model, user_id=payer.user)
    try:
        refusal = holds.refusal(claim)
    finally:
        holds.close()
    if refusal:
        raise BudgetExceeded(refusal)
