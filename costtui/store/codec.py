"""Facts as lines of JSON, and back: what a spool file holds."""

import json
from dataclasses import fields, is_dataclass
from typing import Any

from costtui import facts
from costtui.facts import Cost, CostLine, Usage

_KINDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        facts.Call,
        facts.Run,
        facts.Step,
        facts.Quality,
        facts.Context,
        facts.Exposure,
        facts.MetricEvent,
        facts.Budget,
        facts.Alert,
        facts.Settlement,
        facts.Issue,
        facts.AgentExecution,
        facts.PipelineRun,
        facts.DebuggingCycle,
        facts.ToolCall,
        facts.ErrorRecord,
    )
}
_ENUMS: dict[str, dict[str, Any]] = {
    "Call": {"mode": facts.Mode, "status": facts.Status},
    "Run": {"status": facts.Status},
    "Step": {"status": facts.Status},
    "Alert": {"severity": facts.Severity},
    "Issue": {"status": facts.Status},
    "Budget": {"period": facts.Period, "unknown_price": facts.UnknownPrice},
}
_PARTS: dict[str, dict[str, Any]] = {
    "Issue": {"code": lambda values: facts.CodeMetrics(**values)},
    "AgentExecution": {"tokens": lambda values: facts.TokenUsage(**values)},
    "PipelineRun": {"failed_jobs": tuple},
    "Exposure": {"redacted": tuple},
    "MetricEvent": {"redacted": tuple},
}
"""Members that JSON has no type for, and what makes them of its values."""


def to_line(fact: Any) -> str:
    """Return a fact as one line of JSON. Raises TypeError or ValueError for what is no fact."""
    if type(fact).__name__ not in _KINDS:
        raise TypeError(f"not a fact: {type(fact).__name__}")
    return json.dumps({"fact": type(fact).__name__, **_plain(fact)}, separators=(",", ":"), default=str)


def from_line(line: str | bytes) -> Any:
    """Return the fact of a line. Raises ValueError for anything else."""
    try:
        values = json.loads(line)
        kind = values.pop("fact")
        if kind == "Call":
            values["usage"], values["cost"] = _usage(values["usage"]), _cost(values["cost"])
        for name, enum in _ENUMS.get(kind, {}).items():
            values[name] = enum(values[name])
        for name, made in _PARTS.get(kind, {}).items():
            if name in values:
                values[name] = made(values[name])
        return _KINDS[kind](**values)
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a fact: {error}") from None


def _plain(value: Any) -> dict[str, Any]:
    return {
        item.name: _plain(inner)
        if is_dataclass(inner := getattr(value, item.name))
        else [line._asdict() if isinstance(line, CostLine) else line for line in inner]
        if isinstance(inner, tuple)
        else inner
        for item in fields(value)
    }


def _usage(values: dict[str, Any]) -> Usage:
    return Usage(
        **{**values, "state": facts.UsageState(values["state"]), "problems": tuple(values["problems"])}
    )


def _cost(values: dict[str, Any]) -> Cost:
    lines = tuple(CostLine(**line) for line in values["lines"])
    return Cost(**{**values, "source": facts.CostSource(values["source"]), "lines": lines})
