"""Rollups: sums of calls by series and bucket, at six widths, kept by folding new calls in.

Calls up to ``meta.folded_id`` are in the rollups of every width, those after it are *pending*: a reader adds
them up from their rows, and a writer folds them, in one of its transactions, before they are many. So at any
instant, whoever wrote and however they died, rollups + pending calls = all calls, and recording a call costs
nothing for it. Rollups by minute exist from ``meta.minutes_us`` on only.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import add

from costtui.facts import CostSource, Status, UsageState
from costtui.histogram import Histogram
from costtui.store import codes, lead_totals, run_totals
from costtui.store.overflow import summed as summed
from costtui.store.overflow import whole as whole
from costtui.sums import COUNTERS
from costtui.window import MINUTE_US

LEVELS = (28 * 24 * 60, 24 * 60, 6 * 60, 60, 15, 1)
"""Widths of buckets in minutes, coarse to fine."""
QUARTER = 15

FOLD_AT = 4000
"""Pending calls at which a writer folds."""
_FOLD_MOST = 20_000
_MINUTES_KEPT = 8 * 60
"""Minutes for which rollups by minute are kept: the widest window with such edges, and an hour."""

_EXPRESSIONS = {
    "calls": "count(*)",
    "errors": f"sum(s.status = {codes.STATUS_CODE[Status.ERROR]})",
    "unpriced": "sum(c.cost_nano IS NULL)",
    "estimated": f"sum(c.cost_source = {codes.COST_SOURCE_CODE[CostSource.HEURISTIC]}"
    f" OR c.usage_state = {codes.USAGE_STATE_CODE[UsageState.ESTIMATED]})",
    "missing_usage": f"sum(c.usage_state = {codes.USAGE_STATE_CODE[UsageState.MISSING]})",
    "cache_hits": "sum(c.cache_hit <> 0)",
    "retries": "sum(c.attempt > 1)",
    "latency_sum_ms": "sum(c.latency_ms)",
    "latency_count": "count(c.latency_ms)",
    "ttft_sum_ms": "sum(c.ttft_ms)",
    "ttft_count": "count(c.ttft_ms)",
}
COUNTER_SQL = ", ".join(_EXPRESSIONS.get(name, f"sum(c.{name})") for name in COUNTERS)
"""The counters of ``Sums``, in their order, over rows of ``call c JOIN series s``."""

_BY_MINUTE = (
    f"SELECT c.started_us / {MINUTE_US}, c.series_id, group_concat(c.latency_ms), {COUNTER_SQL}"
    " FROM call c JOIN series s ON s.id = c.series_id WHERE {where} GROUP BY 1, 2"
)
_ADD = ", ".join(f"{name} = {name} + excluded.{name}" for name in COUNTERS)
_UPSERT = (
    f"INSERT INTO rollup (level, bucket, series_id, {', '.join(COUNTERS)}, latency)"
    f" VALUES ({', '.join('?' * (len(COUNTERS) + 4))}) ON CONFLICT (level, bucket, series_id)"
    f" DO UPDATE SET {_ADD}, latency = excluded.latency"
)


@dataclass(slots=True)
class Part:
    """Sums of some calls of one series in one bucket."""

    counters: list[int] = field(default_factory=lambda: [0] * len(COUNTERS))
    latency: Histogram = field(default_factory=Histogram)

    def add(self, counters: Iterable[int], latency: Histogram | None = None) -> None:
        """Add counters, and latencies (ms)."""
        self.counters = list(map(add, self.counters, counters))
        if latency is not None:
            self.latency.merge(latency)


def by_minute(
    connection: sqlite3.Connection, where: str, parameters: Sequence[int]
) -> Iterator[tuple[int, int, Part]]:
    """Yield (minute since 1970, series id, sums) of the calls ``c`` that fulfil a condition."""
    for minute, series, latencies, *counters in summed(
        connection, _BY_MINUTE.format(where=where), parameters
    ):
        part = Part([whole(value) for value in counters], _histogram(latencies))
        yield whole(minute), whole(series), part


def fold(connection: sqlite3.Connection, last_id: int, now_us: int) -> None:
    """Add pending calls up to an id to the rollups, runs and steps; part of the caller's transaction."""
    folded, minutes_us = map(whole, connection.execute("SELECT folded_id, minutes_us FROM meta").fetchone())
    while folded < last_id:
        upto = min(last_id, folded + _FOLD_MOST)
        change(connection, by_minute(connection, "c.id > ? AND c.id <= ?", (folded, upto)), minutes_us)
        run_totals.fold(connection, folded, upto)
        lead_totals.fold(connection, folded, upto)
        folded = upto
    minutes_us = _forget_minutes(connection, minutes_us, now_us)
    connection.execute("UPDATE meta SET folded_id = ?, minutes_us = ?", (folded, minutes_us))


def change(
    connection: sqlite3.Connection, parts: Iterable[tuple[int, int, Part]], minutes_us: int, sign: int = 1
) -> None:
    """Add sums to the rollups of every width, or take them away (``sign=-1``)."""
    grouped: dict[tuple[int, int], Part] = {}
    for minute, series, part in parts:
        grouped.setdefault((minute, series), Part()).add(part.counters, part.latency)
    kept = {key: part for key, part in grouped.items() if key[0] * MINUTE_US >= minutes_us}
    _write(connection, 1, kept, sign)
    for level in LEVELS[-2::-1]:
        finer, grouped = grouped, {}
        for (bucket, series), part in finer.items():
            grouped.setdefault((bucket // level * level, series), Part()).add(part.counters, part.latency)
        _write(connection, level, grouped, sign)


def _write(
    connection: sqlite3.Connection, level: int, grouped: dict[tuple[int, int], Part], sign: int
) -> None:
    rows = []
    for (bucket, series), part in grouped.items():
        stored = connection.execute(
            "SELECT latency FROM rollup WHERE level = ? AND bucket = ? AND series_id = ?",
            (level, bucket, series),
        ).fetchone()
        latency = part.latency
        if stored or sign < 0:
            latency = readable_histogram(stored[0] if stored else None)
            latency.merge(part.latency, sign)
        counters = part.counters if sign > 0 else [-counter for counter in part.counters]
        rows.append((level, bucket, series, *counters, latency.encode()))
    connection.executemany(_UPSERT, rows)


def readable_histogram(data: object) -> Histogram:
    """Return a stored histogram, an empty one for what is none."""
    try:
        return Histogram.decode(data) if isinstance(data, bytes) else Histogram()
    except ValueError:
        return Histogram()


def _histogram(joined: object) -> Histogram:
    latency = Histogram()
    if isinstance(joined, str):
        for word in joined.split(","):
            if word.isdigit():
                latency.add(int(word))
    return latency


def _forget_minutes(connection: sqlite3.Connection, minutes_us: int, now_us: int) -> int:
    newest = connection.execute("SELECT max(bucket) FROM rollup WHERE level = 15").fetchone()[0]
    if newest is None:
        return minutes_us
    keep = (min(whole(newest), now_us // MINUTE_US) - _MINUTES_KEPT) // QUARTER * QUARTER
    if keep * MINUTE_US <= minutes_us:
        return minutes_us
    connection.execute("DELETE FROM rollup WHERE level = 1 AND bucket < ?", (keep,))
    return keep * MINUTE_US
