"""The recorder that programs use: runs, nodes and calls, what they cost, and what they may cost."""

import threading
from collections.abc import Mapping
from contextvars import Token
from os import PathLike
from time import time_ns
from types import TracebackType
from typing import Any, Self, Unpack
from uuid import uuid4

from costtui.errors import CosttuiError
from costtui.facts import Call, CostSource, Usage, UsageState
from costtui.money import usd
from costtui.record.calls import CallFacts, Dollars, Labels
from costtui.record.console import RunLines, console_for
from costtui.record.current import current_run, current_tracker, leave, node_in
from costtui.record.history import RunCost, cost_trends, recent_runs, run_cost
from costtui.record.node import OpenNode
from costtui.record.recorder import Recorder
from costtui.record.reserved import Asked, Reserved
from costtui.record.run import OpenRun
from costtui.settings import Settings


class CostTracker:
    """Records runs, nodes and calls into a store, from any number of threads and tasks.

    ``with CostTracker("pipeline.db"):`` makes it the one of ``costtui.run`` and ``costtui.node``, and closes it.
    With ``COST_TRACKING_ENABLED=false`` it takes everything and writes nothing.
    """

    def __init__(
        self, db_path: str | PathLike[str] | None = None, *, settings: Settings | None = None
    ) -> None:
        """Open the store for recording (default: the one of the settings). Raises SettingsError, StoreError."""
        self.recorder = Recorder(db_path, settings=settings)
        self._console = console_for(self.recorder.settings)
        self._lock = threading.Lock()
        self._runs: list[OpenRun] = []
        self._token: Token[CostTracker | None] | None = None

    def run(
        self,
        run_id: str | None = None,
        *,
        subsystem: str = "",
        config: Mapping[str, Any] | None = None,
        budget_usd: Dollars | None = None,
        **labels: Unpack[Labels],
    ) -> OpenRun:
        """Return a run for ``with`` or ``async with``: timed, recorded, and ended even where the body raises.

        ``config`` is kept with the run, so that configurations can be compared; ``budget_usd`` is a limit of its
        own; further facts (``lead_id=…``, ``tags=…``) are those of all its calls.
        """
        run = OpenRun(
            self.recorder,
            run_id or uuid4().hex,
            subsystem=subsystem,
            config=config,
            budget_usd=budget_usd,
            labels=labels,
            lines=self._lines(),
        )
        return self._remember(run)

    def node(self, name: str, *, detail: str = "", **labels: Unpack[Labels]) -> OpenNode:
        """Return a node for ``with`` or ``async with``, in the run and inside the node that are open here."""
        scope = self._run_here() or self._loose_node()
        if scope is not None:
            return scope.node(name, detail=detail, **labels)
        return OpenNode(self.recorder, name, run=None, outer=None, detail=detail, labels=labels)

    def record_call(self, **facts: Unpack[CallFacts]) -> Call:
        """Record a call from its facts, in the run and the node that are open here, and return it.

        ``record_call(model="gpt-4o", input_tokens=812, output_tokens=96, latency_ms=1400)``, or from the provider's
        raw answer: ``record_call(answer=response.text, latency_ms=1400)``. Raises BudgetExceeded (after the call
        was recorded) where the run's budget was used up before it was made.
        """
        scope = self._run_here() or self._loose_node() or self.node("")
        return scope.record_call(**facts)

    def reserve(self, **asked: Unpack[Asked]) -> Reserved:
        """Return a call for ``with`` that sets aside before it, on every budget it falls under, what it may cost.

        ``with tracker.reserve(model="gpt-4o", prompt=text, max_output_tokens=500) as call:`` make the request, then
        ``call.record_call(answer=response.text)``. Entering raises BudgetExceeded before money is spent.
        """
        scope = self._run_here() or node_in(None) or self.node("")
        return scope.reserve(**asked)

    def start_run(self, run_id: str | None = None, subsystem: str = "") -> OpenRun:
        """Begin a run that lasts until ``finalize_run``, in this thread or task and in those that know of no other."""
        run = OpenRun(
            self.recorder, run_id or uuid4().hex, subsystem=subsystem, shared=True, lines=self._lines()
        )
        current_run.set(self._remember(run).begin())
        return run

    def record_node_cost(
        self,
        node_name: str,
        cost: Dollars | None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        model_name: str | None = None,
    ) -> None:
        """Record what a node cost in dollars (None: no price is known); recorded twice, it adds up.

        Raises BudgetExceeded (after recording) where the run's budget was used up before.
        """
        here = node_in(self._run_here())
        self.record_call(
            node=here.path if here and here.path.rpartition("/")[2] == node_name else node_name,
            cost=cost,
            cost_source=CostSource.HEURISTIC,
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            model=model_name or "",
        )

    def calculate_node_cost(self, node_or_model: str, input_tokens: int, output_tokens: int) -> float | None:
        """Return what tokens cost in dollars, by model, or by a node with the model that it used last.

        None where there is no price: given to ``record_node_cost`` it is recorded as unpriced, never as $0.
        """
        provider, model = self.recorder.models.get(node_or_model, ("", node_or_model))
        usage = Usage(input_tokens, output_tokens, state=UsageState.REPORTED)
        cost = self.recorder.price(usage, provider, model, time_ns() // 1000)
        return None if cost.nano is None else float(usd(cost.nano))

    def get_current_total(self) -> float:
        """Return the known cost of the present run in dollars."""
        run = self._run_here()
        return float(run.cost_usd) if run else 0.0

    def check_budget(self) -> tuple[bool, str | None]:
        """Return whether the next call may be made, and a message from the warning mark on."""
        run = self._run_here()
        return run.check_budget() if run else (True, None)

    def finalize_run(self, subsystem: str = "", source_method: str = "heuristic") -> RunCost:
        """End the present run and return what it cost; its calls get the subsystem and the source of their costs."""
        run = self._run_here()
        if run is None:
            if self.recorder.enabled:
                raise CosttuiError("there is no run to finalize: call start_run(run_id) first")
            run = self.run()
        fact = run.finish(subsystem=subsystem, source_method=source_method)
        if current_run.get() is run:
            current_run.set(None)
        return run_cost(fact, run.spent, self.recorder.settings.zone)

    def get_recent_runs(self, limit: int = 10) -> list[RunCost]:
        """Return what the newest runs of the store cost, newest first. Raises StoreError."""
        with self.recorder.reading() as reader:
            return recent_runs(reader, limit, self.recorder.settings.zone)

    def get_cost_trends(self, days: int = 30) -> dict[str, Any]:
        """Return runs, total, mean, minimum, maximum and subsystems of the last days, in dollars. Raises StoreError."""
        with self.recorder.reading() as reader:
            return cost_trends(reader, days, time_ns() // 1000)

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything recorded so far is in the store."""
        self.recorder.flush(timeout_s)

    def close(self) -> None:
        """Write what waits and release the store; recording afterwards does nothing."""
        self.recorder.close()

    def __enter__(self) -> Self:
        self._token = current_tracker.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leave(current_tracker, self._token)
        self.close()

    def _loose_node(self) -> OpenNode | None:
        """Return the innermost node here that belongs to no run."""
        node = node_in(None)
        return node if node is not None and node.recorder is self.recorder else None

    def _lines(self) -> RunLines | None:
        return None if self._console is None else RunLines(self._console)

    def _remember(self, run: OpenRun) -> OpenRun:
        with self._lock:
            self._runs = [each for each in self._runs if each.open]
            self._runs.append(run)
        return run

    def _run_here(self) -> OpenRun | None:
        """Return the run of this thread or task; where it knows none, the only one that is open."""
        run = current_run.get()
        if run is not None and run.recorder is self.recorder:
            return run
        begun = [each for each in self._runs if each.open]
        if len(begun) == 1:
            return begun[0]
        return next((each for each in reversed(begun) if each.shared), None)
