"""A node that is being executed: a context manager that times it and gives its calls their place."""

from contextvars import Token
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack
from uuid import uuid4

from costtui.errors import BudgetExceeded
from costtui.facts import Call, Hold, Status, Step
from costtui.money import usd
from costtui.record.autohook.origin import graph_path, path_inside
from costtui.record.calls import CallFacts, Labels, Place, build_call, joined, placed
from costtui.record.current import current_node, leave
from costtui.record.ending import Stopwatch, in_words, outcome
from costtui.record.holds import NOTHING, claim_at
from costtui.record.recorder import Recorder
from costtui.record.reserved import Asked, Reserved
from costtui.record.spent import Spending

if TYPE_CHECKING:
    from costtui.record.run import OpenRun


class OpenNode:
    """One execution of a node. Use it as ``with`` or ``async with``; executed again it is another step."""

    def __init__(
        self,
        recorder: Recorder,
        name: str,
        *,
        run: "OpenRun | None",
        outer: "OpenNode | None",
        detail: str = "",
        labels: Labels,
    ) -> None:
        self.run = run
        self.graph = graph_path()
        """The LangGraph node that it was opened in."""
        around = path_inside(outer, self.graph)
        self.path: str = f"{around}/{name}" if around else str(name)
        self.key = uuid4().hex if run else ""
        self.detail = detail
        """What the step did, for people; may be set until it ends: ``Extracted 5 requirements``."""
        self.labels = labels
        self.spending = Spending()
        self.recorder = recorder
        self._watch = Stopwatch()
        self._token: Token[OpenNode | None] | None = None

    @property
    def cost_usd(self) -> Decimal:
        """Sum of the known costs of this execution so far (inner nodes are steps of their own), in dollars."""
        return usd(self.spending.cost_nano)

    def node(self, name: str, *, detail: str = "", **labels: Unpack[Labels]) -> "OpenNode":
        """Return a node inside this one, ``outer/inner``, to enter in any thread or task."""
        return OpenNode(
            self.recorder,
            name,
            run=self.run,
            outer=self,
            detail=detail,
            labels=joined(self.labels, labels),
        )

    def record_call(self, **facts: Unpack[CallFacts]) -> Call:
        """Record a call of this node from its facts and return it. Raises BudgetExceeded as ``record`` does."""
        return self._keep(build_call(facts, self.recorder.price, self._place(facts.get("node", ""))))

    def record(self, call: Call, hold: Hold = NOTHING) -> Call:
        """Record a call of this node, with the end of what was set aside for it, and return it.

        Raises BudgetExceeded (after the call was recorded) where the budget was used up before it was made.
        """
        return self._keep(placed(call, self._place(call.node)), hold)

    def reserve(self, **asked: Unpack[Asked]) -> Reserved:
        """Return a call of this node, for ``with``, that sets aside what it may cost before it is made."""
        own_nano = self.run.own_nano if self.run else None
        return Reserved(self.recorder, self._place(""), self.record, own_nano, asked)

    def __enter__(self) -> Self:
        """Begin the step. Raises BudgetExceeded where the run, or a budget that the step falls under, is used up."""
        if self.run is not None:
            self.run.ensure_budget(self._place(""))
        elif (refusal := self.recorder.holds.refusal(claim_at(self._place("")))) is not None:
            raise BudgetExceeded(refusal)
        self._watch = Stopwatch()
        self._token = current_node.set(self)
        self._write(Step(self.key, self._run_id, self.path, self._watch.started_us, detail=self.detail))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leave(current_node, self._token)
        step = self.ended(outcome(error), in_words(error))
        self._write(step)
        if self.run is not None and self.run.lines is not None:
            self.run.lines.step_ended(step)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def ended(self, status: Status, error: str = "") -> Step:
        """Return this execution as a step that ends now."""
        return Step(
            self.key,
            self._run_id,
            self.path,
            self._watch.started_us,
            self._watch.now_us(),
            status,
            error,
            self.detail,
            self.spending.calls,
            self.spending.cost_nano,
            self.spending.unpriced,
        )

    @property
    def _run_id(self) -> str:
        return self.run.run_id if self.run else ""

    def _place(self, node: str) -> Place:
        """Return what is known of a call here; one that names another node is none of this step."""
        around: Place = {**(self.run.place if self.run else {}), **self.labels}
        return {**around, "node": self.path, "step_key": self.key} if node in ("", self.path) else around

    def _keep(self, call: Call, hold: Hold = NOTHING) -> Call:
        own = self.spending if call.step_key == self.key else None
        if self.run is not None:
            return self.run.keep(call, own, hold)
        if own is not None:
            own.add(call)
        self.recorder.record(call, hold)
        return call

    def _write(self, step: Step) -> None:
        if self.run is not None:
            self.recorder.write(step)
