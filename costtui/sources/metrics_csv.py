"""CSV tables of runs over issues, as facts: what is left of runs whose JSON files were cleaned up."""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from costtui.facts import (
    AgentExecution,
    CodeMetrics,
    DebuggingCycle,
    ErrorRecord,
    PipelineRun,
    TokenUsage,
)
from costtui.money import nano
from costtui.record.metrics_compute import computed_issue, computed_run
from costtui.record.metrics_facts import IssueMetrics, ModelChoice, RunMetrics, SystemConfig
from costtui.record.metrics_json import status_of
from costtui.sources.rows import number, truth, whole
from costtui.text import from_csv_cell
from costtui.window import to_us

_MOST_CELL = 1_000_000
_MOST_LINE = 16_000_000
"""Characters that are held at once: a file without line breaks fits into no memory."""

Row = dict[str, str]


@dataclass
class Tables:
    """What the tables of a directory hold, by run."""

    runs: dict[str, RunMetrics] = field(default_factory=dict)
    problems: dict[Path, str] = field(default_factory=dict)
    """Files with rows that cannot be read, and why the first of them cannot."""


def csv_files(path: Path) -> dict[str, Path]:
    """Return the tables of a directory (or its ``csv`` directory) by name; empty without ``runs.csv``."""
    for folder in (path / "csv", path):
        names = ("runs", "issues", "agents", "pipelines", "debugging_cycles", "errors")
        found = {name: file for name in names if (file := folder / f"{name}.csv").is_file()}
        if "runs" in found:
            return found
    return {}


def read_tables(files: dict[str, Path]) -> Tables:
    """Return the runs of tables; a row that cannot be read hides no other. Raises OSError."""
    tables = Tables()
    parts: dict[tuple[str, str], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for table, made in _MADE.items():
        for row, fact in _facts(tables, files.get(table), made):
            parts[_cell(row, "run_id"), _cell(row, "issue_id")][table].append(fact)
    issues: dict[str, list[IssueMetrics]] = defaultdict(list)
    for row, issue in _facts(tables, files.get("issues"), _issue):
        run_id = _cell(row, "run_id")
        own = parts.get((run_id, issue.issue_id), {})
        issues[run_id].append(
            computed_issue(
                IssueMetrics(
                    issue.issue_id,
                    issue.started_us,
                    issue.status,
                    issue.ended_us,
                    agents=tuple(own.get("agents", ())),
                    pipelines=tuple(own.get("pipelines", ())),
                    debugging_cycles=tuple(own.get("debugging_cycles", ())),
                    code=issue.code,
                    errors=tuple(own.get("errors", ())),
                    tokens=issue.tokens,
                )
            )
        )
    for _, run in _facts(tables, files.get("runs"), _run):
        errors = tuple(parts.get((run.run_id, ""), {}).get("errors", ()))
        whole_run = RunMetrics(
            run.run_id,
            run.project_id,
            run.started_us,
            run.config,
            run.status,
            run.ended_us,
            issues=tuple(issues.get(run.run_id, ())),
            errors=errors,
            tokens=run.tokens,
        )
        tables.runs[run.run_id] = computed_run(whole_run)
    return tables


def _facts(tables: Tables, path: Path | None, made: Callable[[Row], Any]) -> Iterator[tuple[Row, Any]]:
    if path is None:
        return
    csv.field_size_limit(_MOST_CELL)
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        lines = iter(lambda: file.readline(_MOST_LINE), "")
        reader = csv.DictReader(line.replace("\0", "") for line in lines)
        while True:
            try:
                row = next(reader, None)
                if row is None:
                    return
                yield row, made(row)
            except (csv.Error, KeyError, TypeError, ValueError, OverflowError) as error:
                tables.problems.setdefault(path, f"{path}: line {reader.line_num}: {_words(error)}")


def _words(error: Exception) -> str:
    return f"has no {error}" if isinstance(error, KeyError) else str(error)


def _cell(row: Row, name: str) -> str:
    return from_csv_cell(row.get(name) or "")


def _needed(row: Row, name: str) -> str:
    if not (value := _cell(row, name)):
        raise KeyError(name)
    return value


def _at(row: Row, name: str) -> int | None:
    return to_us(datetime.fromisoformat(value)) if (value := _cell(row, name)) else None


def _began(row: Row, name: str) -> int:
    return to_us(datetime.fromisoformat(_needed(row, name)))


def _yes(row: Row, name: str) -> bool | None:
    return truth(value) if (value := _cell(row, name)) else None


def _tokens(row: Row) -> TokenUsage:
    cost = number(_cell(row, "cost_usd") or None)
    tokens = whole(_cell(row, "input_tokens")) or 0, whole(_cell(row, "output_tokens")) or 0
    return TokenUsage(*tokens, None if cost is None else nano(cost), int(cost is None and any(tokens)))


def _run(row: Row) -> RunMetrics:
    choice = ModelChoice(
        _cell(row, "llm_provider"), _cell(row, "llm_model"), number(_cell(row, "temperature"))
    )
    config = SystemConfig(
        choice, whole(_cell(row, "max_retries")), number(_cell(row, "min_coverage_percent"))
    )
    return RunMetrics(
        _needed(row, "run_id"),
        _cell(row, "project_id"),
        _began(row, "started_at"),
        config,
        status_of(_cell(row, "status") or "completed"),
        _at(row, "ended_at"),
        tokens=_tokens(row),
    )


def _issue(row: Row) -> IssueMetrics:
    names = ("files_created", "files_modified", "lines_added", "lines_deleted")
    counts = {name: whole(_cell(row, name)) or 0 for name in names}
    return IssueMetrics(
        _needed(row, "issue_id"),
        _began(row, "started_at"),
        status_of(_cell(row, "status") or "completed"),
        _at(row, "ended_at"),
        code=CodeMetrics(**counts, coverage_percent=number(_cell(row, "coverage_percent") or None)),
        tokens=_tokens(row),
    )


def _agent(row: Row) -> AgentExecution:
    return AgentExecution(
        _needed(row, "agent"),
        whole(_cell(row, "attempt_number")) or 1,
        _began(row, "started_at"),
        _at(row, "ended_at"),
        _yes(row, "success"),
        _cell(row, "error_message"),
        _tokens(row),
    )


def _pipeline(row: Row) -> PipelineRun:
    return PipelineRun(
        _needed(row, "pipeline_id"),
        _cell(row, "commit_sha"),
        _cell(row, "status"),
        _cell(row, "triggered_by"),
        whole(_cell(row, "retry_attempt")) or 0,
        _at(row, "started_at"),
        _at(row, "ended_at"),
        number(_cell(row, "queue_time_seconds") or None),
        number(_cell(row, "execution_time_seconds") or None),
        tuple(filter(None, _cell(row, "failed_jobs").split(";"))),
        _cell(row, "error_type"),
        _cell(row, "error_message"),
    )


def _cycle(row: Row) -> DebuggingCycle:
    return DebuggingCycle(
        _cell(row, "agent"),
        _cell(row, "error_type"),
        _cell(row, "error_message"),
        _began(row, "started_at"),
        _at(row, "ended_at"),
        whole(_cell(row, "attempts")) or 0,
        _yes(row, "resolved"),
        _cell(row, "resolution_method"),
    )


def _error(row: Row) -> ErrorRecord:
    severity = _cell(row, "severity") or "error"
    return ErrorRecord(
        _cell(row, "type"), _cell(row, "message"), _began(row, "at"), _cell(row, "agent"), severity
    )


_MADE: dict[str, Callable[[Row], Any]] = {
    "agents": _agent,
    "pipelines": _pipeline,
    "debugging_cycles": _cycle,
    "errors": _error,
}
