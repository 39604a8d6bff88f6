"""Facts of issue pipelines become rows: the same key again replaces, and the run knows how many issues it has."""

import math
import sqlite3
from collections.abc import Callable
from typing import Any

from costtui.facts import (
    AgentExecution,
    DebuggingCycle,
    ErrorRecord,
    Issue,
    PipelineRun,
    Status,
    ToolCall,
)
from costtui.store import codes
from costtui.store.calls_write import word
from costtui.store.replacing import dumped, replace_row
from costtui.store.words import Words

IssueFact = Issue | AgentExecution | PipelineRun | DebuggingCycle | ToolCall | ErrorRecord

_MOST = 2**63 - 1


def _issue(connection: sqlite3.Connection, words: Words, issue: Issue, revision: int) -> None:
    row = _place(words, issue, issue.started_us) | {
        "started_us": issue.started_us,
        "ended_us": issue.ended_us,
        "status": codes.STATUS_CODE[issue.status],
        "expected_agents": _count(issue.expected_agents),
        "files_created": _count(issue.code.files_created),
        "files_modified": _count(issue.code.files_modified),
        "lines_added": _count(issue.code.lines_added),
        "lines_deleted": _count(issue.code.lines_deleted),
        "coverage_percent": _real(issue.code.coverage_percent),
    }
    replace_row(connection, "issue", "run_ref, issue_id", row)
    connection.execute(
        "UPDATE run SET issues = n.found, issues_completed = n.completed, revision = ?"
        f" FROM (SELECT count(*) AS found, coalesce(sum(status = {codes.STATUS_CODE[Status.COMPLETED]}), 0)"
        " AS completed FROM issue WHERE run_ref = ?) AS n WHERE id = ?",
        (revision, row["run_ref"], row["run_ref"]),
    )


def _agent(connection: sqlite3.Connection, words: Words, one: AgentExecution, revision: int) -> None:
    row = _place(words, one, one.started_us) | {
        "key": word(one.key),
        "agent": word(one.agent),
        "attempt_number": _count(one.attempt_number),
        "started_us": one.started_us,
        "ended_us": one.ended_us,
        "success": _truth(one.success),
        "error": word(one.error_message) or None,
        "input_tokens": _count(one.tokens.input_tokens),
        "output_tokens": _count(one.tokens.output_tokens),
    }
    replace_row(connection, "agent_execution", "key", row)


def _pipeline(connection: sqlite3.Connection, words: Words, one: PipelineRun, revision: int) -> None:
    row = _place(words, one, one.started_us or 0) | {
        "pipeline_id": word(one.pipeline_id),
        "retry_attempt": _count(one.retry_attempt),
        "commit_sha": word(one.commit_sha),
        "status": word(one.status),
        "triggered_by": word(one.triggered_by),
        "started_us": one.started_us,
        "ended_us": one.ended_us,
        "queue_seconds": _real(one.queue_time_seconds),
        "execution_seconds": _real(one.execution_time_seconds),
        "failed_jobs": dumped([word(job) for job in one.failed_jobs]) if one.failed_jobs else None,
        "error_type": word(one.error_type) or None,
        "error": word(one.error_message) or None,
    }
    replace_row(connection, "pipeline", "run_ref, issue_id, pipeline_id, retry_attempt", row)


def _cycle(connection: sqlite3.Connection, words: Words, one: DebuggingCycle, revision: int) -> None:
    row = _place(words, one, one.started_us) | {
        "key": word(one.key),
        "agent": word(one.agent),
        "error_type": word(one.error_type),
        "error": word(one.error_message) or None,
        "started_us": one.started_us,
        "ended_us": one.ended_us,
        "attempts": _count(one.attempts),
        "resolved": _truth(one.resolved),
        "resolution_method": word(one.resolution_method),
    }
    replace_row(connection, "debugging_cycle", "key", row)


def _tool_call(connection: sqlite3.Connection, words: Words, one: ToolCall, revision: int) -> None:
    row = _place(words, one, one.started_us) | {
        "key": word(one.id),
        "agent": word(one.agent),
        "name": word(one.name),
        "started_us": one.started_us,
        "ended_us": one.ended_us,
        "success": _truth(one.success),
        "error": word(one.error) or None,
    }
    replace_row(connection, "tool_call", "key", row)


def _error(connection: sqlite3.Connection, words: Words, one: ErrorRecord, revision: int) -> None:
    row = _place(words, one, one.at_us) | {
        "key": word(one.key),
        "at_us": one.at_us,
        "type": word(one.type),
        "message": word(one.message) or None,
        "agent": word(one.agent),
        "severity": word(one.severity),
    }
    replace_row(connection, "run_error", "key", row)


def _place(words: Words, fact: IssueFact, at_us: int) -> dict[str, Any]:
    run_id = word(fact.run_id)
    return {
        "run_ref": words.runs.get(run_id) or words.run_ref(run_id, at_us),
        "issue_id": word(fact.issue_id),
    }


def _count(value: object) -> int:
    """Return a count that fits a column, 0 for what is none."""
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    return min(max(value, 0), _MOST) if isinstance(value, int) else 0


def _real(value: object) -> float | None:
    try:
        return None if value is None else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None


def _truth(value: bool | None) -> int | None:
    return None if value is None else int(bool(value))


WRITERS: dict[type, Callable[[sqlite3.Connection, Words, Any, int], None]] = {
    Issue: _issue,
    AgentExecution: _agent,
    PipelineRun: _pipeline,
    DebuggingCycle: _cycle,
    ToolCall: _tool_call,
    ErrorRecord: _error,
}
