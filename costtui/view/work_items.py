"""What tables of a run over issues are made of: facts with the moment they are shown at, their keys and rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Generic, TypeVar

from costtui.facts import (
    AgentExecution,
    DebuggingCycle,
    ErrorRecord,
    IssueSummary,
    PipelineRun,
    Run,
    Status,
    ToolStatistics,
)
from costtui.view.clock import clock
from costtui.view.table import Row, Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """A fact, and what its cells need."""

    fact: T
    now_us: int
    zone: tzinfo

    def took(self, started_us: int | None, ended_us: int | None, *, open_: bool = True) -> float | None:
        """Return the milliseconds from a start to an end, or until now where it goes on."""
        if started_us is None or (ended_us is None and not open_):
            return None
        return max((self.now_us if ended_us is None else ended_us) - started_us, 0) / 1000

    def clock(self, at_us: int | None) -> str:
        """Return a time of day."""
        return clock(at_us, self.zone, self.now_us)


def ended_with(run: Run, issues: Iterable[IssueSummary]) -> tuple[IssueSummary, ...]:
    """Return issues; those that are open though their run has ended were interrupted by its end."""
    if run.status is Status.RUNNING:
        return tuple(issues)
    return tuple(
        replace(one, issue=replace(one.issue, status=Status.INTERRUPTED, ended_us=run.ended_us))
        if one.issue.status is Status.RUNNING
        else one
        for one in issues
    )


def agents_ended_with(run: Run, agents: Iterable[AgentExecution]) -> tuple[AgentExecution, ...]:
    """Return attempts; those that are open though their run has ended ended with it."""
    return tuple(replace(one, ended_us=run.ended_us) if one.ended_us is None else one for one in agents)


def rows_of(table: Table[Item[T]], facts: Sequence[T], now_us: int, zone: tzinfo) -> tuple[Row, ...]:
    """Return facts as rows."""
    return tuple(table.row(key_of(fact), Item(fact, now_us, zone)) for fact in facts)


def key_of(fact: object) -> str:
    """Return what tells a fact from others of its kind."""
    match fact:
        case IssueSummary():
            return fact.issue.issue_id
        case PipelineRun():
            return f"{fact.issue_id}/{fact.pipeline_id}/{fact.retry_attempt}"
        case ToolStatistics():
            return fact.name
        case AgentExecution() | DebuggingCycle() | ErrorRecord():
            return fact.key
    raise TypeError(f"no row shows a {type(fact).__name__}")
