"""JSON files of runs over issues, as facts, with the file and the line where they cannot be read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from costtui.errors import PayloadError
from costtui.record.metrics_facts import IssueMetrics, RunMetrics
from costtui.record.metrics_json import issue_from_json, run_from_json

_T = TypeVar("_T")
_MOST_BYTES = 64 * 1024 * 1024
_NAMES = {
    "start_time": "started_at",
    "end_time": "ended_at",
    "timestamp": "at",
    "agent_type": "agent",
    "tool_name": "name",
    "token_usage": "tokens",
    "code_metrics": "code",
    "error_type": "type",
}
"""Names of others for what is there under no name of ours."""


def read_run(path: Path) -> RunMetrics:
    """Return a run. Raises PayloadError, OSError."""
    return _told(path, lambda value: run_from_json(_without_stubs(_named(value))))


def read_issue(path: Path) -> IssueMetrics:
    """Return an issue. Raises PayloadError, OSError."""
    return _told(path, lambda value: issue_from_json(_named(value)))


def _told(path: Path, made: Callable[[Any], _T]) -> _T:
    try:
        return made(_loaded(path))
    except PayloadError as error:
        raise PayloadError(f"{path}: {error}") from None
    except RecursionError:
        raise PayloadError(f"{path}: is nested too deeply") from None


def _loaded(path: Path) -> Any:
    if path.stat().st_size > _MOST_BYTES:
        raise PayloadError(f"is larger than {_MOST_BYTES // 2**20} MB")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise PayloadError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except ValueError as error:
        raise PayloadError(f"is no text in UTF-8: {error}") from None


def _without_stubs(run: Any) -> Any:
    """Return a run without issues of which it only says that they are there: they have files of their own."""
    issues = run.get("issues") if isinstance(run, dict) else None
    if not isinstance(issues, list):
        return run
    whole = [issue for issue in issues if not isinstance(issue, dict) or "started_at" in issue]
    return {**run, "issues": whole}


def _named(value: Any) -> Any:
    """Return JSON with the names that we use."""
    if isinstance(value, list):
        return [_named(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {name: _named(inner) for name, inner in value.items()}
    for theirs, ours in _NAMES.items():
        if theirs in found and ours not in found:
            found[ours] = found[theirs]
    return found
