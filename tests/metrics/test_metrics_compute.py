from dataclasses import replace

import pytest

from costtui.analysis.issues import complexity
from costtui.facts import (
    AgentExecution,
    CodeMetrics,
    DebuggingCycle,
    PipelineRun,
    Status,
    TokenUsage,
    ToolCall,
)
from costtui.record.metrics_compute import computed_issue, computed_run
from costtui.record.metrics_facts import IssueMetrics, RunMetrics, SystemConfig

AGENTS = tuple(AgentExecution(name, 1, 0, 1, True) for name in ("planning", "coding", "testing", "review"))
GOOD = IssueMetrics("1", 0, Status.COMPLETED, 5_000_000, AGENTS, (PipelineRun("9", "abc", "success"),))


@pytest.mark.parametrize(
    ("attempts", "failed", "cycles", "touched", "expected"),
    [
        (4, 0, 0, 0, 0),
        (3, 0, 0, 19, 0),
        (6, 0, 0, 0, 10),
        (4, 1, 0, 0, 10),
        (4, 0, 2, 0, 20),
        (4, 0, 0, 59, 2),
        (5, 1, 1, 100, 30),
        (10, 3, 3, 500, 100),
        (99, 99, 99, 99_999, 100),
        (9, 2, 0, 480, 69),
    ],
)
def test_complexity_is_four_parts_of_at_most_25(
    attempts: int, failed: int, cycles: int, touched: int, expected: int
) -> None:
    assert complexity(attempts, failed, cycles, CodeMetrics(lines_added=touched)) == expected


def test_all_kinds_of_change_count_together_for_complexity() -> None:
    assert complexity(4, 0, 0, CodeMetrics(5, 5, 5, 5)) == 1


def test_complexity_counts_attempts_beyond_the_configured_number() -> None:
    assert complexity(4, 0, 0, CodeMetrics(), expected=2) == 10


def first_time_right(issue: IssueMetrics, expected: int = 4) -> bool:
    return computed_issue(issue, expected).first_time_right


def test_first_time_right_needs_one_attempt_of_each_expected_agent() -> None:
    assert first_time_right(GOOD)
    assert not first_time_right(replace(GOOD, agents=AGENTS[:3]))
    assert not first_time_right(replace(GOOD, agents=(*AGENTS[:3], AGENTS[2])))
    assert not first_time_right(replace(GOOD, agents=(*AGENTS, replace(AGENTS[0], attempt_number=2))))
    assert first_time_right(replace(GOOD, agents=AGENTS[:2]), expected=2)


def test_first_time_right_forgives_nothing() -> None:
    assert not first_time_right(replace(GOOD, status=Status.FAILED))
    assert not first_time_right(replace(GOOD, pipelines=(PipelineRun("9", "abc", "failed"),)))
    assert not first_time_right(replace(GOOD, debugging_cycles=(DebuggingCycle("coding", "e", "m", 0),)))
    assert first_time_right(replace(GOOD, pipelines=(PipelineRun("9", "abc", "canceled"),)))


def test_the_success_rate_is_completed_by_all_issues() -> None:
    failed, running = replace(GOOD, status=Status.FAILED), replace(GOOD, status=Status.RUNNING)
    issues = tuple(map(computed_issue, (GOOD, GOOD, failed, running)))
    run = computed_run(RunMetrics("r", "p", 0, issues=issues))
    assert (run.total_issues, run.completed_issues, run.failed_issues) == (4, 2, 1)
    assert (run.success_rate, run.first_time_right_rate, run.mean_complexity) == (50.0, 50.0, 0.0)
    assert computed_run(RunMetrics("r", "p", 0)).success_rate is None


def test_tools_are_summed_up_by_name() -> None:
    calls = (
        ToolCall("a", "git", 0, 2_000_000, True),
        ToolCall("b", "git", 0, 1_000_000, False, "exit 1"),
        ToolCall("c", "git", 0),
        ToolCall("d", "lint", 0, 9_000_000, True),
    )
    lint, git = computed_issue(replace(GOOD, tool_calls=calls)).tools
    assert (lint.name, lint.calls, lint.success_rate) == ("lint", 1, 100.0)
    assert (git.calls, git.failures, git.success_rate, git.mean_ms, git.max_ms) == (3, 1, 50.0, 1500, 2000)


def test_an_unknown_cost_is_not_zero_and_is_counted() -> None:
    known, unknown = TokenUsage(1, 2, 5), TokenUsage(3, 4, None, 1)
    assert known + unknown == TokenUsage(4, 6, 5, 1)
    assert (unknown + unknown).cost_nano is None


def test_a_configuration_takes_any_object_or_mapping_that_names_a_model() -> None:
    from costtui.llm.config import LLMConfig

    given = LLMConfig(provider="deepseek", model="deepseek-coder", temperature=0.2)
    same = {"provider": "deepseek", "model": "deepseek-coder", "temperature": 0.2}
    assert SystemConfig(llm=given) == SystemConfig(llm=same)
    assert SystemConfig(llm=given).llm.temperature == 0.2
