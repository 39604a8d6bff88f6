"""An issue and a run as they are handed out: everything recorded, and the figures that follow from it."""

from dataclasses import replace

from costtui.analysis.issues import complexity, first_time_right, percent, tool_statistics
from costtui.facts import Status
from costtui.facts.issues import EXPECTED_AGENTS
from costtui.record.metrics_facts import IssueMetrics, RunMetrics


def computed_issue(issue: IssueMetrics, expected_agents: int = EXPECTED_AGENTS) -> IssueMetrics:
    """Return an issue with its figures."""
    attempts, failed, cycles = len(issue.agents), issue.failed_pipelines, len(issue.debugging_cycles)
    different = len({execution.agent for execution in issue.agents})
    return replace(
        issue,
        tools=tool_statistics(issue.tool_calls),
        complexity=complexity(attempts, failed, cycles, issue.code, expected_agents),
        first_time_right=first_time_right(issue.status, attempts, different, failed, cycles, expected_agents),
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
