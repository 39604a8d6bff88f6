"""What a store offers to whoever reads it: totals, calls, runs, and a tail of what is new.

Stores of any engine and of several files together answer through these two protocols; nothing to the right of
the store in the house knows more about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, Self, runtime_checkable

from costtui.analysis.moments import Moments
from costtui.filter import Filter

if TYPE_CHECKING:
    # Only named here: the first page waits for no facts that it does not show.
    from collections.abc import Mapping, Sequence

    from costtui.facts import (
        Budget,
        BudgetState,
        BudgetWindow,
        Call,
        Context,
        Delta,
        Exposure,
        IssueSummary,
        MetricEvent,
        Quality,
        Run,
        Series,
        Step,
        Work,
    )
    from costtui.sums import Sums
    from costtui.window import Span

CallOrder = Literal["newest", "oldest", "cost", "latency"]


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of a span as of one instant of the store."""

    cursor: int
    """Id of the newest call that is counted; deltas after it can be added."""
    series: Mapping[Series, Sums]
    spend_nano: Sequence[int]
    """Known cost per bucket of the span."""
    spend_by_node: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """The same for each node."""
    cursors: tuple[int, ...] = ()
    """Of several stores: the cursor of each; ids of calls are then local id × stores + position."""

    def counts(self, call_id: int) -> bool:
        """Return whether a call is among those that were added up, if it lies inside the span."""
        if not self.cursors:
            return call_id <= self.cursor
        local, position = divmod(call_id, len(self.cursors))
        return local <= self.cursors[position]


@dataclass(frozen=True, slots=True)
class CallQuery:
    """Which calls to read, and in which order."""

    span: Span | None = None
    nodes: tuple[str, ...] = ()
    """Exact node paths; empty: all."""
    run_id: str = ""
    where: Filter = Filter()
    order: CallOrder = "newest"
    limit: int = 500
    before_id: int | None = None
    """The last call of a page of *newest* (latest start first): only calls that come after it."""


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store is, for the status pill, ``doctor`` and the JSON output."""

    path: str
    kind: str
    """``costtui``, ``costs``, ``quality``, ``ai_cost_tracking``, ``metrics`` …"""
    schema_version: int
    newest_us: int | None
    """Start of the newest call."""
    calls: int
    dropped: int = 0
    """Calls that writers had to drop, ever."""
    spooled: int = 0
    """Calls that wait in spool files beside the store."""


class Reader(Protocol):
    """Answers questions about a store, read-only. Raises StoreError and nothing else."""

    def info(self) -> StoreInfo:
        """Return what this store is."""
        ...

    def first_us(self) -> int | None:
        """Return the start of the oldest call, run or quality record, None without any."""
        ...

    def totals(self, span: Span) -> Totals:
        """Return the totals of a span, from rollups: the cost does not depend on the number of calls."""
        ...

    def calls(self, query: CallQuery) -> list[Call]:
        """Return calls without their texts."""
        ...

    def call(self, call_id: int) -> Call | None:
        """Return one call with its texts and cost lines."""
        ...

    def context(self, context_id: str) -> Context | None:
        """Return a stored LaunchDarkly context."""
        ...

    def runs(self, span: Span | None, limit: int = 500) -> list[Run]:
        """Return runs that started in a span (or ever), newest first."""
        ...

    def run(self, run_id: str) -> Run | None:
        """Return one run."""
        ...

    def steps(self, run_id: str) -> list[Step]:
        """Return the steps of a run in the order of their start."""
        ...

    def quality(self, span: Span | None, limit: int = 1000) -> list[Quality]:
        """Return quality records of a span (or all), newest first."""
        ...

    def budgets(self, budgets: Sequence[Budget], now_us: int) -> list[BudgetState]:
        """Return the state of these budgets and of those kept in the store, each in its present window."""
        ...

    def budget_windows(self, budget: Budget, value: str, now_us: int) -> list[BudgetWindow]:
        """Return the newest windows of a budget for a value of its scope, the present one first; none per run."""
        ...

    def close(self) -> None:
        """Release the connection."""
        ...


class Tail(Protocol):
    """Follows a store: each poll returns what is new since the one before."""

    def start(self, cursor: int) -> None:
        """Follow from a call id on (the cursor of the totals that were read)."""
        ...

    def poll(self) -> Delta:
        """Return what is new; cheap where nothing is. Raises StoreError while the store cannot be read."""
        ...

    def close(self) -> None:
        """Release the connection."""
        ...


@dataclass(frozen=True, slots=True)
class LeadCost:
    """What the calls for one lead cost."""

    lead_id: str
    calls: int
    cost_nano: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class LeadTotals:
    """The leads of a span."""

    number: int = 0
    """How many leads had calls."""
    cost_nano: int = 0
    """Known cost of all of them."""
    dearest: tuple[LeadCost, ...] = ()


@runtime_checkable
class LeadReader(Protocol):
    """A reader of a store that knows for which lead a call was made. Raises StoreError."""

    def leads(self, span: Span, limit: int = 10) -> LeadTotals:
        """Return the dearest leads of a span, and the totals of all."""
        ...


@dataclass(frozen=True, slots=True)
class Tally:
    """What the calls of one node in one bucket of time came to."""

    calls: int = 0
    errors: int = 0
    priced: int = 0
    """Calls that say what a call costs: with a known cost, failures that were not billed left out."""
    cost_nano: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.calls + other.calls,
            self.errors + other.errors,
            self.priced + other.priced,
            self.cost_nano + other.cost_nano,
        )


@runtime_checkable
class TallyReader(Protocol):
    """A reader of a store that tells how each node did over time. Raises StoreError."""

    def tallies(self, span: Span, node: str | None = None) -> Mapping[str, Sequence[Tally]]:
        """Return one tally per bucket for each node (or one), from rollups; borders are whole quarter hours."""
        ...


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """Some of the exposures and metric events of a store, in the order in which they were stored."""

    exposures: tuple[Exposure, ...]
    events: tuple[MetricEvent, ...]
    cursor: tuple[int, ...]
    """Ids of the last exposure and metric event (of several stores: of each): what comes after them is the next page."""


@runtime_checkable
class EvidenceReader(Protocol):
    """A reader of a store that keeps what LaunchDarkly SDKs evaluated and tracked. Raises StoreError."""

    def evidence(self, after: tuple[int, ...] = (0, 0), limit: int = 5000) -> EvidencePage:
        """Return up to so many exposures and as many metric events after a cursor, contexts in normal form."""
        ...


@dataclass(slots=True)
class VariationCalls:
    """The calls that ran under one variation of an AI Config, as sums over users (else runs, else calls)."""

    calls: int = 0
    cost: Moments = field(default_factory=Moments)
    """Nano-dollars of calls whose cost is known, and how many these are."""
    latency: Moments = field(default_factory=Moments)
    """Milliseconds."""
    success: Moments = field(default_factory=Moments)
    """Calls that ended well, and all that ended."""
    first_us: int | None = None
    last_us: int | None = None

    def merge(self, other: VariationCalls) -> None:
        """Add the calls of other users."""
        self.calls += other.calls
        self.cost.merge(other.cost)
        self.latency.merge(other.latency)
        self.success.merge(other.success)
        self.first_us = min((at for at in (self.first_us, other.first_us) if at is not None), default=None)
        self.last_us = max((at for at in (self.last_us, other.last_us) if at is not None), default=None)


@runtime_checkable
class VariationReader(Protocol):
    """A reader of a store that knows under which variation a call was made. Raises StoreError."""

    def variations(self, span: Span | None) -> Mapping[tuple[str, str], VariationCalls]:
        """Return the calls of a span (or all) by (config key, variation key)."""
        ...


@runtime_checkable
class WorkReader(Protocol):
    """A reader of a store that keeps what pipelines did that work on issues. Raises StoreError."""

    def work(self, run_id: str, issue_id: str | None = None, limit: int = 500) -> Work:
        """Return what happened in a run, or for one of its issues; of each kind at most so many, the newest."""
        ...

    def issues(self, run_id: str, limit: int = 500) -> Sequence[IssueSummary]:
        """Return the newest issues of a run, oldest first: much cheaper than all that happened."""
        ...


class Opened(Protocol):
    """A store that was opened for reading."""

    reader: Reader
    tail: Tail

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...
