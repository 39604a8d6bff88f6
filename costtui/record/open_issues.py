"""The issues of a run, and which of them the present thread or task works on."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from costtui.record.metrics_facts import IssueMetrics
from costtui.record.open_issue import OpenIssue
from costtui.record.recorder import log


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the present thread or task is at work."""

    issues: "OpenIssues"
    issue_id: str
    agent_key: str = ""


_place: ContextVar[_Place | None] = ContextVar("costtui_issue", default=None)


class OpenIssues:
    """Finds the issue and the agent that a record belongs to which names none.

    It is the one that the present thread or task started last, else the newest open one.
    """

    def __init__(self, expected_agents: int) -> None:
        self._expected_agents = expected_agents
        self._issues: dict[str, OpenIssue] = {}
        self._outside = OpenIssue("", 0, expected_agents)
        """Takes what happens while no issue is open: it is none of the run's issues."""

    def __iter__(self) -> Iterator[OpenIssue]:
        yield from self._issues.values()
        yield self._outside

    def facts(self) -> tuple[IssueMetrics, ...]:
        """Return everything that is known of all issues, without figures."""
        return tuple(issue.facts() for issue in self._issues.values())

    def get(self, issue_id: str) -> OpenIssue | None:
        """Return an issue, None where it was never begun; without an id what happened outside of all."""
        return self._issues.get(issue_id) if issue_id else self._outside

    def ensure(self, issue_id: str, now_us: int) -> OpenIssue:
        """Return an issue, begun where it was not; without an id what happened outside of all."""
        if not issue_id:
            log.warning("costtui: no issue is open: start_issue comes first")
            return self._outside
        if issue_id not in self._issues:
            self._issues[issue_id] = OpenIssue(issue_id, now_us, self._expected_agents)
        return self._issues[issue_id]

    def enter(self, issue_id: str, agent_key: str = "") -> None:
        """Let the present thread or task work on an issue, and be an agent where a key is given."""
        _place.set(_Place(self, issue_id, agent_key))

    def leave(self, issue_id: str) -> None:
        """Let the present thread or task work on no issue, where it is at work on this one."""
        if (place := self._here()) and place.issue_id == issue_id:
            _place.set(None)

    @contextmanager
    def returning(self) -> Iterator[None]:
        """Put the present thread or task back to where it is now when the body ends."""
        before = _place.get()
        try:
            yield
        finally:
            _place.set(before)

    def current(self) -> str:
        """Return the id of the issue that is worked on here, empty where none is open."""
        if (place := self._here()) is not None:
            return place.issue_id
        return next((issue.issue_id for issue in reversed(self._issues.values()) if issue.open), "")

    def at_work(self, agent_key: str = "") -> tuple[str, str]:
        """Return the issue and the key of the agent that is at work here, or of the agent with a key."""
        if agent_key:
            return next((issue.issue_id for issue in self if issue.agent(agent_key)), ""), agent_key
        place = self._here()
        if place is not None and place.agent_key:
            return place.issue_id, place.agent_key
        issue = self.get(self.current())
        return (issue.issue_id, issue.newest_agent()) if issue else ("", "")

    def _here(self) -> _Place | None:
        place = _place.get()
        return place if place is not None and place.issues is self else None
