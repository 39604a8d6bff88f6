"""What callers say of pipelines and errors, in whichever types they have, as facts."""

from collections.abc import Iterable
from datetime import datetime
from math import isfinite
from typing import Any
from uuid import uuid4

from costtui.facts import ErrorRecord, PipelineRun
from costtui.record.metrics_json import word_of
from costtui.window import to_us

Moment = datetime | str | None
"""A moment as callers give it: naive ones are local time."""


def pipeline_told(
    pipeline_id: str | int,
    *,
    commit_sha: str,
    status: Any,
    triggered_by: str,
    retry_attempt: int,
    times: tuple[Moment, Moment],
    seconds: tuple[float | None, float | None],
    failed_jobs: Iterable[object] | str | None,
    error: tuple[str | None, str | None],
) -> PipelineRun:
    """Return the execution of a CI pipeline: ``times`` of start and end, ``seconds`` in the queue and at work."""
    jobs = (failed_jobs,) if isinstance(failed_jobs, str) and failed_jobs else failed_jobs or ()
    return PipelineRun(
        pipeline_id=str(pipeline_id),
        commit_sha=str(commit_sha or ""),
        status=word_of(status),
        triggered_by=word_of(triggered_by),
        retry_attempt=int(retry_attempt or 0),
        started_us=_instant(times[0]),
        ended_us=_instant(times[1]),
        queue_time_seconds=_seconds(seconds[0]),
        execution_time_seconds=_seconds(seconds[1]),
        failed_jobs=tuple(str(job) for job in jobs),
        error_type=str(error[0] or ""),
        error_message=str(error[1] or ""),
    )


def error_told(type: object, message: object, agent: object, severity: object, now_us: int) -> ErrorRecord:
    """Return an error that happens now."""
    return ErrorRecord(
        word_of(type), str(message), now_us, word_of(agent), word_of(severity), key=uuid4().hex
    )


def _instant(moment: Moment) -> int | None:
    """Return a moment in UTC microseconds; None for what is none."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return None
    return to_us(moment) if isinstance(moment, datetime) else None


def _seconds(value: float | None) -> float | None:
    try:
        found = None if value is None else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found is not None and isfinite(found) else None
