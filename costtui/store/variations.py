"""Calls by the variation of an AI Config that they ran under, as sums over users: the texts are never read."""

import sqlite3
from collections.abc import Mapping

from costtui.facts import Status
from costtui.reading import VariationCalls
from costtui.store import codes
from costtui.store.rows import integer, optional, string
from costtui.window import Span

_OK = codes.STATUS_CODE[Status.OK]
_ERROR = codes.STATUS_CODE[Status.ERROR]
_DECIDED = f"s.status NOT IN ({', '.join(str(codes.STATUS_CODE[one]) for one in (Status.RUNNING, Status.INTERRUPTED, Status.CANCELLED))})"
# A failure that was not billed says nothing of what a call costs.
_COST = f"CASE WHEN s.status = {_ERROR} AND c.cost_nano = 0 THEN NULL ELSE c.cost_nano END"
_UNITS = (
    "SELECT v.config_key, v.variation_key, count(*), min(c.started_us), max(c.started_us),"
    f" count({_COST}), total({_COST}), count(c.latency_ms), total(c.latency_ms),"
    f" total({_DECIDED}), total(s.status = {_OK})"
    " FROM call c JOIN variation v ON v.id = c.variation_id JOIN series s ON s.id = c.series_id"
    " WHERE c.variation_id IS NOT NULL{where}"
    " GROUP BY v.config_key, v.variation_key, coalesce(nullif(c.user_id, ''), 'run ' || c.run_ref, 'call ' || c.id)"
)


def read_variations(
    connection: sqlite3.Connection, span: Span | None
) -> Mapping[tuple[str, str], VariationCalls]:
    """Return the calls of a span by (config key, variation key); inside a read transaction of the caller."""
    where = ""
    values: tuple[int, ...] = ()
    if span is not None:
        where, values = " AND c.started_us >= ? AND c.started_us < ?", (span.start_us, span.end_us)
    found: dict[tuple[str, str], VariationCalls] = {}
    for row in connection.execute(_UNITS.format(where=where), values):
        own = found.setdefault((string(row[0]), string(row[1])), VariationCalls())
        own.calls += integer(row[2])
        first, last = optional(row[3]), optional(row[4])
        if first is not None and last is not None:
            own.first_us = first if own.first_us is None else min(own.first_us, first)
            own.last_us = last if own.last_us is None else max(own.last_us, last)
        for moments, count, total in (
            (own.cost, row[5], row[6]),
            (own.latency, row[7], row[8]),
            (own.success, row[9], row[10]),
        ):
            if integer(count):
                moments.add(integer(total), integer(count))
    return found
