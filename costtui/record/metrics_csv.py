"""The CSV tables of issue pipelines: their columns, and the rows of a run or an issue."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from costtui.record.metrics_facts import IssueMetrics, RunMetrics
from costtui.record.metrics_json import WORDS, dollars, iso
from costtui.text import csv_cell

COLUMNS: dict[str, tuple[str, ...]] = {
    "runs": (
        "run_id",
        "project_id",
        "status",
        "started_at",
        "ended_at",
        "duration_seconds",
        "llm_provider",
        "llm_model",
        "temperature",
        "max_retries",
        "min_coverage_percent",
        "total_issues",
        "completed_issues",
        "failed_issues",
        "success_rate",
        "first_time_right_rate",
        "mean_complexity",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "pipelines",
        "failed_pipelines",
        "debugging_cycles",
        "errors",
    ),
    "issues": (
        "run_id",
        "issue_id",
        "status",
        "started_at",
        "ended_at",
        "duration_seconds",
        "agent_attempts",
        "failed_attempts",
        "pipelines",
        "failed_pipelines",
        "debugging_cycles",
        "tool_calls",
        "failed_tool_calls",
        "errors",
        "files_created",
        "files_modified",
        "lines_added",
        "lines_deleted",
        "coverage_percent",
        "input_tokens",
        "output_tokens",
        "cost_usd",
        "complexity",
        "first_time_right",
    ),
    "agents": (
        "run_id",
        "issue_id",
        "agent",
        "attempt_number",
        "started_at",
        "ended_at",
        "success",
        "error_message",
        "input_tokens",
        "output_tokens",
        "cost_usd",
    ),
    "pipelines": (
        "run_id",
        "issue_id",
        "pipeline_id",
        "commit_sha",
        "status",
        "triggered_by",
        "retry_attempt",
        "started_at",
        "ended_at",
        "queue_time_seconds",
        "execution_time_seconds",
        "failed_jobs",
        "error_type",
        "error_message",
    ),
    "tool_usage": (
        "run_id",
        "issue_id",
        "tool",
        "calls",
        "failures",
        "success_rate",
        "total_ms",
        "mean_ms",
        "max_ms",
    ),
    "debugging_cycles": (
        "run_id",
        "issue_id",
        "agent",
        "error_type",
        "error_message",
        "started_at",
        "ended_at",
        "attempts",
        "resolved",
        "resolution_method",
    ),
    "errors": ("run_id", "issue_id", "type", "message", "agent", "severity", "at"),
}
"""Table → its columns; ``runs`` and ``issues`` have 24 each."""

Row = dict[str, Any]


def run_rows(run: RunMetrics) -> dict[str, list[Row]]:
    """Return the rows of a run and of all its issues, by table."""
    rows: dict[str, list[Row]] = {name: [] for name in COLUMNS}
    rows["runs"].append(_run(run))
    rows["errors"] += [_error(run.run_id, "", error) for error in run.errors]
    for issue in run.issues:
        for table, found in issue_rows(run.run_id, issue).items():
            rows[table] += found
    return rows


def issue_rows(run_id: str, issue: IssueMetrics) -> dict[str, list[Row]]:
    """Return the rows of one issue, by table."""
    own = {"run_id": run_id, "issue_id": issue.issue_id}
    return {
        "issues": [own | _issue(issue)],
        "agents": [_plain(one) | own | _tokens(one.tokens) for one in issue.agents],
        "pipelines": [
            _plain(one) | own | {"failed_jobs": ";".join(one.failed_jobs)} for one in issue.pipelines
        ],
        "tool_usage": [own | _plain(one) | {"tool": one.name} for one in issue.tools],
        "debugging_cycles": [_plain(one) | own for one in issue.debugging_cycles],
        "errors": [_error(run_id, issue.issue_id, error) for error in issue.errors],
    }


def written(table: str, rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a table as CSV text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS[table], extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(row.get(name)) for name in COLUMNS[table]} for row in rows)
    return out.getvalue()


def merged(table: str, text: str, rows: Sequence[Row], which: Mapping[str, str]) -> str:
    """Return CSV text in which the rows of ``which`` (a run, or an issue of one) are replaced by new ones."""
    wanted = {name: _cell(value) for name, value in which.items()}
    kept = [
        _kept(row)
        for row in csv.DictReader(io.StringIO(text, newline=""))
        if any(row.get(name) != value for name, value in wanted.items())
    ]
    return written(table, [*kept, *rows])


class _AsItIs(str):
    """A cell that was made safe before."""


def _kept(row: Mapping[str, str]) -> Row:
    return {name: _AsItIs(value or "") for name, value in row.items() if name}


def _cell(value: Any) -> Any:
    return value if isinstance(value, _AsItIs) else csv_cell(value)


def _run(run: RunMetrics) -> Row:
    return {
        "run_id": run.run_id,
        "project_id": run.project_id,
        **_span(run),
        "llm_provider": run.config.llm.provider,
        "llm_model": run.config.llm.model,
        "temperature": run.config.llm.temperature,
        "max_retries": run.config.max_retries,
        "min_coverage_percent": run.config.min_coverage_percent,
        "total_issues": run.total_issues,
        "completed_issues": run.completed_issues,
        "failed_issues": run.failed_issues,
        "success_rate": run.success_rate,
        "first_time_right_rate": run.first_time_right_rate,
        "mean_complexity": run.mean_complexity,
        **_tokens(run.tokens),
        "pipelines": sum(len(issue.pipelines) for issue in run.issues),
        "failed_pipelines": sum(issue.failed_pipelines for issue in run.issues),
        "debugging_cycles": sum(len(issue.debugging_cycles) for issue in run.issues),
        "errors": len(run.all_errors),
    }


def _issue(issue: IssueMetrics) -> Row:
    return {
        **_span(issue),
        "agent_attempts": len(issue.agents),
        "failed_attempts": sum(one.success is False for one in issue.agents),
        "pipelines": len(issue.pipelines),
        "failed_pipelines": issue.failed_pipelines,
        "debugging_cycles": len(issue.debugging_cycles),
        "tool_calls": len(issue.tool_calls),
        "failed_tool_calls": sum(call.success is False for call in issue.tool_calls),
        "errors": len(issue.errors),
        **{
            name: getattr(issue.code, name)
            for name in (
                "files_created",
                "files_modified",
                "lines_added",
                "lines_deleted",
                "coverage_percent",
            )
        },
        **_tokens(issue.tokens),
        "complexity": issue.complexity,
        "first_time_right": issue.first_time_right,
    }


def _span(one: RunMetrics | IssueMetrics) -> Row:
    return {
        "status": WORDS[one.status],
        "started_at": iso(one.started_us),
        "ended_at": iso(one.ended_us),
        "duration_seconds": one.duration_seconds,
    }


def _tokens(tokens: Any) -> Row:
    return {
        "input_tokens": tokens.input_tokens,
        "output_tokens": tokens.output_tokens,
        "cost_usd": dollars(tokens.cost_nano),
    }


def _error(run_id: str, issue_id: str, error: Any) -> Row:
    return _plain(error) | {"run_id": run_id, "issue_id": issue_id, "at": iso(error.at_us)}


def _plain(fact: Any) -> Row:
    """Return the members of a fact under the names of their columns."""
    row: Row = {}
    for name in fact.__dataclass_fields__:
        value = getattr(fact, name)
        row[name[:-3] + "_at" if name.endswith("_us") else name] = (
            iso(value) if name.endswith("_us") else value
        )
    return row
