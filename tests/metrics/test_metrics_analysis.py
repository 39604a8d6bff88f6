from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from costtui.facts import Status, TokenUsage
from costtui.record.export import MetricsStorage
from costtui.record.metrics_analysis import MetricsAnalyzer
from costtui.record.metrics_compute import computed_run
from costtui.record.metrics_facts import IssueMetrics, ModelChoice, RunMetrics, SystemConfig

MINUTE = 60_000_000


def save(
    folder: Path, name: str, model: str, done: int, failed: int, usd: float | None, start: int = 0
) -> None:
    issues = [
        IssueMetrics(str(number), start, Status.COMPLETED, start + 1) for number in range(done + failed)
    ]
    issues = [replace(i, status=Status.FAILED) if n >= done else i for n, i in enumerate(issues)]
    tokens = TokenUsage(10, 5, None if usd is None else round(usd * 1e9), int(usd is None))
    config = SystemConfig(ModelChoice("p", model, 0.2 if model == "small" else 0.7), 3)
    run = RunMetrics(name, "p", start, config, Status.COMPLETED, start + MINUTE, tuple(issues), tokens=tokens)
    MetricsStorage(folder).save_run_final(computed_run(run))


@pytest.fixture
def analyzer(tmp_path: Path) -> MetricsAnalyzer:
    random = Random(2)
    for number in range(30):
        save(tmp_path, f"b{number}", "big", 9, 1, random.uniform(1.9, 2.1), number)
        save(tmp_path, f"s{number}", "small", 8, 2, random.uniform(0.9, 1.1), 100 + number)
    save(tmp_path, "u", "unknown", 1, 1, None, 500)
    return MetricsAnalyzer(tmp_path)


def test_models_are_compared_with_a_verdict(analyzer: MetricsAnalyzer) -> None:
    found = analyzer.compare_llm_models()
    assert list(found) == ["big", "small", "unknown"]
    big, small = found["big"], found["small"]
    assert (big["run_count"], big["avg_success_rate"], big["avg_duration"]) == (30, 90.0, 60.0)
    assert big["avg_cost"] == pytest.approx(2, rel=0.02)
    assert big["baseline"]
    assert "% cheaper" in small["verdicts"]["cost"]
    assert found["unknown"]["avg_cost"] is None
    assert found["unknown"]["unpriced_calls"] == 1


def test_temperatures_and_any_other_field_are_compared(analyzer: MetricsAnalyzer) -> None:
    assert list(analyzer.compare_temperatures()) == ["0.7", "0.2"]
    assert list(analyzer.compare_configurations("max_retries")) == ["3"]


def test_cost_efficiency_is_dollars_per_successful_issue(analyzer: MetricsAnalyzer) -> None:
    found = analyzer.analyze_cost_efficiency()
    assert len(found["most_efficient"]) == len(found["least_efficient"]) == 5
    assert found["most_efficient"][0]["name"].startswith("s")
    assert found["least_efficient"][0]["name"].startswith("b")
    assert found["by_model"]["small"]["cost_per_successful_issue"] == pytest.approx(1 / 8, rel=0.02)
    assert found["by_model"]["unknown"]["cost_per_successful_issue"] is None
    assert found["cost_per_successful_issue"] == pytest.approx(90 / 510, rel=0.02)


def test_the_trend_of_the_success_rate_is_told(analyzer: MetricsAnalyzer) -> None:
    found = analyzer.analyze_performance_trends()
    assert (found["trend"], found["run_count"]) == ("degrading", 61)
    assert len(found["moving_average"]) == 57


def test_the_best_configuration_has_the_runs_behind_it(analyzer: MetricsAnalyzer) -> None:
    found = analyzer.find_best_configuration()
    assert found["best_run"].keys() == {"run_id", "score", "config", "metrics"}
    top = found["top_configurations"]
    assert (top[0]["config"]["llm"]["model"], top[0]["run_count"]) == ("big", 30)
    assert top[0]["score"] == pytest.approx(0.6 * 90 + 0.2 * 80 + 0.2 * 99, rel=0.01)
    assert found["worst_configuration"]["config"]["llm"]["model"] == "small"
    assert found["configurations"] == 3


def test_the_report_is_returned_and_written(analyzer: MetricsAnalyzer, tmp_path: Path) -> None:
    text = analyzer.generate_comparison_report(tmp_path / "out" / "report.md")
    assert (tmp_path / "out" / "report.md").read_text() == text
    assert "| small | 30 | 80 % | $1.01 | 1 m 00 s |" in text
    assert "| unknown | – | 1 | – | 1 |" in text
    assert "Success rate: degrading" in text


def test_no_runs_are_no_answers_and_no_crash(tmp_path: Path) -> None:
    analyzer = MetricsAnalyzer(tmp_path / "nothing")
    assert analyzer.compare_llm_models() == {}
    assert analyzer.find_best_configuration()["best_run"] is None
    assert analyzer.analyze_performance_trends()["trend"] == "insufficient data"
    assert "0 runs" in analyzer.generate_comparison_report()
