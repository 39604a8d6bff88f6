"""``quality.db`` / ``quality_history.db``: scores of each run."""

import sqlite3
from collections.abc import Iterator

from costtui.facts import Quality, Run, Status
from costtui.sources.foreign import columns
from costtui.sources.rows import Row, Table, number, select, text, truth, whole

_SCORES = ("overall_score", "completeness", "clarity", "testability", "traceability")
_COLUMNS = (
    "run_id",
    "timestamp",
    "subsystem",
    *_SCORES,
    "validation_passed",
    "iteration_count",
    "requirements_count",
)


def tables(connection: sqlite3.Connection, *, with_runs: bool) -> list[Table]:
    """Return how the table is read; ``with_runs`` where no other store tells of the runs."""
    have = columns(connection, "quality_runs")
    sql = select("quality_runs", have, _COLUMNS)
    return [Table("quality_runs", sql, 2, _with_run if with_runs else _quality, key=(1, -1))]


def _quality(row: Row) -> Iterator[Quality]:
    _, run_id, _, subsystem, *scores, passed, iterations, requirements, at_us = row
    yield Quality(
        run_id=text(run_id),
        recorded_us=at_us,
        subsystem=text(subsystem),
        **{name: number(score) or 0.0 for name, score in zip(_SCORES, scores, strict=True)},
        validation_passed=truth(passed),
        iteration_count=whole(iterations) or 0,
        requirements_count=whole(requirements) or 0,
    )


def _with_run(row: Row) -> Iterator[Run | Quality]:
    for quality in _quality(row):
        at_us = quality.recorded_us
        yield Run(quality.run_id, at_us, quality.subsystem, Status.OK, at_us)
        yield quality
