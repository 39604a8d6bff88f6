"""What happened in a run over issues: each kind from its index, at most a number of rows, figures summed by SQLite."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from costtui.facts import (
    AgentExecution,
    CodeMetrics,
    DebuggingCycle,
    ErrorRecord,
    Issue,
    IssueSummary,
    PipelineRun,
    Status,
    TokenUsage,
    ToolCall,
    ToolStatistics,
    Work,
)
from costtui.facts.issues import FAILED_WORDS, issue_step_key
from costtui.store import codes, run_totals
from costtui.store.migrate import keeps_issues
from costtui.store.overflow import summed
from costtui.store.rows import integer, lines, of_code, optional, real, string

_Values = tuple[Any, ...]
_IDS = 500
_FAILED = ", ".join(f"'{word}'" for word in FAILED_WORDS)
_SAME = "x.run_ref = i.run_ref AND x.issue_id = i.issue_id"
_COUNTS = {
    "attempts": f"SELECT count(*) FROM agent_execution x WHERE {_SAME}",
    "agents": f"SELECT count(DISTINCT x.agent) FROM agent_execution x WHERE {_SAME}",
    "failed_attempts": f"SELECT count(*) FROM agent_execution x WHERE {_SAME} AND x.success = 0",
    "pipelines": f"SELECT count(*) FROM pipeline x WHERE {_SAME}",
    "failed_pipelines": f"SELECT count(*) FROM pipeline x WHERE {_SAME} AND lower(x.status) IN ({_FAILED})",
    "debugging_cycles": f"SELECT count(*) FROM debugging_cycle x WHERE {_SAME}",
    "tool_calls": f"SELECT count(*) FROM tool_call x WHERE {_SAME}",
    "errors": f"SELECT count(*) FROM run_error x WHERE {_SAME}",
}
_ISSUES = (
    "SELECT i.issue_id, i.started_us, i.status, i.ended_us, i.files_created, i.files_modified, i.lines_added,"
    f" i.lines_deleted, i.coverage_percent, i.expected_agents, {', '.join(f'({count})' for count in _COUNTS.values())} FROM issue i"
)
_AGENTS = (
    "SELECT x.agent, x.attempt_number, x.started_us, x.ended_us, x.success, x.error, x.input_tokens,"
    " x.output_tokens, x.key, x.issue_id, s.id, s.calls, s.cost_nano, s.unpriced"
    " FROM agent_execution x LEFT JOIN step s ON s.key = x.key"
)
_PIPELINES = (
    "SELECT x.pipeline_id, x.commit_sha, x.status, x.triggered_by, x.retry_attempt, x.started_us, x.ended_us,"
    " x.queue_seconds, x.execution_seconds, x.failed_jobs, x.error_type, x.error, x.issue_id FROM pipeline x"
)
_CYCLES = (
    "SELECT x.agent, x.error_type, x.error, x.started_us, x.ended_us, x.attempts, x.resolved,"
    " x.resolution_method, x.key, x.issue_id FROM debugging_cycle x"
)
_TOOL_CALLS = (
    "SELECT x.key, x.name, x.started_us, x.ended_us, x.success, x.error, x.agent, x.issue_id FROM tool_call x"
)
_ERRORS = "SELECT x.type, x.message, x.at_us, x.agent, x.severity, x.key, x.issue_id FROM run_error x"
_TOOLS = (
    "SELECT x.name, count(*), sum(x.success = 0), sum(max(x.ended_us - x.started_us, 0)), count(x.ended_us),"
    " max(x.ended_us - x.started_us) FROM tool_call x"
)


def read_work(connection: sqlite3.Connection, run_id: str, issue_id: str | None, limit: int) -> Work:
    """Return what happened in a run, or for one of its issues; of each kind at most so many, the newest."""
    asked = _asked(connection, run_id, issue_id, limit)
    if asked is None:
        return Work()
    name = string(run_id)
    pending = run_totals.pending_steps(connection, run_id)
    return Work(
        issues=asked.issues(pending),
        agents=tuple(_agent(row, name, pending) for row in asked.newest(_AGENTS)),
        pipelines=tuple(_pipeline(row, name) for row in asked.newest(_PIPELINES)),
        debugging_cycles=tuple(_cycle(row, name) for row in asked.newest(_CYCLES)),
        tool_calls=tuple(_tool_call(row, name) for row in asked.newest(_TOOL_CALLS)),
        tools=asked.tools(),
        errors=tuple(_error(row, name) for row in asked.newest(_ERRORS)),
    )


def read_issues(connection: sqlite3.Connection, run_id: str, limit: int) -> tuple[IssueSummary, ...]:
    """Return the newest issues of a run, oldest first, with their figures."""
    asked = _asked(connection, run_id, None, limit)
    return () if asked is None else asked.issues(run_totals.pending_steps(connection, run_id))


def _asked(connection: sqlite3.Connection, run_id: str, issue_id: str | None, limit: int) -> "_Asked | None":
    """Return the question about a run, None where the store knows nothing of it."""
    if not keeps_issues(connection):
        return None
    run = connection.execute("SELECT id FROM run WHERE run_id = ?", (run_id,)).fetchone()
    return None if run is None else _Asked(connection, run_id, run[0], issue_id, limit)


class _Asked:
    """One question: which run, which issue of it, and how much is wanted."""

    def __init__(
        self, connection: sqlite3.Connection, run_id: str, run_ref: int, issue_id: str | None, limit: int
    ) -> None:
        self._connection = connection
        self._run_id = run_id
        self._limit = max(limit, 0)
        self._issue_id = issue_id
        self._values: tuple[Any, ...] = (run_ref,) if issue_id is None else (run_ref, issue_id)

    def where(self, table: str) -> str:
        """Return the condition, and leave its values to ``_values``."""
        return f"WHERE {table}.run_ref = ?" + ("" if self._issue_id is None else f" AND {table}.issue_id = ?")

    def newest(self, sql: str) -> list[_Values]:
        """Return the newest rows in the order in which they were first written."""
        rows = self._connection.execute(
            f"{sql} {self.where('x')} ORDER BY x.id DESC LIMIT ?", (*self._values, self._limit)
        )
        return rows.fetchall()[::-1]

    def tools(self) -> tuple[ToolStatistics, ...]:
        """Return the statistics of each tool, the slowest in total first."""
        rows = summed(
            self._connection,
            f"{_TOOLS} {self.where('x')} GROUP BY x.name ORDER BY 4 DESC, 1 LIMIT ?",
            (*self._values, self._limit),
        )
        return tuple(map(_tool, rows))

    def issues(self, pending: dict[int, _Values]) -> tuple[IssueSummary, ...]:
        """Return the issues with their figures."""
        rows = self._connection.execute(
            f"{_ISSUES} {self.where('i')} ORDER BY i.id DESC LIMIT ?", (*self._values, self._limit)
        ).fetchall()[::-1]
        costs = self._costs(pending) if rows else {}
        return tuple(self._summary(row, costs.get(row[0], (0, 0, 0))) for row in rows)

    def _costs(self, pending: dict[int, _Values]) -> dict[str, tuple[int, int, int]]:
        """Return calls, known cost and unpriced calls of issues: those of their agents, and those of none."""
        found: dict[str, tuple[int, int, int]] = {}

        def add(issue_id: str, counters: _Values) -> None:
            calls, cost, unpriced = (integer(value) for value in counters[:3])
            known = found.get(issue_id, (0, 0, 0))
            found[issue_id] = (known[0] + calls, known[1] + cost, known[2] + unpriced)

        for row in summed(
            self._connection,
            "SELECT x.issue_id, sum(s.calls), sum(s.cost_nano), sum(s.unpriced) FROM agent_execution x"
            f" JOIN step s ON s.key = x.key {self.where('x')} GROUP BY x.issue_id",
            self._values,
        ):
            add(row[0], row[1:])
        for issue_id, calls, cost, unpriced in self._connection.execute(
            "SELECT i.issue_id, s.calls, s.cost_nano, s.unpriced FROM issue i"
            f" JOIN step s ON s.key = ? || i.issue_id {self.where('i')}",
            (self._prefix, *self._values),
        ):
            add(issue_id, (calls, cost, unpriced))
        for step_id, owner in self._owners(list(pending)):
            add(owner, pending[step_id])
        return found

    @property
    def _prefix(self) -> str:
        return issue_step_key(self._run_id, "")

    def _owners(self, step_ids: list[int]) -> Iterator[tuple[int, str]]:
        """Yield the issues that steps belong to."""
        for first in range(0, len(step_ids), _IDS):
            some = ", ".join(map(str, step_ids[first : first + _IDS]))
            for step_id, key, issue_id in self._connection.execute(
                "SELECT s.id, s.key, x.issue_id FROM step s LEFT JOIN agent_execution x ON x.key = s.key"
                f" WHERE s.id IN ({some})"
            ):
                if issue_id is not None:
                    yield step_id, issue_id
                elif str(key).startswith(self._prefix):
                    yield step_id, key.removeprefix(self._prefix)

    def _summary(self, row: _Values, cost: tuple[int, int, int]) -> IssueSummary:
        issue = Issue(
            run_id=string(self._run_id),
            issue_id=string(row[0]),
            started_us=integer(row[1]),
            status=of_code(codes.STATUS, row[2], Status.RUNNING),
            ended_us=optional(row[3]),
            code=CodeMetrics(
                files_created=integer(row[4]),
                files_modified=integer(row[5]),
                lines_added=integer(row[6]),
                lines_deleted=integer(row[7]),
                coverage_percent=real(row[8]),
            ),
            expected_agents=integer(row[9]),
        )
        counts = {name: integer(value) for name, value in zip(_COUNTS, row[10:], strict=True)}
        return IssueSummary(issue, **counts, calls=cost[0], cost_nano=cost[1], unpriced=cost[2])


def _agent(row: _Values, run_id: str, pending: dict[int, _Values]) -> AgentExecution:
    more = pending.get(row[10], (0, 0, 0))
    calls, cost, unpriced = (
        integer(known) + integer(new) for known, new in zip(row[11:14], more, strict=True)
    )
    return AgentExecution(
        agent=string(row[0]),
        attempt_number=integer(row[1]),
        started_us=integer(row[2]),
        ended_us=optional(row[3]),
        success=_truth(row[4]),
        error_message=lines(row[5]),
        tokens=TokenUsage(integer(row[6]), integer(row[7]), cost if calls > unpriced else None, unpriced),
        key=string(row[8]),
        run_id=run_id,
        issue_id=string(row[9]),
    )


def _pipeline(row: _Values, run_id: str) -> PipelineRun:
    return PipelineRun(
        pipeline_id=string(row[0]),
        commit_sha=string(row[1]),
        status=string(row[2]),
        triggered_by=string(row[3]),
        retry_attempt=integer(row[4]),
        started_us=optional(row[5]),
        ended_us=optional(row[6]),
        queue_time_seconds=real(row[7]),
        execution_time_seconds=real(row[8]),
        failed_jobs=_names(row[9]),
        error_type=string(row[10]),
        error_message=lines(row[11]),
        run_id=run_id,
        issue_id=string(row[12]),
    )


def _cycle(row: _Values, run_id: str) -> DebuggingCycle:
    return DebuggingCycle(
        agent=string(row[0]),
        error_type=string(row[1]),
        error_message=lines(row[2]),
        started_us=integer(row[3]),
        ended_us=optional(row[4]),
        attempts=integer(row[5]),
        resolved=_truth(row[6]),
        resolution_method=string(row[7]),
        key=string(row[8]),
        run_id=run_id,
        issue_id=string(row[9]),
    )


def _tool_call(row: _Values, run_id: str) -> ToolCall:
    return ToolCall(
        id=string(row[0]),
        name=string(row[1]),
        started_us=integer(row[2]),
        ended_us=optional(row[3]),
        success=_truth(row[4]),
        error=lines(row[5]),
        agent=string(row[6]),
        run_id=run_id,
        issue_id=string(row[7]),
    )


def _error(row: _Values, run_id: str) -> ErrorRecord:
    return ErrorRecord(
        type=string(row[0]),
        message=lines(row[1]),
        at_us=integer(row[2]),
        agent=string(row[3]),
        severity=string(row[4]),
        key=string(row[5]),
        run_id=run_id,
        issue_id=string(row[6]),
    )


def _tool(row: _Values) -> ToolStatistics:
    calls, failures, ended = integer(row[1]), integer(row[2]), integer(row[4])
    total_ms = integer(row[3]) / 1000
    return ToolStatistics(
        name=string(row[0]),
        calls=calls,
        failures=failures,
        total_ms=total_ms,
        success_rate=100 * (ended - failures) / ended if ended else None,
        mean_ms=total_ms / ended if ended else None,
        max_ms=None if row[5] is None else max(integer(row[5]), 0) / 1000,
    )


def _names(value: object) -> tuple[str, ...]:
    try:
        found = json.loads(value) if isinstance(value, str) else ()
    except (ValueError, RecursionError):
        return ()
    return tuple(map(string, found)) if isinstance(found, list) else ()


def _truth(value: object) -> bool | None:
    return None if value is None else bool(value)
