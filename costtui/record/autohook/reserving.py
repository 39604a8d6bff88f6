"""Sets aside on the budgets of a store what a request may cost that is seen from outside."""

from time import time_ns
from typing import cast

from costtui.facts import Hold
from costtui.record.autohook.asked import Asked
from costtui.record.calls import Place
from costtui.record.holds import NOTHING, claim_at
from costtui.record.recorder import Recorder
from costtui.record.run import OpenRun


def reserve(asked: Asked, recorder: Recorder, run: OpenRun | None) -> Hold:
    """Set aside the most that a request may cost, on every budget that it falls under.

    Raises BudgetExceeded and PriceUnknown; whatever else goes wrong is for the caller to take as no answer.
    """
    if not recorder.settings.recording.enforce:
        return NOTHING
    if run is not None:
        run.ensure_own_budget()
    origin = asked.origin
    known = {
        "run_id": origin.run_id,
        "node": origin.node,
        "session_id": origin.session_id,
        "subsystem": origin.subsystem,
        "tags": origin.tags,
        **origin.labels,
    }
    place = cast(
        Place,
        {
            **(run.place if run is not None else {}),
            **{name: value for name, value in known.items() if value},
        },
    )
    book, now_us = recorder.price_book(), time_ns() // 1000
    provider, tokens = asked.provider or None, (asked.input_tokens, asked.output_tokens)
    claim = claim_at(
        place,
        estimate_nano=book.worst_case(provider, asked.model, *tokens, now_us),
        provider=asked.provider,
        model=asked.model,
        run_budget_nano=run.own_nano if run is not None else None,
    )
    return recorder.holds.reserve(claim, dearest=lambda: book.dearest(provider, *tokens, now_us))
