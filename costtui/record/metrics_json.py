"""The facts of issue pipelines as JSON and back: ISO times, dollars, and the words of such pipelines for a status."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from costtui.errors import PayloadError
from costtui.facts import AgentExecution, DebuggingCycle, ErrorRecord, PipelineRun, Status, ToolCall
from costtui.money import nano, usd
from costtui.record.metrics_facts import IssueMetrics, ModelChoice, RunMetrics
from costtui.window import from_us, to_us

_T = TypeVar("_T")

WORDS = {
    Status.OK: "completed",
    Status.ERROR: "failed",
    Status.RUNNING: "in_progress",
    Status.CANCELLED: "cancelled",
    Status.PARTIAL: "partial",
    Status.INTERRUPTED: "interrupted",
}
_STATUS = {word: status for status, word in WORDS.items()}
_PROPERTIES: dict[type, tuple[str, ...]] = {
    IssueMetrics: ("duration_seconds", "failed_pipelines"),
    RunMetrics: ("duration_seconds",),
}
_PARTS = (AgentExecution, PipelineRun, DebuggingCycle, ToolCall, ErrorRecord)
"""What stands inside of its issue and its run, and does not name them again."""


def to_json(fact: Any) -> Any:
    """Return a fact as plain JSON values; ``_us`` becomes ``_at`` (ISO, UTC), ``_nano`` becomes ``_usd``."""
    if is_dataclass(fact) and not isinstance(fact, type):
        names = [field.name for field in fields(fact)] + list(_PROPERTIES.get(type(fact), ()))
        if isinstance(fact, _PARTS):
            names = [name for name in names if name not in ("run_id", "issue_id")]
        return dict(_member(name, getattr(fact, name)) for name in names)
    if isinstance(fact, Status):
        return WORDS[fact]
    if isinstance(fact, Enum):
        return fact.value
    if isinstance(fact, Mapping):
        return {str(name): to_json(value) for name, value in fact.items()}
    if isinstance(fact, list | tuple):
        return [to_json(value) for value in fact]
    return fact


def status_of(status: Any) -> Status:
    """Return a status from one of ours, a word of issue pipelines, or another enumeration's member."""
    word = word_of(status)
    return _STATUS[word] if word in _STATUS else Status(word)


def word_of(name: Any) -> str:
    """Return the word for an agent or a status, whichever enumeration it comes from; empty for None."""
    return "" if name is None else str(name.value if isinstance(name, Enum) else name)


def issue_from_json(value: Any) -> IssueMetrics:
    """Return the issue that was written. Raises PayloadError for what is none; unknown keys are ignored."""
    return _read(value, IssueMetrics)


def run_from_json(value: Any) -> RunMetrics:
    """Return the run that was written. Raises PayloadError for what is none; unknown keys are ignored."""
    return _read(value, RunMetrics)


def iso(instant_us: int | None) -> str | None:
    """Return an instant as ISO text in UTC."""
    return None if instant_us is None else from_us(instant_us).isoformat()


def dollars(amount_nano: int | None) -> float | None:
    """Return an amount in dollars; its shortest decimal form is exact."""
    return None if amount_nano is None else float(usd(amount_nano))


def _member(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith("_us"):
        return name[:-3] + "_at", iso(value)
    if name.endswith("_nano"):
        return name[:-5] + "_usd", dollars(value)
    return name, to_json(value)


def _read(value: Any, kind: type[_T]) -> _T:
    if not isinstance(value, Mapping):
        raise PayloadError(f"metrics: expected an object for {kind.__name__}, not {type(value).__name__}")
    hints = get_type_hints(kind)
    given: dict[str, Any] = {}
    try:
        for field in fields(kind):  # type: ignore[arg-type]
            name = _member(field.name, None)[0]
            if value.get(name) is not None:
                given[field.name] = _value(value[name], hints[field.name], field.name)
            elif types.NoneType in get_args(hints[field.name]):
                given[field.name] = None
        return kind(**given)
    except (TypeError, ValueError, OverflowError) as error:
        raise PayloadError(f"metrics: cannot read {kind.__name__}: {error}") from None


def _value(value: Any, hint: Any, name: str) -> Any:
    if name.endswith("_us"):
        return to_us(datetime.fromisoformat(value))
    if name.endswith("_nano"):
        return nano(value)
    if name == "llm":
        return _read(value, ModelChoice)
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(part for part in get_args(hint) if part is not types.NoneType)
    if get_origin(hint) is tuple:
        return tuple(_value(item, get_args(hint)[0], "") for item in value)
    if hint is Status:
        return status_of(value)
    if is_dataclass(hint):
        return _read(value, hint)  # type: ignore[arg-type]
    if get_origin(hint) is Mapping and not isinstance(value, Mapping):
        raise ValueError(f"{name} must be an object, not {type(value).__name__}")
    if hint in (int, float, str):
        return hint(value)
    return value
