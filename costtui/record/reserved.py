"""A call that a program makes itself: money is set aside before it, and what it cost is recorded after it."""

from collections.abc import Callable
from time import time_ns
from types import TracebackType
from typing import Self, TypedDict, Unpack

from costtui.facts import Call, Hold, Settlement
from costtui.money import nano
from costtui.record.aside import aside
from costtui.record.calls import CallFacts, Dollars, Place, build_call, placed
from costtui.record.holds import NOTHING, claim_at
from costtui.record.recorder import Recorder

Keep = Callable[[Call, Hold], Call]
"""Records a call, and ends what was set aside for it in the same transaction."""
_MAX_OUTPUT_TOKENS = 1000


class Asked(TypedDict, total=False):
    """What is known of a call before it is made."""

    model: str
    provider: str
    prompt: str
    """Its length gives the input tokens where they are not given."""
    input_tokens: int
    max_output_tokens: int
    """The most that may be written; default 1,000."""
    estimate_usd: Dollars
    """The most that the call can cost; left out: at the price of the model."""
    lease_s: float
    """How long the money stays set aside if nothing more is heard; default ten minutes."""


class Reserved:
    """One call with money set aside; use it as ``with`` or ``async with``, and record the call inside.

    Left without a record (the call failed, and cost nothing), it gives everything back.
    """

    def __init__(
        self, recorder: Recorder, place: Place, keep: Keep, run_budget_nano: int | None, asked: Asked
    ) -> None:
        self._recorder = recorder
        self._place = place
        self._keep = keep
        self._run_budget_nano = run_budget_nano
        self._asked = asked
        self.hold = NOTHING

    def record_call(self, **facts: Unpack[CallFacts]) -> Call:
        """Record the call from its facts and return it."""
        facts.setdefault("model_asked", self._asked.get("model", ""))
        if "answer" not in facts:
            facts.setdefault("provider", self._asked.get("provider", ""))
        return self._settled(build_call(facts, self._recorder.price, self._place))

    def record(self, call: Call) -> Call:
        """Record the call and return it."""
        return self._settled(placed(call, self._place))

    def __enter__(self) -> Self:
        """Set the money aside. Raises BudgetExceeded and PriceUnknown before any is spent."""
        asked = self._asked
        provider, model = asked.get("provider", ""), asked.get("model", "")
        claim = claim_at(
            self._place,
            estimate_nano=self._estimate(),
            provider=provider,
            model=model,
            run_budget_nano=self._run_budget_nano,
        )
        self.hold = self._recorder.holds.reserve(claim, lease_s=asked.get("lease_s"), dearest=self._dearest)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        hold, self.hold = self.hold, NOTHING
        if hold.id:
            self._recorder.write(Settlement(hold.id))

    async def __aenter__(self) -> Self:
        # Others may have the store locked: their turn must not hold up the event loop.
        return await aside(self.__enter__, lambda _: self.__exit__(None, None, None))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _settled(self, call: Call) -> Call:
        hold, self.hold = self.hold, NOTHING
        return self._keep(call, hold)

    def _estimate(self) -> int | None:
        """Return the most that the call can cost, None where its price is not known."""
        asked = self._asked
        if "estimate_usd" in asked:
            return nano(asked["estimate_usd"])
        if not self._recorder.enabled:
            return None
        book, model = self._recorder.price_book(), asked.get("model", "")
        return book.worst_case(asked.get("provider") or None, model, *self._tokens(), time_ns() // 1000)

    def _dearest(self) -> int | None:
        """Return the most that the call could cost at the dearest known price."""
        book = self._recorder.price_book()
        return book.dearest(self._asked.get("provider") or None, *self._tokens(), time_ns() // 1000)

    def _tokens(self) -> tuple[int, int]:
        from costtui.pricing import estimate_tokens

        asked = self._asked
        tokens = asked.get("input_tokens", estimate_tokens(asked.get("prompt", "")))
        return tokens, asked.get("max_output_tokens", _MAX_OUTPUT_TOKENS)
