"""Answers about recorded runs of issue pipelines: which configuration, at what cost, getting better or worse."""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from statistics import fmean
from typing import Any

from costtui.analysis.compare import Arm, Comparison, Summary, compare
from costtui.analysis.outcome import Outcome, grouped
from costtui.analysis.scores import Efficiency, Score, efficiency, efficiency_of, rank, rank_runs
from costtui.analysis.trends import trend
from costtui.facts import Status
from costtui.money import NANO_PER_USD
from costtui.record.atomic import write_atomically
from costtui.record.export import MetricsStorage
from costtui.record.metrics_facts import RunMetrics
from costtui.record.metrics_json import dollars
from costtui.record.metrics_ledger import stored_config
from costtui.record.metrics_report import comparison_report

FIELDS = {"llm_model": "llm.model", "llm_provider": "llm.provider", "temperature": "llm.temperature"}
"""Names by which configurations were grouped before, and the fields they are now."""
SHOWN = 5


class MetricsAnalyzer:
    """Compares the runs below a directory of logs; each answer is a dictionary of plain values.

    Costs are dollars (None: not known, never 0), durations seconds, rates 0 to 100.
    """

    def __init__(self, logs_dir: str | PathLike[str] = "logs") -> None:
        self._storage = MetricsStorage(logs_dir)

    def compare_llm_models(self) -> dict[str, dict[str, Any]]:
        """Return the figures of each model."""
        return self.compare_configurations("llm_model")

    def compare_temperatures(self) -> dict[str, dict[str, Any]]:
        """Return the figures of each temperature."""
        return self.compare_configurations("temperature")

    def compare_configurations(self, group_by: str = "llm_model") -> dict[str, dict[str, Any]]:
        """Return the figures of each value of a field of the configuration, with a verdict in words."""
        outcomes = self._outcomes()
        comparison = compare(outcomes, FIELDS.get(group_by, group_by), peeking=False)
        rates = _run_rates(comparison, outcomes)
        return {arm.name: _group(arm, comparison, rates[arm.name]) for arm in comparison.arms}

    def analyze_cost_efficiency(self) -> dict[str, Any]:
        """Return dollars per successful issue: of all, of the most and least efficient five runs, by model."""
        outcomes = self._outcomes()
        known = [run for run in efficiency(outcomes) if run.nano_per_success is not None]
        whole = efficiency_of("all", outcomes)
        return {
            "run_count": len(outcomes),
            "total_cost": dollars(whole.cost_nano),
            "cost_per_successful_issue": _usd(whole.nano_per_success),
            "most_efficient": [_efficiency(run) for run in known[:SHOWN]],
            "least_efficient": [_efficiency(run) for run in known[::-1][:SHOWN]],
            "by_model": {item.name: _efficiency(item) for item in efficiency(outcomes, "llm.model")},
            "unpriced_calls": whole.unpriced,
        }

    def analyze_performance_trends(self) -> dict[str, Any]:
        """Return whether the success rate of the runs, oldest first, improves or degrades, and how sure that is."""
        rates = [
            100 * outcome.succeeded / outcome.attempted for outcome in self._outcomes() if outcome.attempted
        ]
        found = trend(rates)
        return {
            "trend": str(found.direction),
            "change_percent": found.change_percent,
            "p_value": found.p_value,
            "moving_average": list(found.averages),
            "run_count": found.count,
        }

    def find_best_configuration(self) -> dict[str, Any]:
        """Return the best configuration, the five best, the worst and the mean score; and the best single run."""
        runs = {run.run_id: run for run in self._storage.load_runs()}
        outcomes = [outcome_of(run) for run in runs.values()]
        ranking = rank(outcomes)
        best_run = next(iter(rank_runs(outcomes).best), None)
        return {
            "best_run": best_run and _best_run(best_run, runs[best_run.name]),
            "best_configuration": _score(ranking.best[0]) if ranking.best else None,
            "top_configurations": [_score(score) for score in ranking.best],
            "worst_configuration": _score(ranking.worst) if ranking.worst else None,
            "avg_score": ranking.mean,
            "configurations": len(ranking.scores),
            "run_count": len(runs),
        }

    def generate_comparison_report(self, output_file: str | PathLike[str] | None = None) -> str:
        """Return all of it as Markdown, and write it where a file is named. Raises OSError."""
        text = comparison_report(
            models=self.compare_llm_models(),
            temperatures=self.compare_temperatures(),
            costs=self.analyze_cost_efficiency(),
            trends=self.analyze_performance_trends(),
            best=self.find_best_configuration(),
        )
        if output_file is not None:
            write_atomically(Path(output_file), text)
        return text

    def _outcomes(self) -> list[Outcome]:
        return [outcome_of(run) for run in self._storage.load_runs()]


def outcome_of(run: RunMetrics) -> Outcome:
    """Return what came of a run; while it lasts, only issues that have ended count."""
    ended = run.status != Status.RUNNING
    decided = len(run.issues) if ended else sum(issue.status != Status.RUNNING for issue in run.issues)
    return Outcome(
        id=run.run_id,
        unit=run.run_id,
        started_us=run.started_us,
        cost_nano=run.tokens.cost_nano,
        duration_ms=None if run.duration_seconds is None else run.duration_seconds * 1000,
        attempted=decided,
        succeeded=run.completed_issues,
        errors=len(run.all_errors),
        debugging_cycles=sum(len(issue.debugging_cycles) for issue in run.issues),
        unpriced=run.tokens.unpriced,
        config=stored_config(run.config),
    )


def _run_rates(comparison: Comparison, outcomes: Sequence[Outcome]) -> dict[str, list[float]]:
    return {
        name: [100 * run.succeeded / run.attempted for run in runs if run.attempted]
        for name, runs in grouped(outcomes, comparison.by).items()
    }


def _group(arm: Arm, comparison: Comparison, rates: Sequence[float]) -> dict[str, Any]:
    verdicts = {
        contrast.quantity: contrast.verdict.text
        for contrast in comparison.contrasts
        if contrast.arm == arm.name
    }
    return {
        "run_count": arm.count,
        "avg_success_rate": fmean(rates) if rates else None,
        "success_rate": None if arm.success.share is None else 100 * arm.success.share,
        "success_rate_interval": [100 * arm.success.low, 100 * arm.success.high],
        **_summary("cost", arm.cost, 1 / NANO_PER_USD),
        **_summary("duration", arm.duration, 1 / 1000),
        "total_cost": dollars(arm.total_nano) if arm.cost else None,
        "errors": arm.errors,
        "debugging_cycles": arm.debugging_cycles,
        "unpriced_calls": arm.unpriced,
        "baseline": arm.name == comparison.baseline,
        "verdicts": verdicts,
    }


def _summary(name: str, summary: Summary | None, scale: float) -> dict[str, Any]:
    if summary is None:
        keys = ("avg", "median", "std", "min", "max", "p95")
        return {**{f"{key}_{name}": None for key in keys}, f"{name}_interval": None}
    finite = abs(summary.low) < float("inf")
    return {
        f"avg_{name}": summary.mean * scale,
        f"median_{name}": summary.median * scale,
        f"std_{name}": summary.deviation * scale,
        f"min_{name}": summary.minimum * scale,
        f"max_{name}": summary.maximum * scale,
        f"p95_{name}": summary.p95 * scale,
        f"{name}_interval": [summary.low * scale, summary.high * scale] if finite else None,
    }


def _efficiency(item: Efficiency) -> dict[str, Any]:
    return {
        "name": item.name,
        "cost_per_successful_issue": _usd(item.nano_per_success),
        "total_cost": dollars(item.cost_nano),
        "successful_issues": item.successes,
        "unpriced_calls": item.unpriced,
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "name": score.name,
        "config": dict(score.config),
        "score": score.score,
        "run_count": score.runs,
        "issues": score.issues,
        "success_rate": None if score.success.share is None else 100 * score.success.share,
        "cost_per_issue": _usd(score.nano_per_issue),
        "seconds_per_issue": score.seconds_per_issue,
    }


def _best_run(score: Score, run: RunMetrics) -> dict[str, Any]:
    metrics = {
        "success_rate": run.success_rate,
        "total_issues": run.total_issues,
        "total_cost": dollars(run.tokens.cost_nano),
        "duration": run.duration_seconds,
        "first_time_right_rate": run.first_time_right_rate,
    }
    return {"run_id": run.run_id, "score": score.score, "config": dict(score.config), "metrics": metrics}


def _usd(amount_nano: float | None) -> float | None:
    return None if amount_nano is None else amount_nano / NANO_PER_USD
