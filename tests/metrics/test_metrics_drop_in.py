"""Programs that were written for the earlier metrics system run as they are, but for their imports."""

import json
from datetime import datetime, timedelta

import pytest

from costtui import (
    AgentType,
    CodeMetrics,
    LLMConfig,
    MetricsAnalyzer,
    MetricsCollector,
    MetricsStorage,
    Status,
    SystemConfig,
)
from costtui.store import open_store


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("COSTTUI_STORE", str(tmp_path / "calls.db"))
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    monkeypatch.chdir(tmp_path)


def test_a_program_of_the_earlier_system_runs_as_written(tmp_path):
    run_id, project_id = "run_001", "project"
    provider, model, temperature = "deepseek", "deepseek-chat", 0.7
    max_retries, min_coverage_percent = 3, 70.0
    start_time = datetime.now()  # noqa: DTZ005 - as those programs say it
    end_time = start_time + timedelta(minutes=5)

    collector = MetricsCollector(
        run_id,
        project_id,
        SystemConfig(
            llm=LLMConfig(provider, model, temperature),
            max_retries=max_retries,
            min_coverage_percent=min_coverage_percent,
        ),
    )
    storage = MetricsStorage(tmp_path / "logs")
    collector.start_issue(1)
    collector.start_agent(AgentType.CODING, 1, attempt_number=1)
    tool = collector.start_tool_call("write_file")
    collector.end_tool_call(tool, success=True, error=None)
    collector.record_token_usage(1000, 500, "deepseek-chat")
    collector.finalize_agent(True, error_message=None, token_usage=None)
    collector.record_pipeline(
        pipeline_id=12345,
        commit_sha="abc123",
        status="failed",
        triggered_by="coding",
        retry_attempt=0,
        start_time=start_time,
        end_time=end_time,
        queue_time_seconds=10.0,
        execution_time_seconds=120.0,
        failed_jobs=["test"],
        error_type="test_failure",
        error_message="1 failed",
    )
    collector.start_debugging_cycle(AgentType.TESTING, "test_failure", "1 failed")
    collector.record_debug_attempt()
    collector.end_debugging_cycle(True, "code_fix")
    collector.record_error("timeout", "slow", agent=None, severity="error")
    collector.finalize_issue(
        1, Status.COMPLETED, CodeMetrics(files_created=2, files_modified=1, lines_added=50)
    )
    issue = collector.get_issue_metrics(1)
    storage.save_issue_metrics(run_id, issue)
    storage.export_issue_to_csv(run_id, issue)
    storage.save_run_metadata(collector.run_metrics)
    collector.finalize_run(Status.COMPLETED)
    storage.save_run_final(collector.run_metrics)
    storage.export_run_to_csv(collector.run_metrics)
    assert storage.cleanup_old_runs() == []
    collector.close()

    report = json.loads((tmp_path / "logs" / "runs" / run_id / "final_report.json").read_text())
    assert (report["success_rate"], report["total_issues"]) == (100.0, 1)
    with open_store(tmp_path / "calls.db") as opened:
        work = opened.reader.work(run_id)
        assert opened.reader.run(run_id).config["llm"]["model"] == model
    (summary,) = work.issues
    assert (summary.issue.issue_id, summary.failed_pipelines, summary.debugging_cycles) == ("1", 1, 1)
    assert (work.tool_calls[0].name, work.errors[0].severity) == ("write_file", "error")

    analyzer = MetricsAnalyzer(tmp_path / "logs")
    for answer in (analyzer.compare_llm_models(), analyzer.compare_configurations(group_by="llm_model")):
        assert {"avg_success_rate", "avg_cost", "avg_duration", "run_count"} <= answer[model].keys()
    assert analyzer.compare_temperatures()
    assert analyzer.analyze_cost_efficiency()["run_count"] == 1
    assert analyzer.analyze_performance_trends()["run_count"] == 1
    best = analyzer.find_best_configuration()["best_run"]
    assert {"run_id", "score", "config", "metrics"} <= best.keys()
    analyzer.generate_comparison_report(output_file=tmp_path / "report.md")
    assert "deepseek" in (tmp_path / "report.md").read_text()


def test_both_kinds_of_configuration_are_one_class():
    calls = LLMConfig(
        agent_type="coding",
        lead_id="l",
        session_id="s",
        user_id="u",
        mode="passthrough",
        provider="p",
        model="m",
    )
    system = LLMConfig(provider="p", model="m", temperature=0.7)
    assert SystemConfig(llm=calls).llm.model == SystemConfig(llm=system).llm.model == "m"
    assert SystemConfig(llm=system).llm.temperature == 0.7


@pytest.mark.parametrize(
    ("expected", "attempts", "right"),
    [(4, 4, True), (4, 0, False), (0, 0, True), (1, 1, True), (1, 2, False), (2, 4, False)],
)
def test_first_time_right_follows_the_number_of_expected_agents(expected, attempts, right):
    with MetricsCollector("r", config=SystemConfig(expected_agents=expected)) as collector:
        collector.start_issue("1")
        for number in range(attempts):
            collector.start_agent(f"agent-{number}", "1")
            collector.finalize_agent(True)
        assert collector.finalize_issue("1").first_time_right is right
        assert collector.run_metrics.first_time_right_rate == 100.0 * right


def test_a_run_without_issues_has_no_rates():
    with MetricsCollector("r") as collector:
        run = collector.finalize_run()
    assert (run.success_rate, run.first_time_right_rate, run.mean_complexity) == (None, None, None)
    assert (run.total_issues, run.completed_issues) == (0, 0)


def test_what_happens_outside_of_any_issue_is_in_the_store_too(tmp_path):
    with MetricsCollector("r") as collector:
        call = collector.start_tool_call("git")
        collector.end_tool_call(call, success=False, error="exit 1")
        collector.start_agent("supervisor")
        collector.finalize_agent(True)
        collector.record_pipeline("9", "abc", "failed")
        collector.record_error("E", "m")
    with open_store(tmp_path / "calls.db") as opened:
        work = opened.reader.work("r")
    assert work.issues == ()
    assert (work.tool_calls[0].success, work.agents[0].success) == (False, True)
    assert (work.pipelines[0].pipeline_id, work.errors[0].type) == ("9", "E")
