import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import pytest

from costtui.facts import AgentType, CodeMetrics, Status
from costtui.llm.config import LLMConfig
from costtui.reading import CallQuery
from costtui.record.collector import MetricsCollector
from costtui.record.export import MetricsStorage
from costtui.record.metrics_facts import SystemConfig
from costtui.settings import Settings
from costtui.store import open_store

CONFIG = SystemConfig(
    llm=LLMConfig(provider="openai", model="gpt-4o", temperature=0.1), max_retries=3, min_coverage_percent=70
)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[MetricsCollector]:
    made = MetricsCollector("run-1", "shop", CONFIG, db_path=tmp_path / "calls.db", settings=Settings())
    yield made
    made.close()


def test_the_calls_of_the_earlier_system_work_as_written(collector: MetricsCollector) -> None:
    collector.start_issue("42")
    collector.start_agent(AgentType.CODING, "42", attempt_number=1)
    tool = collector.start_tool_call("write_file")
    collector.end_tool_call(tool, success=False, error="denied")
    collector.record_token_usage(1000, 200, "gpt-4o")
    collector.finalize_agent(True)
    collector.start_agent(AgentType.TESTING, "42")
    collector.finalize_agent(False, error_message="red", token_usage={"input_tokens": 10, "output_tokens": 5})
    collector.record_pipeline(
        pipeline_id="77",
        commit_sha="abc",
        status="failed",
        triggered_by="push",
        retry_attempt=0,
        start_time=datetime(2026, 11, 22, tzinfo=UTC),
        end_time="2026-11-22T00:05:00+00:00",
        queue_time_seconds=3,
        execution_time_seconds=297,
        failed_jobs=["unit", "lint"],
        error_type="TestFailure",
        error_message="2 failed",
    )
    collector.start_debugging_cycle(AgentType.CODING, "TestFailure", "2 failed")
    collector.record_debug_attempt()
    collector.record_debug_attempt()
    collector.end_debugging_cycle(True, "fixed import")
    collector.record_error("Timeout", "slow", agent=AgentType.CODING, severity="warning")
    ended = collector.finalize_issue("42", Status.COMPLETED, CodeMetrics(1, 2, 100, 20, 81.5))
    run = collector.finalize_run(Status.COMPLETED)

    assert ended == collector.get_issue_metrics("42") == run.issues[0]
    assert collector.run_metrics == run
    assert [(a.agent, a.success, a.attempt_number) for a in ended.agents] == [
        ("coding", True, 1),
        ("testing", False, 1),
    ]
    assert (ended.agents[1].tokens.input_tokens, ended.tokens.input_tokens) == (10, 1010)
    assert (ended.tools[0].name, ended.tools[0].failures, ended.tool_calls[0].agent) == (
        "write_file",
        1,
        "coding",
    )
    pipeline = ended.pipelines[0]
    assert (pipeline.failed, pipeline.failed_jobs) == (True, ("unit", "lint"))
    assert pipeline.ended_us - pipeline.started_us == 300_000_000  # type: ignore[operator]
    cycle = ended.debugging_cycles[0]
    assert (cycle.attempts, cycle.resolved, cycle.resolution_method) == (2, True, "fixed import")
    assert (ended.errors[0].severity, ended.errors[0].agent) == ("warning", "coding")
    assert (ended.complexity, ended.first_time_right) == (10 + 10 + 6, False)
    assert (run.success_rate, run.status) == (100.0, Status.COMPLETED)
    assert run.tokens.cost_nano
    assert run.tokens.cost_nano > 1_000_000


def test_calls_and_steps_are_in_the_store_with_the_configuration(
    collector: MetricsCollector, tmp_path: Path
) -> None:
    with collector.issue("7"), collector.agent("coding", attempt_number=2):
        collector.record_token_usage(1000, 200)
    collector.finalize_run()
    with open_store(tmp_path / "calls.db") as opened:
        (run,) = opened.reader.runs(None)
        (call,) = opened.reader.calls(CallQuery())
        (step,) = opened.reader.steps("run-1")
    assert (run.status, run.subsystem, run.calls) == (Status.OK, "shop", 1)
    assert run.config["llm"] == {"provider": "openai", "model": "gpt-4o", "temperature": 0.1}
    assert (run.config["max_retries"], run.config["min_coverage_percent"]) == (3, 70)
    assert (call.node, call.provider, call.model, call.tags) == ("coding", "openai", "gpt-4o", {"issue": "7"})
    assert (step.node, step.status, step.detail) == ("coding", Status.OK, "issue 7, attempt 2")
    assert (step.calls, step.cost_nano) == (1, call.cost.nano)


def test_threads_work_on_several_issues_without_mixing_them_up(collector: MetricsCollector) -> None:
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        collector.start_issue(str(number))
        barrier.wait()
        for attempt in range(1, 4):
            collector.start_agent("coding", str(number), attempt)
            tool = collector.start_tool_call(f"tool-{number}")
            collector.record_token_usage(number, 1, "no-such-model")
            collector.end_tool_call(tool)
            collector.record_error("E", str(number))
            collector.finalize_agent(attempt == 3)
        collector.record_pipeline("p", "sha", "success")
        collector.finalize_issue(str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run = collector.finalize_run()
    assert len(run.issues) == 8
    for issue in run.issues:
        assert [a.attempt_number for a in issue.agents] == [1, 2, 3]
        assert [a.success for a in issue.agents] == [False, False, True]
        assert {call.name for call in issue.tool_calls} == {f"tool-{issue.issue_id}"}
        assert {error.message for error in issue.errors} == {issue.issue_id}
        assert issue.tokens.input_tokens == 3 * int(issue.issue_id)
        assert (issue.tokens.cost_nano, issue.tokens.unpriced) == (None, 3)
        assert len(issue.pipelines) == 1


def test_tasks_work_on_several_issues_without_mixing_them_up(collector: MetricsCollector) -> None:
    async def work(number: int) -> None:
        with collector.issue(str(number)), collector.agent("coding"):
            await asyncio.sleep(0)
            with collector.tool_call("search"):
                await asyncio.sleep(0)
            collector.record_token_usage(number, 0)

    async def everything() -> None:
        await asyncio.gather(*(work(number) for number in range(5)))

    asyncio.run(everything())
    assert [i.tokens.input_tokens for i in collector.run_metrics.issues] == [0, 1, 2, 3, 4]
    assert all(issue.status == Status.COMPLETED for issue in collector.run_metrics.issues)


def test_a_body_that_raises_is_recorded_and_raises_on(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        MetricsCollector("r", db_path=tmp_path / "c.db", settings=Settings()) as collector,
        collector.issue("1"),
        collector.debugging("coding", "X", "y"),
        collector.agent("coding"),
        collector.tool_call("divide"),
    ):
        _ = 1 / 0
    run = collector.run_metrics
    (issue,) = run.issues
    assert (run.status, issue.status) == (Status.FAILED, Status.FAILED)
    assert issue.tool_calls[0].error == "ZeroDivisionError: division by zero"
    assert (issue.agents[0].success, issue.debugging_cycles[0].resolved) == (False, False)
    assert [error.type for error in issue.errors] == ["ZeroDivisionError"]
    assert [error.type for error in run.errors] == ["ZeroDivisionError"]


def test_an_issue_that_starts_again_adds_up(collector: MetricsCollector) -> None:
    for status in (Status.FAILED, Status.COMPLETED):
        collector.start_issue("5")
        collector.start_agent("coding", "5")
        collector.finalize_agent(status == Status.COMPLETED)
        collector.finalize_issue("5", status)
    (issue,) = collector.run_metrics.issues
    assert ([a.success for a in issue.agents], issue.status) == ([False, True], Status.COMPLETED)


def test_a_pipeline_recorded_again_replaces_itself(collector: MetricsCollector) -> None:
    collector.start_issue("5")
    for status, retry in (("running", 0), ("failed", 0), ("success", 1)):
        collector.record_pipeline("9", "abc", status, retry_attempt=retry)
    assert [p.status for p in collector.run_metrics.issues[0].pipelines] == ["failed", "success"]


def test_what_comes_out_of_order_is_survived(collector: MetricsCollector) -> None:
    collector.finalize_agent(True)
    collector.end_tool_call("nothing")
    collector.end_tool_call(collector.start_tool_call("outside of any issue"))
    collector.record_pipeline("1", "c", "failed")
    collector.start_agent("coding")
    collector.finalize_agent(True)
    collector.record_error("Early", "before any issue")
    collector.start_issue("1")
    collector.end_debugging_cycle(True)
    collector.record_debug_attempt()
    collector.record_pipeline("1", "c", "failed", start_time="not a time")
    assert collector.run_metrics.errors[0].type == "Early"
    assert [issue.issue_id for issue in collector.run_metrics.issues] == ["1"]
    assert collector.get_issue_metrics("unheard of") is None
    assert collector.finalize_run() == collector.finalize_run(Status.FAILED)


def test_switched_off_it_keeps_the_figures_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COST_TRACKING_ENABLED", "false")
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    collector = MetricsCollector("r", "p", CONFIG, db_path=tmp_path / "c.db")
    with collector.issue("1"), collector.agent("coding"):
        collector.record_token_usage(10, 10)
    collector.finalize_run()
    collector.close()
    assert collector.run_metrics.issues[0].tokens.total_tokens == 20
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_does_not_end_the_pipeline(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "logs").write_text("a file where a directory should be")
    storage = MetricsStorage(tmp_path / "logs")
    with MetricsCollector("r", storage=storage, db_path=tmp_path / "c.db", settings=Settings()) as collector:
        collector.start_issue("1")
    assert "were not written" in caplog.text
    assert collector.run_metrics.status == Status.COMPLETED


def test_enumerations_and_words_of_the_earlier_system_are_understood(collector: MetricsCollector) -> None:
    class Theirs(Enum):
        CODING = "coding"
        FAILED = "failed"
        COMPLETED = "completed"

    collector.start_issue("1")
    collector.start_agent(Theirs.CODING, "1")  # type: ignore[arg-type]
    collector.record_pipeline("1", "c", Theirs.FAILED)  # type: ignore[arg-type]
    issue = collector.finalize_issue("1", Theirs.COMPLETED)  # type: ignore[arg-type]
    assert (issue.agents[0].agent, issue.failed_pipelines, issue.status) == ("coding", 1, Status.COMPLETED)
    assert collector.finalize_run("failed").status == Status.FAILED  # type: ignore[arg-type]


def test_a_second_collector_does_not_inherit_the_place_of_the_first(
    collector: MetricsCollector, tmp_path: Path
) -> None:
    collector.start_issue("of the first")
    with MetricsCollector("run-2", db_path=tmp_path / "calls.db", settings=Settings()) as second:
        second.start_issue("of the second")
        second.record_error("E", "m")
        collector.record_error("F", "m")
    assert [error.type for error in second.run_metrics.issues[0].errors] == ["E"]
    assert [error.type for error in collector.run_metrics.issues[0].errors] == ["F"]
