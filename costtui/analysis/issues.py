"""The figures of issue pipelines, exactly as specified: complexity, first time right, rates, tools."""

from collections.abc import Iterable

from costtui.facts import CodeMetrics, IssueSummary, Status, ToolCall, ToolStatistics
from costtui.facts.issues import EXPECTED_AGENTS

_LARGEST_PART = 25
_LINES_PER_POINT = 20


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


def complexity_of(summary: IssueSummary) -> int:
    """Return how hard an issue of a store was, 0 to 100."""
    issue = summary.issue
    return complexity(
        summary.attempts,
        summary.failed_pipelines,
        summary.debugging_cycles,
        issue.code,
        issue.expected_agents,
    )


def first_time_right(
    status: Status,
    attempts: int,
    agents: int,
    failed_pipelines: int,
    debugging_cycles: int,
    expected: int = EXPECTED_AGENTS,
) -> bool:
    """Return whether an issue was completed with one attempt per expected agent, no failed pipeline, no debugging."""
    return (
        status == Status.COMPLETED
        and attempts == agents == expected
        and not failed_pipelines
        and not debugging_cycles
    )


def was_first_time_right(summary: IssueSummary) -> bool:
    """Return whether an issue of a store was right the first time."""
    issue = summary.issue
    return first_time_right(
        issue.status,
        summary.attempts,
        summary.agents,
        summary.failed_pipelines,
        summary.debugging_cycles,
        issue.expected_agents,
    )


def percent(part: int, whole: int) -> float | None:
    """Return a share as 0 to 100, None of nothing."""
    return 100 * part / whole if whole else None


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
