"""Stored facts as plain records, for files that other programs read."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from costtui.facts import Call, Quality, Run, Step
from costtui.filter import Filter
from costtui.money import usd
from costtui.reading import CallQuery, Reader
from costtui.window import Span, from_us

PAGE = 1_000
"""Calls that are held in memory at a time."""
_MOST = 1_000_000


def call_records(reader: Reader, span: Span | None, where: Filter) -> Iterator[dict[str, Any]]:
    """Return calls as records, newest first, a page at a time. Raises StoreError."""
    before: int | None = None
    while calls := reader.calls(CallQuery(span=span, where=where, limit=PAGE, before_id=before)):
        yield from map(call_record, calls)
        before = calls[-1].id
        if len(calls) < PAGE:
            return


def run_records(reader: Reader, span: Span | None, _where: Filter) -> Iterator[dict[str, Any]]:
    """Return runs as records, newest first. Raises StoreError."""
    yield from map(run_record, reader.runs(span, _MOST))


def step_records(reader: Reader, span: Span | None, _where: Filter) -> Iterator[dict[str, Any]]:
    """Return the steps of all runs as records. Raises StoreError."""
    for run in reader.runs(span, _MOST):
        yield from map(step_record, reader.steps(run.run_id))


def quality_records(reader: Reader, span: Span | None, _where: Filter) -> Iterator[dict[str, Any]]:
    """Return quality records, newest first. Raises StoreError."""
    yield from map(quality_record, reader.quality(span, _MOST))


RECORDS: dict[str, Callable[[Reader, Span | None, Filter], Iterator[dict[str, Any]]]] = {
    "calls": call_records,
    "runs": run_records,
    "steps": step_records,
    "quality": quality_records,
}
"""What can be exported."""


def call_record(call: Call) -> dict[str, Any]:
    """Return a call as plain values; texts are left out."""
    usage = call.usage
    return {
        "id": call.id,
        "key": call.key,
        "started_at": _iso(call.started_us),
        "run_id": call.run_id,
        "node": call.node,
        "subsystem": call.subsystem,
        "mode": str(call.mode),
        "provider": call.provider,
        "model": call.model,
        "model_asked": call.model_asked,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "usage": str(usage.state),
        "cost_usd": _usd(call.cost.nano),
        "cost_source": str(call.cost.source),
        "price_ref": call.cost.price_ref,
        "saved_usd": _usd(call.saved_nano),
        "latency_ms": call.latency_ms,
        "ttft_ms": call.ttft_ms,
        "status": str(call.status),
        "error": call.error,
        "operation": call.operation,
        "attempt": call.attempt,
        "cache_hit": call.cache_hit,
        "service_tier": call.service_tier,
        "complexity": call.complexity,
        "decision": call.decision,
        "quality": call.quality,
        "feedback_count": call.feedback_count,
        "lead_id": call.lead_id,
        "session_id": call.session_id,
        "user_id": call.user_id,
        "context_id": call.context_id,
        "config_key": call.config_key,
        "variation_key": call.variation_key,
        "config_version": call.config_version,
        "tags": dict(call.tags),
    }


def run_record(run: Run) -> dict[str, Any]:
    """Return a run as plain values."""
    return {
        "run_id": run.run_id,
        "started_at": _iso(run.started_us),
        "ended_at": _iso(run.ended_us),
        "subsystem": run.subsystem,
        "status": str(run.status),
        "error": run.error,
        "source_method": str(run.source_method),
        "calls": run.calls,
        "errors": run.errors,
        "cost_usd": _usd(run.cost_nano),
        "unpriced_calls": run.unpriced,
        "estimated_calls": run.estimated,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "budget_usd": _usd(run.budget_nano),
        "quality": run.quality,
        "quality_passed": run.quality_passed,
        "host": run.host,
        "config": dict(run.config),
    }


def step_record(step: Step) -> dict[str, Any]:
    """Return a step as plain values."""
    return {
        "run_id": step.run_id,
        "node": step.node,
        "started_at": _iso(step.started_us),
        "ended_at": _iso(step.ended_us),
        "status": str(step.status),
        "calls": step.calls,
        "cost_usd": _usd(step.cost_nano),
        "unpriced_calls": step.unpriced,
        "detail": step.detail,
        "error": step.error,
    }


def quality_record(quality: Quality) -> dict[str, Any]:
    """Return a quality record as plain values."""
    record = {name: getattr(quality, name) for name in Quality.__dataclass_fields__}
    return {"recorded_at": _iso(record.pop("recorded_us")), **record}


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record for a table: what is nested becomes JSON text."""
    return {name: _json(value) if isinstance(value, dict) else value for name, value in record.items()}


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str) if value else ""


def _iso(instant_us: int | None) -> str | None:
    return None if instant_us is None else from_us(instant_us).isoformat()


def _usd(amount_nano: int | None) -> float | None:
    return None if amount_nano is None else float(usd(amount_nano))
