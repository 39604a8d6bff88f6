"""Records how good the results of runs were, and says how that developed."""

import math
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from statistics import fmean
from time import time_ns
from typing import Any

from costtui.facts import Quality
from costtui.record.recorder import Recorder
from costtui.settings import Settings
from costtui.window import DAY_US, Span

SCORES = ("overall_score", "completeness", "clarity", "testability", "traceability")
"""The five scores of a run, each 0 to 1."""

_READ = 1_000_000


class QualityTracker:
    """Records the quality of runs into a store. With ``COST_TRACKING_ENABLED=false`` it writes nothing."""

    def __init__(
        self, db_path: str | PathLike[str] | None = None, *, settings: Settings | None = None
    ) -> None:
        """Open the store for recording (default: the one of the settings). Raises SettingsError, StoreError."""
        self.recorder = Recorder(db_path, settings=settings)

    def record_quality(
        self,
        run_id: str,
        subsystem: str,
        quality_metrics: object,
        validation_passed: bool,
        iteration_count: int = 0,
        requirements_count: int = 0,
    ) -> Quality:
        """Record the quality of a run; ``quality_metrics`` is an object or a mapping with the five scores.

        Recorded again for a run, the newest record is the one that counts. Raises ValueError for a score that is not 0 to 1.
        """
        quality = Quality(
            run_id=run_id,
            recorded_us=time_ns() // 1000,
            subsystem=subsystem,
            **{name: _score(quality_metrics, name) for name in SCORES},
            validation_passed=bool(validation_passed),
            iteration_count=iteration_count,
            requirements_count=requirements_count,
        )
        self.recorder.write(quality)
        return quality

    def get_recent_runs(self, limit: int = 10) -> list[Quality]:
        """Return the newest records, newest first. Raises StoreError."""
        return self._read(None)[:limit]

    def get_quality_trends(self, days: int = 30) -> dict[str, Any]:
        """Return means, minima and maxima of the scores, pass rate and mean iterations of the last days.

        Keys: ``total_runs``, ``avg_``, ``min_`` and ``max_`` before the name of each score, ``pass_rate`` (0 to 1),
        ``avg_iterations``, ``avg_requirements``; without any run the figures are None. Raises StoreError.
        """
        return _trends(self._read(days))

    def get_subsystem_comparison(self, days: int | None = None) -> dict[str, dict[str, Any]]:
        """Return the same figures for each subsystem, best overall score first. Raises StoreError."""
        groups: dict[str, list[Quality]] = {}
        for quality in self._read(days):
            groups.setdefault(quality.subsystem, []).append(quality)
        compared = {name: _trends(group) for name, group in groups.items()}
        return dict(sorted(compared.items(), key=lambda item: item[1]["avg_overall_score"], reverse=True))

    def close(self) -> None:
        """Write what waits and release the store."""
        self.recorder.close()

    def _read(self, days: int | None) -> list[Quality]:
        now_us = time_ns() // 1000
        span = None if days is None else Span((now_us - days * DAY_US, now_us + DAY_US))
        newest: dict[str, Quality] = {}
        with self.recorder.reading() as reader:
            for quality in reader.quality(span, _READ) if reader else ():
                newest.setdefault(quality.run_id, quality)
        return list(newest.values())


def _trends(records: Sequence[Quality]) -> dict[str, Any]:
    trends: dict[str, Any] = {"total_runs": len(records)}
    for name in SCORES:
        values = [getattr(record, name) for record in records]
        for prefix, summary in (("avg", fmean), ("min", min), ("max", max)):
            trends[f"{prefix}_{name}"] = _over(values, summary)
    trends["pass_rate"] = _over([record.validation_passed for record in records], fmean)
    trends["avg_iterations"] = _over([record.iteration_count for record in records], fmean)
    trends["avg_requirements"] = _over([record.requirements_count for record in records], fmean)
    return trends


def _over(values: Sequence[float], summary: Callable[[Sequence[float]], float]) -> float | None:
    return summary(values) if values else None


def _score(metrics: object, name: str) -> float:
    value = metrics.get(name) if isinstance(metrics, Mapping) else getattr(metrics, name, None)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not 0 <= value <= 1
    ):
        raise ValueError(f"quality_metrics: {name} must be a number from 0 to 1, not {value!r}")
    return float(value)
