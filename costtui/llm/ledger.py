"""Where the calls of a client are written down, and what is remembered of them; no failure of it reaches the caller."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

from costtui.errors import BudgetExceeded, CosttuiError, PriceUnknown
from costtui.facts import Call, Cost, CostSource, Hold, Settlement, Usage
from costtui.filter import parse_filter
from costtui.llm.evidence import Evidence
from costtui.llm.plan import Estimate
from costtui.llm.retries import LONGEST_WAIT_S
from costtui.record.calls import Place
from costtui.record.current import current_node, current_run
from costtui.record.holds import NOTHING, claim_at
from costtui.settings import Settings

if TYPE_CHECKING:
    from costtui.pricing import PriceBook
    from costtui.record.recorder import Recorder

log = logging.getLogger("costtui")
KEPT_CALLS = 10_000
LEASE_S = 600.0
"""How long what was set aside is kept at least: streams are long. All attempts of a call fit in."""
EVIDENCE_CALLS = 5_000
"""Newest rated calls that the router learns from."""


class Ledger:
    """Records into the run or node that is open, else into a store of its own; prices calls."""

    def __init__(self, store: "str | PathLike[str] | Recorder | None", settings: Settings) -> None:
        self.failures = 0
        """How often recording or pricing failed."""
        self._store = store
        self._settings = settings
        calling = settings.calling
        self._lease_s = max(LEASE_S, calling.attempts * (calling.timeout_s + LONGEST_WAIT_S))
        self._recorder: Recorder | None = None
        self._book: PriceBook | None = None
        self._lock = threading.Lock()
        self._recent: OrderedDict[str, Call] = OrderedDict()

    def reserve(self, estimate: Estimate) -> Hold:
        """Set aside what a call may cost, on every budget that it falls under.

        Raises BudgetExceeded and PriceUnknown before money is spent; a failure of the store does not stop the call.
        """
        run = current_run.get()
        if run is not None:
            run.ensure_own_budget()
        known: dict[str, Any] = {name: value for name, value in estimate.labels.items() if value}
        place = cast(Place, {**(run.place if run is not None else {}), **known})
        try:
            recorder = run.recorder if run is not None else self._recorder_here()
            claim = claim_at(
                place,
                estimate_nano=estimate.nano,
                provider=estimate.provider,
                model=estimate.model,
                run_budget_nano=run.own_nano if run is not None else None,
            )
            return recorder.holds.reserve(
                claim, lease_s=self._lease_s, dearest=lambda: self._dearest(estimate)
            )
        except (BudgetExceeded, PriceUnknown):
            raise
        except Exception as error:
            self.failed("no budget was asked", error)
            return NOTHING

    def release(self, hold: Hold) -> None:
        """Give back what was set aside for a call that was given up."""
        run = current_run.get()
        try:
            if hold.id:
                (run.recorder if run is not None else self._recorder_here()).write(Settlement(hold.id))
        except Exception as error:
            self.failed("what was set aside comes back with its lease only", error)

    def record(self, call: Call, hold: Hold = NOTHING) -> None:
        """Write a call down, completed by what the open run and node know, and end what was set aside for it."""
        self._remember(call)
        try:
            if (target := current_node.get() or current_run.get()) is not None:
                target.record(call, hold)
            else:
                self.recorder().record(call, hold)
        except BudgetExceeded:
            return  # it was recorded; the next call will not be made
        except Exception as error:
            self.failed("a call was not recorded", error)

    def price(
        self,
        usage: Usage,
        provider: str,
        model: str,
        at_us: int,
        service_tier: str = "",
        provider_cost_nano: int | None = None,
    ) -> Cost:
        """Return what tokens cost, unknown where there is no price or it cannot be found out."""
        try:
            return self.book().price(
                usage,
                provider=provider or None,
                model=model,
                at_us=at_us,
                service_tier=service_tier or None,
                provider_cost_nano=provider_cost_nano,
            )
        except Exception as error:
            self.failed("a call was not priced", error)
            return Cost(None, CostSource.UNKNOWN)

    def estimate(
        self, provider: str, model: str, tokens: tuple[int, int], labels: Mapping[str, Any]
    ) -> Estimate:
        """Return the most that a call can cost, by the tokens of its prompt and the most that may be written."""
        nano = None
        try:
            nano = self.book().worst_case(provider or None, model, *tokens, time_ns() // 1000)
        except Exception as error:
            self.failed("a call was not estimated", error)
        return Estimate(provider, model, nano, tokens, labels)

    def rate(self, call_key: str, score: float) -> Call | None:
        """Add a score to a remembered call, write it again, and return it; None where it is not remembered."""
        with self._lock:
            call = self._recent.get(call_key)
        if call is None:
            return None
        return self.rate_call(call, score)

    def rate_call(self, call: Call, score: float) -> Call:
        """Add a score to a call, write it again, and return it; its quality is the mean of all scores."""
        count = call.feedback_count
        mean = ((call.quality or 0.0) * count + score) / (count + 1)
        rated = replace(call, quality=mean, feedback_count=count + 1)
        self._remember(rated)
        try:
            self.recorder().record(rated)
        except Exception as error:
            self.failed("feedback was not recorded", error)
        return rated

    def evidence(self) -> Evidence:
        """Return what the feedback in the store says; nothing where it cannot be read."""
        try:
            from costtui.reading import CallQuery
            from costtui.store import open_store

            with open_store(self.recorder().path) as opened:
                query = CallQuery(where=parse_filter("quality>=0"), limit=EVIDENCE_CALLS)
                return Evidence.of(opened.reader.calls(query))
        except Exception as error:
            log.debug("costtui: no feedback was read: %s", error)
            return Evidence()

    def recorder(self) -> "Recorder":
        """Return the recorder of the store, opened when first needed. Raises SettingsError, StoreError."""
        with self._lock:
            if self._recorder is None:
                from costtui.record.recorder import Recorder

                given = self._store
                self._recorder = (
                    given if isinstance(given, Recorder) else Recorder(given, settings=self._settings)
                )
            return self._recorder

    def book(self) -> "PriceBook":
        """Return the price book, loaded when first needed."""
        with self._lock:
            if self._book is None:
                from costtui.pricing import PriceBook

                self._book = PriceBook.load(self._settings)
            return self._book

    def flush(self) -> None:
        """Wait until everything is in the store."""
        if self._recorder is not None:
            self._recorder.flush()

    def close(self) -> None:
        """Release the store, if it is this ledger's own."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None and recorder is not self._store:
            recorder.close()

    def _recorder_here(self) -> "Recorder":
        node = current_node.get()
        return node.recorder if node is not None else self.recorder()

    def _remember(self, call: Call) -> None:
        with self._lock:
            self._recent[call.key] = replace(call)
            while len(self._recent) > KEPT_CALLS:
                self._recent.popitem(last=False)

    def _dearest(self, estimate: Estimate) -> int | None:
        return self.book().dearest(estimate.provider or None, *estimate.tokens, time_ns() // 1000)

    def failed(self, what: str, error: Exception) -> None:
        """Count a failure; the first one is logged."""
        self.failures += 1
        if self.failures == 1:
            reason = str(error) if isinstance(error, CosttuiError) else f"{type(error).__name__}: {error}"
            log.warning("costtui: %s: %s (further failures are only counted)", what, reason)
