"""The figures of an issue and of a run, computed from what was recorded: exactly as specified, and pure."""

from collections.abc import Iterable
from dataclasses import replace

from costtui.facts import Status
from costtui.record.metrics_facts import (
    EXPECTED_AGENTS,
    AgentExecution,
    CodeMetrics,
    IssueMetrics,
    RunMetrics,
    TokenUsage,
    ToolCall,
    ToolStatistics,
)

_LARGEST_PART = 25
_LINES_PER_POINT = 20


def computed_issue(issue: IssueMetrics, expected_agents: int = EXPECTED_AGENTS) -> IssueMetrics:
    """Return an issue with its figures."""
    return replace(
        issue,
        tools=tool_statistics(issue.tool_calls),
        complexity=complexity(
            len(issue.agents),
            issue.failed_pipelines,
            len(issue.debugging_cycles),
            issue.code,
            expected_agents,
        ),
        first_time_right=first_time_right(issue, expected_agents),
    )


def complexity(
    attempts: int,
    failed_pipelines: int,
    debugging_cycles: int,
    code: CodeMetrics,
    expected: int = EXPECTED_AGENTS,
) -> int:
    """Return how hard an issue was, 0 to 100: four parts of at most 25 each."""
    touched = code.files_created + code.files_modified + code.lines_added + code.lines_deleted
    parts = (
        5 * (attempts - expected),
        10 * failed_pipelines,
        10 * debugging_cycles,
        touched // _LINES_PER_POINT,
    )
    return sum(min(_LARGEST_PART, max(part, 0)) for part in parts)


def first_time_right(issue: IssueMetrics, expected: int = EXPECTED_AGENTS) -> bool:
    """Return whether an issue was completed with one attempt per expected agent, no failed pipeline, no debugging."""
    agents = [execution.agent for execution in issue.agents]
    return (
        issue.status == Status.COMPLETED
        and len(agents) == len(set(agents)) == expected
        and not issue.failed_pipelines
        and not issue.debugging_cycles
    )


def computed_run(run: RunMetrics) -> RunMetrics:
    """Return a run with the figures of its issues."""
    total = len(run.issues)
    completed = sum(issue.status == Status.COMPLETED for issue in run.issues)
    return replace(
        run,
        total_issues=total,
        completed_issues=completed,
        failed_issues=sum(issue.status == Status.FAILED for issue in run.issues),
        success_rate=percent(completed, total),
        first_time_right_rate=percent(sum(issue.first_time_right for issue in run.issues), total),
        mean_complexity=sum(issue.complexity for issue in run.issues) / total if total else None,
    )


def percent(part: int, whole: int) -> float | None:
    """Return a share as 0 to 100, None of nothing."""
    return 100 * part / whole if whole else None


def tokens_of(executions: Iterable[AgentExecution]) -> TokenUsage:
    """Return the tokens of several executions together."""
    total = TokenUsage()
    for execution in executions:
        total += execution.tokens
    return total


def tool_statistics(calls: Iterable[ToolCall]) -> tuple[ToolStatistics, ...]:
    """Return the statistics of each tool, the slowest in total first."""
    tools: dict[str, list[ToolCall]] = {}
    for call in calls:
        tools.setdefault(call.name, []).append(call)
    found = (_statistics(name, uses) for name, uses in tools.items())
    return tuple(sorted(found, key=lambda tool: (-tool.total_ms, tool.name)))


def _statistics(name: str, uses: list[ToolCall]) -> ToolStatistics:
    times = [(use.ended_us - use.started_us) / 1000 for use in uses if use.ended_us is not None]
    failures = sum(use.success is False for use in uses)
    return ToolStatistics(
        name=name,
        calls=len(uses),
        failures=failures,
        total_ms=sum(times),
        success_rate=percent(len(times) - failures, len(times)),
        mean_ms=sum(times) / len(times) if times else None,
        max_ms=max(times, default=None),
    )
