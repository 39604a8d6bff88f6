"""Several stores read as one: totals add up, calls and runs are merged by time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from heapq import merge
from itertools import chain, islice
from typing import Self

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
from costtui.reading import (
    CallOrder,
    CallQuery,
    EvidencePage,
    EvidenceReader,
    LeadCost,
    LeadReader,
    LeadTotals,
    Opened,
    Reader,
    StoreInfo,
    Tail,
    Tally,
    TallyReader,
    Totals,
    VariationCalls,
    VariationReader,
    WorkReader,
)
from costtui.sums import Sums
from costtui.window import Span

_ORDERS: dict[CallOrder, Callable[[Call], int]] = {
    "newest": lambda call: -call.started_us,
    "oldest": lambda call: call.started_us,
    "cost": lambda call: -(call.cost.nano or 0),
    "latency": lambda call: -(call.latency_ms or 0),
}

_MOST_LEADS = 50_000


class SeveralReader:
    """Answers for all stores together. The id of a call says in which store it is: local id × stores + position."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        """Read from these, in this order."""
        self._readers = tuple(readers)
        self.cursors = [0] * len(self._readers)
        """Local id of the newest call that the last totals counted, for each store."""

    def globally(self, call: Call, position: int) -> Call:
        """Return a call of one store under the id that it has among all."""
        return replace(call, id=call.id * len(self._readers) + position)

    def info(self) -> StoreInfo:
        """Return the sum of what the stores are."""
        infos = [reader.info() for reader in self._readers]
        return StoreInfo(
            path=", ".join(info.path for info in infos),
            kind=" + ".join(dict.fromkeys(info.kind for info in infos)),
            schema_version=max(info.schema_version for info in infos),
            newest_us=max((info.newest_us for info in infos if info.newest_us is not None), default=None),
            calls=sum(info.calls for info in infos),
            dropped=sum(info.dropped for info in infos),
            spooled=sum(info.spooled for info in infos),
        )

    def first_us(self) -> int | None:
        """Return the start of the oldest call of all."""
        firsts = [reader.first_us() for reader in self._readers]
        return min((first for first in firsts if first is not None), default=None)

    def totals(self, span: Span) -> Totals:
        """Return the totals of all stores; what they counted is told by the cursors of each."""
        parts = [reader.totals(span) for reader in self._readers]
        self.cursors = [part.cursor for part in parts]
        series: dict[Series, Sums] = {}
        by_node: dict[str, list[int]] = {}
        for part in parts:
            for key, sums in part.series.items():
                series.setdefault(key, Sums()).merge(sums)
            for node, spend in part.spend_by_node.items():
                by_node[node] = _added(by_node.get(node, [0] * span.buckets), spend)
        spend_nano = [0] * span.buckets
        for part in parts:
            spend_nano = _added(spend_nano, part.spend_nano)
        return Totals(0, series, spend_nano, by_node, tuple(self.cursors))

    def calls(self, query: CallQuery) -> list[Call]:
        """Return the calls of all stores in the order asked for."""
        count = len(self._readers)
        found: list[list[Call]] = []
        for position, reader in enumerate(self._readers):
            local = query
            if query.before_id is not None:
                local = replace(query, before_id=-((position - query.before_id) // count))
            found.append([self.globally(call, position) for call in reader.calls(local)])
        return list(islice(merge(*found, key=_ORDERS[query.order]), query.limit))

    def call(self, call_id: int) -> Call | None:
        """Return one call with its texts."""
        local, position = divmod(call_id, len(self._readers))
        call = self._readers[position].call(local)
        return None if call is None else self.globally(call, position)

    def context(self, context_id: str) -> Context | None:
        """Return a context of whichever store has it."""
        return next(filter(None, (reader.context(context_id) for reader in self._readers)), None)

    def runs(self, span: Span | None, limit: int = 500) -> list[Run]:
        """Return the runs of all stores, newest first."""
        found = [reader.runs(span, limit) for reader in self._readers]
        return list(islice(merge(*found, key=lambda run: -run.started_us), limit))

    def run(self, run_id: str) -> Run | None:
        """Return a run of the first store that has it."""
        return next(filter(None, (reader.run(run_id) for reader in self._readers)), None)

    def steps(self, run_id: str) -> list[Step]:
        """Return the steps of a run."""
        return sorted(
            chain.from_iterable(reader.steps(run_id) for reader in self._readers),
            key=lambda step: step.started_us,
        )

    def quality(self, span: Span | None, limit: int = 1000) -> list[Quality]:
        """Return the quality records of all stores, newest first."""
        found = [reader.quality(span, limit) for reader in self._readers]
        return list(islice(merge(*found, key=lambda record: -record.recorded_us), limit))

    def budgets(self, budgets: Sequence[Budget], now_us: int) -> list[BudgetState]:
        """Return the state of every budget: what all stores spent and reserved on it together."""
        states: dict[tuple[str, str, str], BudgetState] = {}
        for state in chain.from_iterable(reader.budgets(budgets, now_us) for reader in self._readers):
            key = (state.budget.name, state.value, state.part)
            known = states.get(key)
            states[key] = state if known is None else _joined(known, state)
        return list(states.values())

    def budget_windows(self, budget: Budget, value: str, now_us: int) -> list[BudgetWindow]:
        """Return what all stores spent together in the newest windows of a budget, the present one first."""
        found = [reader.budget_windows(budget, value, now_us) for reader in self._readers]
        return [
            replace(
                parts[0],
                spent_nano=sum(part.spent_nano for part in parts),
                unpriced=sum(part.unpriced for part in parts),
                forgiven_nano=sum(part.forgiven_nano for part in parts),
            )
            for parts in zip(*found, strict=True)
        ]

    def evidence(self, after: tuple[int, ...] = (0, 0), limit: int = 5000) -> EvidencePage:
        """Return the next exposures and metric events of every store that keeps them."""
        exposures: list[Exposure] = []
        events: list[MetricEvent] = []
        cursor: tuple[int, ...] = ()
        for position, reader in enumerate(self._readers):
            own = after[2 * position : 2 * position + 2] or (0, 0)
            if isinstance(reader, EvidenceReader):
                page = reader.evidence(own, limit)
                exposures += page.exposures
                events += page.events
                own = page.cursor
            cursor += own
        return EvidencePage(tuple(exposures), tuple(events), cursor)

    def leads(self, span: Span, limit: int = 10) -> LeadTotals:
        """Return the dearest leads of all stores; of each at most so many of the dearest can be added up."""
        found: dict[str, LeadCost] = {}
        for reader in self._readers:
            if isinstance(reader, LeadReader):
                for lead in reader.leads(span, _MOST_LEADS).dearest:
                    known = found.get(lead.lead_id)
                    found[lead.lead_id] = lead if known is None else _together(known, lead)
        dearest = sorted(found.values(), key=lambda lead: (-lead.cost_nano, lead.lead_id))
        return LeadTotals(len(found), sum(lead.cost_nano for lead in dearest), tuple(dearest[:limit]))

    def tallies(self, span: Span, node: str | None = None) -> dict[str, list[Tally]]:
        """Return how each node did in all stores together."""
        found: dict[str, list[Tally]] = {}
        for reader in self._readers:
            if isinstance(reader, TallyReader):
                for name, own in reader.tallies(span, node).items():
                    known = found.get(name)
                    found[name] = (
                        list(own)
                        if known is None
                        else [one + other for one, other in zip(known, own, strict=True)]
                    )
        return found

    def variations(self, span: Span | None) -> Mapping[tuple[str, str], VariationCalls]:
        """Return the calls of all stores by variation; a user of two stores counts as two."""
        found: dict[tuple[str, str], VariationCalls] = {}
        for reader in self._readers:
            if isinstance(reader, VariationReader):
                for key, calls in reader.variations(span).items():
                    found.setdefault(key, VariationCalls()).merge(calls)
        return found

    def work(self, run_id: str, issue_id: str | None = None, limit: int = 500) -> Work:
        """Return what happened in a run, from the first store that knows."""
        for reader in self._readers:
            if isinstance(reader, WorkReader) and (found := reader.work(run_id, issue_id, limit)):
                return found
        return Work()

    def issues(self, run_id: str, limit: int = 500) -> Sequence[IssueSummary]:
        """Return the newest issues of a run, from the first store that knows."""
        for reader in self._readers:
            if isinstance(reader, WorkReader) and (found := reader.issues(run_id, limit)):
                return found
        return ()

    def close(self) -> None:
        """Close all readers."""
        for reader in self._readers:
            reader.close()


class SeveralTail:
    """Follows all stores."""

    def __init__(self, tails: Sequence[Tail], reader: SeveralReader) -> None:
        """Follow these, which belong to the stores of a reader in the same order."""
        self._tails = tuple(tails)
        self._reader = reader

    def start(self, cursor: int) -> None:
        """Follow each store from where the totals that the reader read last ended."""
        for tail, local in zip(self._tails, self._reader.cursors, strict=True):
            tail.start(local)

    def poll(self) -> Delta:
        """Return what is new in any store."""
        deltas = [tail.poll() for tail in self._tails]
        return Delta(
            calls=tuple(
                self._reader.globally(call, position)
                for position, delta in enumerate(deltas)
                for call in delta.calls
            ),
            runs=tuple(chain.from_iterable(delta.runs for delta in deltas)),
            quality=tuple(chain.from_iterable(delta.quality for delta in deltas)),
            reset=any(delta.reset for delta in deltas),
        )

    def close(self) -> None:
        """Close all tails."""
        for tail in self._tails:
            tail.close()


class SeveralOpened:
    """Stores that were opened together; closing one closes all."""

    def __init__(self, stores: Iterable[Opened]) -> None:
        """Take over stores that are open."""
        with ExitStack() as stack:
            entered = [stack.enter_context(store) for store in stores]
            self._close = stack.pop_all()
        self._reader = SeveralReader([store.reader for store in entered])
        self.reader: Reader = self._reader
        self.tail: Tail = SeveralTail([store.tail for store in entered], self._reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._close.close()


def _added(left: Sequence[int], right: Sequence[int]) -> list[int]:
    return [one + other for one, other in zip(left, right, strict=True)]


def _joined(left: BudgetState, right: BudgetState) -> BudgetState:
    return replace(
        left,
        spent_nano=left.spent_nano + right.spent_nano,
        reserved_nano=left.reserved_nano + right.reserved_nano,
        unpriced=left.unpriced + right.unpriced,
        reservations=left.reservations + right.reservations,
    )


def _together(left: LeadCost, right: LeadCost) -> LeadCost:
    return LeadCost(
        left.lead_id,
        left.calls + right.calls,
        left.cost_nano + right.cost_nano,
        left.unpriced + right.unpriced,
    )
