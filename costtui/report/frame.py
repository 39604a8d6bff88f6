"""What every report starts from: a reader, a stretch of calendar days, and the clock."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from costtui.facts import Budget, Run
from costtui.reading import Reader
from costtui.report.document import Block, Document
from costtui.view.clock import zone_name
from costtui.view.snapshot import Sources
from costtui.window import DAY_US, Span, days, from_us

if TYPE_CHECKING:
    from costtui.attribution.experiment.plan import Plan
    from costtui.attribution.verdicts import Metric

MOST_RUNS = 10_000
"""Newest runs that are read one by one; everything else comes from totals."""


def last_days(count: int, now_us: int, zone: tzinfo) -> Span:
    """Return the last calendar days of a zone, today's included, one bucket each."""
    edges = days(now_us - count * DAY_US, now_us + 1, zone)
    return Span(edges[-count - 1 :])


def by_days(span: Span, zone: tzinfo) -> Span:
    """Return a span of more than two days in calendar days, which widens it to whole ones; a shorter one as it is."""
    if span.end_us - span.start_us <= 2 * DAY_US:
        return span
    return Span(days(span.start_us, span.end_us, zone))


def read(
    reader: Reader,
    span: Span,
    now_us: int,
    zone: tzinfo,
    budgets: Sequence[Budget] = (),
    experiments: "Sequence[Plan]" = (),
    metrics: "Sequence[Metric]" = (),
) -> Sources:
    """Return what the figures of a span are made of. Raises StoreError."""
    runs: Sequence[Run] = reader.runs(span, MOST_RUNS)
    totals = reader.totals(span)
    info = reader.info()
    return Sources(
        totals,
        reader,
        span,
        now_us,
        zone,
        tuple(budgets),
        runs=runs,
        info=info,
        experiments=experiments,
        metrics=metrics,
    )


def document(key: str, title: str, sources: Sources, blocks: Sequence[Block]) -> Document:
    """Return a report with its store and window."""
    window = {
        "start": from_us(sources.span.start_us, sources.zone).isoformat(),
        "end": from_us(min(sources.span.end_us, sources.now_us), sources.zone).isoformat(timespec="seconds"),
        "tz": zone_name(sources.zone),
    }
    return Document(key, title, sources.info.path if sources.info else "", window, tuple(blocks))
