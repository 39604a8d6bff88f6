"""A run that is being recorded: a context manager that times it, adds it up and holds its budget."""

import os
import socket
import threading
from collections import deque
from collections.abc import Mapping
from contextvars import Token
from dataclasses import replace
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, Unpack

from costtui.errors import BudgetExceeded
from costtui.facts import Call, CostSource, Hold, Run, Status
from costtui.money import nano, usd
from costtui.record.budget import log, run_budget
from costtui.record.calls import CallFacts, Dollars, Labels, Place, build_call, joined, placed
from costtui.record.console import RunLines
from costtui.record.current import current_run, leave, node_in
from costtui.record.ending import Stopwatch, in_words, outcome
from costtui.record.holds import NOTHING, claim_at
from costtui.record.node import OpenNode
from costtui.record.recorder import Recorder
from costtui.record.reserved import Asked, Reserved
from costtui.record.spent import Spending, Spent

KEPT_CALLS = 10_000
"""How many calls of a run are kept in memory for a subsystem that is named only at its end."""

_EXACT = (CostSource.PROVIDER, CostSource.LANGSMITH, CostSource.PRICED)


class OpenRun:
    """A run that is being recorded. Use it as ``with`` or ``async with``, or end it with ``finish``."""

    def __init__(
        self,
        recorder: Recorder,
        run_id: str,
        *,
        subsystem: str = "",
        config: Mapping[str, Any] | None = None,
        budget_usd: Dollars | None = None,
        shared: bool = False,
        labels: Labels | None = None,
        lines: RunLines | None = None,
    ) -> None:
        """Prepare a run; ``labels`` are facts that all its calls share, ``lines`` says on a terminal what happens.

        A shared run is also that of threads which know of no other, and its subsystem and the source of its costs
        may be named as late as in ``finish``.
        """
        self.run_id = run_id = str(run_id)
        self.recorder = recorder
        self.shared = shared
        self.spent = Spent()
        self.labels: Labels = labels or {}
        self.lines = lines
        self.place: Place = {**self.labels, "run_id": run_id, "subsystem": subsystem}  # type: ignore[typeddict-item]
        self._watch = Stopwatch()
        self._lock = threading.Lock()
        self._token: Token[OpenRun | None] | None = None
        self._kept: deque[Call] | None = deque(maxlen=KEPT_CALLS) if shared else None
        self.own_nano = None if budget_usd is None else nano(budget_usd)
        """Limit of this run's own."""
        self._budget = (
            run_budget(recorder.settings.budgets, subsystem, self.own_nano) if recorder.enabled else None
        )
        self._warned = False
        self._begun = False
        self.fact = Run(
            run_id=run_id,
            started_us=self._watch.started_us,
            subsystem=subsystem,
            config=dict(config or {}),
            budget_nano=self._budget.max_nano if self._budget else None,
            host=socket.gethostname(),
            pid=os.getpid(),
        )

    @property
    def open(self) -> bool:
        """Whether the run has begun and not ended yet."""
        return self._begun and self.fact.status == Status.RUNNING

    @property
    def cost_usd(self) -> Decimal:
        """Sum of the known costs so far, in dollars."""
        return usd(self.spent.total.cost_nano)

    def begin(self) -> Self:
        """Write the start of the run, without making it the one of the present thread or task."""
        self._begun = True
        self._watch = Stopwatch()
        self.fact = replace(self.fact, started_us=self._watch.started_us)
        self.recorder.write(self.fact)
        if self.lines is not None:
            self.lines.begun(self._budget)
        return self

    def node(self, name: str, *, detail: str = "", **labels: Unpack[Labels]) -> OpenNode:
        """Return a node to enter; inside another node of this run its path is ``outer/inner``."""
        if (outer := node_in(self)) is not None:
            return outer.node(name, detail=detail, **labels)
        return OpenNode(
            self.recorder, name, run=self, outer=None, detail=detail, labels=joined(self.labels, labels)
        )

    def record_call(self, **facts: Unpack[CallFacts]) -> Call:
        """Record a call from its facts and return it. Raises BudgetExceeded as ``record`` does."""
        if (node := node_in(self)) is not None:
            return node.record_call(**facts)
        return self.keep(build_call(facts, self.recorder.price, self.place))

    def record(self, call: Call, hold: Hold = NOTHING) -> Call:
        """Record a call of this run, with the end of what was set aside for it, and return it.

        Raises BudgetExceeded (after the call was recorded) where the budget was used up before it was made.
        """
        return self.keep(placed(call, self.place), hold=hold)

    def reserve(self, **asked: Unpack[Asked]) -> Reserved:
        """Return a call of this run, for ``with``, that sets aside what it may cost before it is made."""
        if (node := node_in(self)) is not None:
            return node.reserve(**asked)
        return Reserved(self.recorder, self.place, self.record, self.own_nano, asked)

    def keep(self, call: Call, step: Spending | None = None, hold: Hold = NOTHING) -> Call:
        """Write a call that has its place, and add it to this run and to its step. Raises BudgetExceeded."""
        with self._lock:
            halted = self._budget is not None and self._budget.exceeded(self.spent.total.cost_nano)
            self.spent.add(call)
            if step is not None:
                step.add(call)
            if self._kept is not None:
                self._kept.append(call)
        self.recorder.record(call, hold)
        self._warn()
        if halted:
            self.ensure_budget()
        return call

    def check_budget(self, place: Place | None = None) -> tuple[bool, str | None]:
        """Return whether the next call (at a place in this run) may be made, and a message from the warning mark on.

        This run's own sum counts what is not in the store yet; the store's budgets count what others spend.
        """
        spent_nano = self.spent.total.cost_nano
        if (refusal := self._used_up()) is not None:
            return False, refusal
        claim = claim_at(place or self.place, run_budget_nano=self.own_nano)
        if (refusal := self.recorder.holds.refusal(claim)) is not None:
            return False, refusal
        return True, self._budget.message(spent_nano) if self._budget else None

    def ensure_budget(self, place: Place | None = None) -> None:
        """Raise BudgetExceeded where the next call (at a place in this run) must not be made."""
        may, message = self.check_budget(place)
        if not may:
            raise BudgetExceeded(message)

    def ensure_own_budget(self) -> None:
        """Raise BudgetExceeded where this run's own sum leaves no room, whatever the store says."""
        if (refusal := self._used_up()) is not None:
            raise BudgetExceeded(refusal)

    def finish(
        self,
        status: Status = Status.OK,
        *,
        error: str = "",
        subsystem: str = "",
        source_method: str = "",
    ) -> Run:
        """Write the end of the run and return it; a run that has ended stays as it is."""
        if self.fact.status != Status.RUNNING:
            return self.fact
        total = self.spent.total
        self.fact = replace(
            self.fact,
            status=status,
            ended_us=self._watch.now_us(),
            error=error,
            subsystem=subsystem or self.fact.subsystem,
            source_method=source_method or self.spent.source or self.fact.source_method,
            calls=total.calls,
            cost_nano=total.cost_nano,
            unpriced=total.unpriced,
            input_tokens=total.input_tokens,
            output_tokens=total.output_tokens,
        )
        self.recorder.write(*self._renamed(), self.fact)
        if self.lines is not None:
            self.lines.ended(self.fact, self.spent.nodes)
        return self.fact

    def __enter__(self) -> Self:
        self._token = current_run.set(self)
        return self.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leave(current_run, self._token)
        self.finish(outcome(error), error=in_words(error))

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _renamed(self) -> list[Call]:
        """Return the kept calls that differ now that subsystem and source are known: they are stored again."""
        kept, self._kept = self._kept or (), None
        changed = []
        for call in kept:
            named = replace(call, subsystem=call.subsystem or self.fact.subsystem)
            if named.cost.source == CostSource.HEURISTIC and self.fact.source_method in _EXACT:
                named = replace(named, cost=replace(named.cost, source=CostSource(self.fact.source_method)))
            if named != call:
                changed.append(named)
        return changed

    def _used_up(self) -> str | None:
        """Return why this run's own sum leaves no room for a call, None where it does or where nothing is refused."""
        spent_nano = self.spent.total.cost_nano
        if self._budget is None or not self._budget.exceeded(spent_nano):
            return None
        return self._budget.message(spent_nano) if self.recorder.settings.recording.enforce else None

    def _warn(self) -> None:
        spent_nano = self.spent.total.cost_nano
        if self._budget is not None and not self._warned and spent_nano >= self._budget.warning_nano:
            self._warned = True
            log.warning("costtui: %s", self._budget.message(spent_nano))
