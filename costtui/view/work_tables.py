"""What happened in a run over issues, as tables: issues, attempts of agents, pipelines, debugging, tools, errors."""

from costtui.analysis.issues import complexity_of, was_first_time_right
from costtui.facts import (
    AgentExecution,
    DebuggingCycle,
    ErrorRecord,
    IssueSummary,
    PipelineRun,
    Status,
    ToolStatistics,
)
from costtui.format import UNKNOWN, count, duration, percent, tokens
from costtui.money import usd
from costtui.view.precision import cost_tone, short_cost
from costtui.view.table import Field, Table
from costtui.view.tones import STATUS_TONES
from costtui.view.work_items import Item

_HARD = 50
"""Complexity from which on an issue is marked."""


def _number(value: int) -> str:
    return count(value) if value else ""


def _of_failed(number: int, failed: int) -> str:
    return f"{count(number)} ({count(failed)} ✗)" if failed else _number(number)


def _issue_cost(item: Item[IssueSummary]) -> str:
    return short_cost(item.fact.cost_nano, unpriced=item.fact.unpriced) if item.fact.calls else UNKNOWN


def _issue_ms(item: Item[IssueSummary]) -> float | None:
    issue = item.fact.issue
    return item.took(issue.started_us, issue.ended_us, open_=issue.status is Status.RUNNING)


def _first(item: Item[IssueSummary]) -> str:
    if item.fact.issue.status is Status.RUNNING:
        return UNKNOWN
    return "yes" if was_first_time_right(item.fact) else "no"


def _hard(item: Item[IssueSummary]) -> str:
    return "warn" if complexity_of(item.fact) >= _HARD else ""


ISSUES: Table[Item[IssueSummary]] = Table(
    Field("issue", "issue", 0, lambda i: i.fact.issue.issue_id, align="left", name="issue_id", help="its id"),
    Field(
        "status",
        "status",
        9,
        lambda i: i.fact.issue.status.value,
        None,
        lambda i: STATUS_TONES.get(i.fact.issue.status, ""),
        align="left",
        help="how it ended",
    ),
    Field(
        "first",
        "1st",
        3,
        _first,
        None,
        lambda i: {"yes": "ok", "no": "warn"}.get(_first(i), "muted"),
        align="left",
        name="first_time_right",
        help="completed with one attempt per expected agent, no failed pipeline, no debugging",
    ),
    Field(
        "complexity",
        "compl",
        5,
        lambda i: complexity_of(i.fact),
        None,
        _hard,
        help="0 to 100: attempts, failed pipelines, debugging, code",
    ),
    Field(
        "attempts",
        "attempts",
        9,
        lambda i: i.fact.attempts,
        lambda i: _of_failed(i.fact.attempts, i.fact.failed_attempts),
        priority=1,
        help="executions of agents, and how many of them failed",
    ),
    Field(
        "pipelines",
        "pipelines",
        9,
        lambda i: i.fact.pipelines,
        lambda i: _of_failed(i.fact.pipelines, i.fact.failed_pipelines),
        lambda i: "error" if i.fact.failed_pipelines else "",
        priority=2,
        help="and how many of them failed",
    ),
    Field(
        "debugging",
        "debug",
        5,
        lambda i: i.fact.debugging_cycles,
        lambda i: _number(i.fact.debugging_cycles),
        "warn",
        priority=3,
        name="debugging_cycles",
        help="cycles of looking for an error",
    ),
    Field(
        "tools",
        "tools",
        6,
        lambda i: i.fact.tool_calls,
        lambda i: _number(i.fact.tool_calls),
        priority=6,
        name="tool_calls",
        help="uses of tools",
    ),
    Field(
        "errors",
        "errors",
        6,
        lambda i: i.fact.errors,
        lambda i: _number(i.fact.errors),
        "error",
        priority=4,
        help="errors recorded",
    ),
    Field(
        "duration",
        "duration",
        9,
        _issue_ms,
        lambda i: duration(_issue_ms(i)),
        priority=5,
        name="duration_ms",
        help="until now while it is worked on",
    ),
    Field(
        "cost",
        "cost",
        9,
        lambda i: float(usd(i.fact.cost_nano)) if i.fact.calls else None,
        _issue_cost,
        lambda i: cost_tone(_issue_cost(i)),
        name="cost_usd",
        help="of the calls that were made for it",
    ),
)
"""Columns of issues."""


def _agent_status(item: Item[AgentExecution]) -> Status:
    success = item.fact.success
    if success is None:
        return Status.RUNNING if item.fact.ended_us is None else Status.INTERRUPTED
    return Status.OK if success else Status.ERROR


def _agent_ms(item: Item[AgentExecution]) -> float | None:
    return item.took(item.fact.started_us, item.fact.ended_us)


def _agent_cost(item: Item[AgentExecution]) -> str:
    used = item.fact.tokens
    if used.cost_nano is None and not used.unpriced:
        return UNKNOWN
    return short_cost(used.cost_nano or 0, unpriced=used.unpriced)


AGENTS: Table[Item[AgentExecution]] = Table(
    Field("agent", "agent", 14, lambda i: i.fact.agent, align="left"),
    Field("issue", "issue", 8, lambda i: i.fact.issue_id, None, "muted", align="left", priority=1),
    Field("attempt", "try", 3, lambda i: i.fact.attempt_number, name="attempt_number"),
    Field(
        "status",
        "status",
        8,
        lambda i: _agent_status(i).value,
        None,
        lambda i: STATUS_TONES.get(_agent_status(i), ""),
        align="left",
    ),
    Field(
        "duration", "duration", 9, _agent_ms, lambda i: duration(_agent_ms(i)), name="duration_ms", priority=2
    ),
    Field(
        "tokens",
        "tokens",
        7,
        lambda i: i.fact.tokens.total_tokens,
        lambda i: tokens(i.fact.tokens.total_tokens) if i.fact.tokens.total_tokens else UNKNOWN,
        priority=4,
    ),
    Field(
        "cost",
        "cost",
        9,
        lambda i: None if i.fact.tokens.cost_nano is None else float(usd(i.fact.tokens.cost_nano)),
        _agent_cost,
        lambda i: cost_tone(_agent_cost(i)),
        name="cost_usd",
    ),
    Field("error", "error", 0, lambda i: i.fact.error_message, None, "error", align="left", priority=3),
)
"""Columns of attempts of agents."""


def _pipeline_tone(item: Item[PipelineRun]) -> str:
    if item.fact.failed:
        return "error"
    return "ok" if item.fact.status.lower() in ("success", "passed", "ok", "succeeded") else ""


def _pipeline_ms(item: Item[PipelineRun]) -> float | None:
    told = item.fact.execution_time_seconds
    return item.took(item.fact.started_us, item.fact.ended_us, open_=False) if told is None else told * 1000


def _queue_ms(item: Item[PipelineRun]) -> float | None:
    told = item.fact.queue_time_seconds
    return None if told is None else told * 1000


def _why(item: Item[PipelineRun]) -> str:
    jobs = ", ".join(item.fact.failed_jobs)
    words = ": ".join(filter(None, (item.fact.error_type, item.fact.error_message)))
    return " · ".join(filter(None, (jobs, words)))


PIPELINES: Table[Item[PipelineRun]] = Table(
    Field("pipeline", "pipeline", 10, lambda i: i.fact.pipeline_id, align="left", name="pipeline_id"),
    Field("issue", "issue", 8, lambda i: i.fact.issue_id, None, "muted", align="left", priority=1),
    Field("status", "status", 9, lambda i: i.fact.status, None, _pipeline_tone, align="left"),
    Field("retry", "retry", 5, lambda i: i.fact.retry_attempt, name="retry_attempt", priority=4),
    Field("queue", "queue", 8, _queue_ms, lambda i: duration(_queue_ms(i)), name="queue_ms", priority=3),
    Field("duration", "duration", 9, _pipeline_ms, lambda i: duration(_pipeline_ms(i)), name="duration_ms"),
    Field("commit", "commit", 9, lambda i: i.fact.commit_sha[:9], None, "muted", align="left", priority=6),
    Field("trigger", "trigger", 8, lambda i: i.fact.triggered_by, None, "muted", align="left", priority=7),
    Field("why", "failed jobs, error", 0, _why, None, "error", align="left", priority=2),
)
"""Columns of CI pipelines."""


def _cycle_word(item: Item[DebuggingCycle]) -> str:
    return {None: "open", True: "resolved", False: "unresolved"}[item.fact.resolved]


def _cycle_ms(item: Item[DebuggingCycle]) -> float | None:
    return item.took(item.fact.started_us, item.fact.ended_us)


CYCLES: Table[Item[DebuggingCycle]] = Table(
    Field("error", "error", 14, lambda i: i.fact.error_type, align="left", name="error_type"),
    Field("issue", "issue", 8, lambda i: i.fact.issue_id, None, "muted", align="left", priority=1),
    Field("agent", "agent", 10, lambda i: i.fact.agent, None, "muted", align="left", priority=3),
    Field("attempts", "tries", 5, lambda i: i.fact.attempts),
    Field(
        "outcome",
        "outcome",
        10,
        _cycle_word,
        None,
        lambda i: {"resolved": "ok", "unresolved": "error"}.get(_cycle_word(i), "accent"),
        align="left",
    ),
    Field(
        "duration", "duration", 9, _cycle_ms, lambda i: duration(_cycle_ms(i)), name="duration_ms", priority=2
    ),
    Field(
        "method",
        "how, message",
        0,
        lambda i: i.fact.resolution_method or i.fact.error_message,
        None,
        "muted",
        align="left",
        priority=4,
    ),
)
"""Columns of debugging cycles."""

TOOLS: Table[Item[ToolStatistics]] = Table(
    Field("tool", "tool", 18, lambda i: i.fact.name, align="left"),
    Field("calls", "calls", 6, lambda i: i.fact.calls, lambda i: count(i.fact.calls)),
    Field("failures", "failed", 6, lambda i: i.fact.failures, lambda i: _number(i.fact.failures), "error"),
    Field(
        "success",
        "success",
        7,
        lambda i: i.fact.success_rate,
        lambda i: UNKNOWN if i.fact.success_rate is None else percent(i.fact.success_rate, 100),
        priority=2,
        name="success_rate",
    ),
    Field("mean", "mean", 8, lambda i: i.fact.mean_ms, lambda i: duration(i.fact.mean_ms), name="mean_ms"),
    Field(
        "max", "max", 8, lambda i: i.fact.max_ms, lambda i: duration(i.fact.max_ms), priority=3, name="max_ms"
    ),
    Field("total", "total", 9, lambda i: i.fact.total_ms, lambda i: duration(i.fact.total_ms), priority=1),
)
"""Columns of the statistics of tools."""

ERRORS: Table[Item[ErrorRecord]] = Table(
    Field(
        "at",
        "at",
        12,
        lambda i: i.fact.at_us,
        lambda i: i.clock(i.fact.at_us),
        "muted",
        align="left",
        priority=2,
    ),
    Field(
        "severity",
        "severity",
        8,
        lambda i: i.fact.severity,
        None,
        lambda i: {"warning": "warn", "info": "muted"}.get(i.fact.severity, "error"),
        align="left",
    ),
    Field("issue", "issue", 8, lambda i: i.fact.issue_id, None, "muted", align="left", priority=1),
    Field("agent", "agent", 10, lambda i: i.fact.agent, None, "muted", align="left", priority=3),
    Field("type", "type", 14, lambda i: i.fact.type, align="left"),
    Field("message", "message", 0, lambda i: i.fact.message.replace("\n", " "), align="left"),
)
"""Columns of errors."""
