"""Budgets on the way of recording: asked before a call, settled with its record, never in the way of a program."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic, time_ns
from typing import TYPE_CHECKING

from costtui.errors import BudgetExceeded, PriceUnknown, StoreError
from costtui.facts import Budget, Claim, Hold, Period
from costtui.record.calls import Place

if TYPE_CHECKING:
    from costtui.store.ledger import Ledger

log = logging.getLogger("costtui")
_ASK_AGAIN_S = 30.0
"""After a store could not say: calls must not wait for it one after the other."""
_LOOK_AGAIN_S = 1.0
"""After the store's budgets were looked for."""
NOTHING = Hold("")
"""Where nothing is set aside."""


class Holds:
    """The budgets of a store, for calls that are about to be made.

    A store that cannot say whether there is room does not stop the calls: that is logged once, and they are made.
    """

    def __init__(self, path: str, budgets: tuple[Budget, ...], *, enabled: bool) -> None:
        self._path = path
        self._budgets = budgets
        self._enabled = enabled
        self._lock = threading.Lock()
        self._ledger: Ledger | None = None
        self._warned = False
        self._ask_at = 0.0
        self._look_at = 0.0
        self._shared = False

    def reserve(
        self, claim: Claim, *, lease_s: float | None = None, dearest: Callable[[], int | None] | None = None
    ) -> Hold:
        """Set aside what a call may cost. Raises BudgetExceeded and PriceUnknown before money is spent.

        ``dearest`` finds out what it may cost at the dearest known price, where a budget asks for that.
        """
        if not self._enabled or monotonic() < self._ask_at:
            return NOTHING
        try:
            lease = {} if lease_s is None else {"lease_us": int(lease_s * 1e6)}
            try:
                return self._open().reserve(claim, time_ns() // 1000, **lease)
            except PriceUnknown:
                if dearest is None:
                    raise
            # All models are looked at for it, which takes a while, and few budgets need it.
            claim = replace(claim, dearest_nano=dearest())
            return self._open().reserve(claim, time_ns() // 1000, **lease)
        except StoreError as error:
            self._failed(error)
            return NOTHING

    def concern(self, run_id: str) -> bool:
        """Return whether any budget may concern a call, of a run or of none, without knowing more of it.

        Budgets that others set in the store are looked for once a second.
        """
        if not self._enabled or monotonic() < self._ask_at:
            return False
        if any(run_id or budget.period != Period.RUN for budget in self._budgets):
            return True
        if monotonic() >= self._look_at:
            try:
                self._shared = self._open().shares_budgets()
            except StoreError as error:
                self._failed(error)
            self._look_at = monotonic() + _LOOK_AGAIN_S
        return self._shared

    def refusal(self, claim: Claim) -> str | None:
        """Return why no further call can be made, None while there is room; nothing is set aside."""
        if not self._enabled or monotonic() < self._ask_at:
            return None
        try:
            self._open().ensure_room(claim, time_ns() // 1000)
        except (BudgetExceeded, PriceUnknown) as error:
            return str(error)
        except StoreError as error:
            self._failed(error)
        return None

    def close(self) -> None:
        """Release the store; calls made afterwards are not limited, as they are not recorded."""
        self._enabled = False
        with self._lock:
            ledger, self._ledger = self._ledger, None
        if ledger is not None:
            ledger.close()

    def _open(self) -> "Ledger":
        with self._lock:
            if self._ledger is None:
                from costtui.store.ledger import Ledger

                self._ledger = Ledger(Path(self._path), self._budgets)
            return self._ledger

    def _failed(self, error: StoreError) -> None:
        self._ask_at = monotonic() + _ASK_AGAIN_S
        if not self._warned:
            self._warned = True
            log.warning("costtui: budgets are not enforced at present, calls are made: %s", error)


def claim_at(
    place: Place,
    *,
    estimate_nano: int | None = 0,
    provider: str = "",
    model: str = "",
    run_budget_nano: int | None = None,
) -> Claim:
    """Return what a call at a place asks of budgets."""
    return Claim(
        estimate_nano=estimate_nano,
        run_id=place.get("run_id", ""),
        run_budget_nano=run_budget_nano,
        node=place.get("node", ""),
        subsystem=place.get("subsystem", ""),
        provider=provider,
        model=model,
        user_id=place.get("user_id", ""),
        lead_id=place.get("lead_id", ""),
        tags=place.get("tags", {}),
    )
