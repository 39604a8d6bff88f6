"""Totals of a span out of the widest rollups that fit, from one consistent look at the store."""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from costtui.facts import Series, Status
from costtui.histogram import Histogram, merged_encoded
from costtui.reading import Totals
from costtui.store import codes
from costtui.store.overflow import summed, whole
from costtui.store.rollups import LEVELS, QUARTER, Part, by_minute, readable_histogram
from costtui.store.rows import of_code, string
from costtui.sums import COUNTERS, Sums
from costtui.window import MINUTE_US, Span

_SUMS = ", ".join(f"sum({name})" for name in COUNTERS)
_COST = COUNTERS.index("cost_nano")
_CALLS = 0
"""Instead of a level: the calls themselves, where no rollup has the borders that are needed."""

Piece = tuple[int, int, int]
"""Level, and the first and last instant (in minutes) that it covers."""


def read_totals(connection: sqlite3.Connection, span: Span) -> Totals:
    """Return the totals of a span; inside a read transaction of the caller."""
    cursor, folded, minutes_us = connection.execute(
        "SELECT coalesce((SELECT max(id) FROM call), 0), folded_id, minutes_us FROM meta"
    ).fetchone()
    minutes = -(-whole(minutes_us) // MINUTE_US)
    start, end = span.start_us // MINUTE_US, -(-span.end_us // MINUTE_US)
    parts: dict[int, Part] = {}
    histograms: dict[int, list[bytes]] = {}
    spend = _Spend(span)
    for piece in _cover(start, end, minutes):
        _read_sums(connection, piece, folded, parts, histograms)
    for piece in _cover_buckets(span, minutes):
        spend.read(connection, piece, folded)
    for minute, series, part in _pending(connection, start, end, folded):
        parts.setdefault(series, Part()).add(part.counters, part.latency)
        spend.add(minute, series, part.counters[_COST])
    known = _series(connection)
    return Totals(
        cursor=whole(cursor),
        series=_named(known, parts, histograms),
        spend_nano=spend.total(),
        spend_by_node=spend.by_node({number: key.node for number, key in known.items()}),
    )


def read_sums(connection: sqlite3.Connection, start_us: int, end_us: int) -> dict[Series, Sums]:
    """Return the sums of each series between two whole minutes, latencies left out."""
    folded, minutes_us = connection.execute("SELECT folded_id, minutes_us FROM meta").fetchone()
    start, end = start_us // MINUTE_US, -(-end_us // MINUTE_US)
    parts: dict[int, Part] = {}
    for piece in _cover(start, end, -(-whole(minutes_us) // MINUTE_US)):
        _read_sums(connection, piece, folded, parts, None)
    for _, series, part in _pending(connection, start, end, folded):
        parts.setdefault(series, Part()).add(part.counters)
    return _named(_series(connection), parts, {})


def _cover(start: int, end: int, minutes: int, levels: tuple[int, ...] = LEVELS) -> Iterator[Piece]:
    """Yield pieces that cover a span: wide buckets inside, narrower ones at its ends."""
    if start >= end:
        return
    level, *finer = levels
    first, last = -(-start // level) * level, end // level * level
    if level == 1:
        if start < minutes:
            yield _CALLS, start, min(end, minutes)
        if end > minutes:
            yield 1, max(start, minutes), end
    elif first >= last:
        yield from _cover(start, end, minutes, tuple(finer))
    else:
        yield level, first, last
        yield from _cover(start, first, minutes, tuple(finer))
        yield from _cover(last, end, minutes, tuple(finer))


def _cover_buckets(span: Span, minutes: int) -> Iterator[Piece]:
    """Yield pieces that cover a span, none of them wider than what its buckets' borders allow."""
    edges = [edge // MINUTE_US for edge in span.edges]
    level = next(level for level in LEVELS if all(edge % level == 0 for edge in edges))
    if level > 1 or edges[0] >= minutes:
        yield level, edges[0], edges[-1]
        return
    # Old and odd borders: quarters hours with a border inside are read from their calls.
    broken = sorted({edge // QUARTER * QUARTER for edge in edges if edge % QUARTER and edge < minutes})
    at = edges[0]
    for quarter in broken:
        if quarter > at:
            yield QUARTER, at, quarter
        yield _CALLS, max(at, quarter), min(quarter + QUARTER, edges[-1])
        at = min(quarter + QUARTER, edges[-1])
    if at < edges[-1]:
        yield from ((QUARTER, at, edges[-1]),) if edges[-1] <= minutes else _late(at, edges[-1], minutes)


def _late(at: int, end: int, minutes: int) -> Iterator[Piece]:
    middle = max(at, minutes)
    if at < middle:
        yield QUARTER, at, middle
    yield 1, middle, end


def _read_sums(
    connection: sqlite3.Connection,
    piece: Piece,
    folded: int,
    parts: dict[int, Part],
    histograms: dict[int, list[bytes]] | None,
) -> None:
    level, first, last = piece
    if level == _CALLS:
        for _, series, part in _calls(connection, first, last, folded):
            parts.setdefault(series, Part()).add(part.counters, part.latency)
        return
    where = "FROM rollup WHERE level = ? AND bucket >= ? AND bucket < ?"
    for series, *counters in summed(
        connection, f"SELECT series_id, {_SUMS} {where} GROUP BY series_id", piece
    ):
        parts.setdefault(whole(series), Part()).add(map(whole, counters))
    if histograms is None:
        return
    for series, latency in connection.execute(f"SELECT series_id, latency {where}", piece):
        if latency:
            histograms.setdefault(whole(series), []).append(latency)


def _calls(
    connection: sqlite3.Connection, first: int, last: int, folded: int
) -> Iterator[tuple[int, int, Part]]:
    where = "c.started_us >= ? AND c.started_us < ? AND +c.id <= ?"
    return by_minute(connection, where, (first * MINUTE_US, last * MINUTE_US, folded))


def _pending(
    connection: sqlite3.Connection, first: int, last: int, folded: int
) -> Iterator[tuple[int, int, Part]]:
    where = "c.id > ? AND +c.started_us >= ? AND +c.started_us < ?"
    return by_minute(connection, where, (folded, first * MINUTE_US, last * MINUTE_US))


def _series(connection: sqlite3.Connection) -> dict[int, Series]:
    rows = connection.execute("SELECT id, node, provider, model, subsystem, status FROM series")
    return {
        row[0]: Series(
            string(row[1]),
            string(row[2]),
            string(row[3]),
            string(row[4]),
            of_code(codes.STATUS, row[5], Status.OK),
        )
        for row in rows
    }


def _named(
    known: dict[int, Series], parts: dict[int, Part], histograms: dict[int, list[bytes]]
) -> dict[Series, Sums]:
    found: dict[Series, Sums] = {}
    for number, part in parts.items():
        sums = Sums()
        for name, value in zip(COUNTERS, part.counters, strict=True):
            setattr(sums, name, value)
        sums.latency = _merged(histograms.get(number, []))
        sums.latency.merge(part.latency)
        if not sums.calls:
            continue
        # Two series can have the same printable name.
        key = known.get(number, Series())
        if key in found:
            found[key].merge(sums)
        else:
            found[key] = sums
    return found


def _merged(encoded: list[bytes]) -> Histogram:
    try:
        return merged_encoded(encoded)
    except (ValueError, TypeError, IndexError):
        total = Histogram()
        for data in encoded:
            total.merge(readable_histogram(data))
        return total


class _Spend:
    """Known cost by bucket and series."""

    def __init__(self, span: Span) -> None:
        self._edges = [edge // MINUTE_US for edge in span.edges]
        self._by_series: dict[int, list[int]] = {}

    def add(self, minute: int, series: int, cost: int) -> None:
        """Add the cost of a series in a minute."""
        place = bisect_right(self._edges, minute) - 1
        if cost and 0 <= place < len(self._edges) - 1:
            row = self._by_series.get(series)
            if row is None:
                row = self._by_series[series] = [0] * (len(self._edges) - 1)
            row[place] += cost

    def read(self, connection: sqlite3.Connection, piece: Piece, folded: int) -> None:
        """Add the costs of a piece."""
        level, first, last = piece
        if level == _CALLS:
            for minute, series, part in _calls(connection, first, last, folded):
                self.add(minute, series, part.counters[_COST])
            return
        rows: list[Any] = connection.execute(
            "SELECT bucket, series_id, cost_nano FROM rollup WHERE level = ? AND bucket >= ? AND bucket < ?",
            piece,
        ).fetchall()
        places = {bucket: bisect_right(self._edges, whole(bucket)) - 1 for bucket in {row[0] for row in rows}}
        width = len(self._edges) - 1
        for bucket, series, cost in rows:
            if type(cost) is not int:
                cost = whole(cost)
            if cost:
                row = self._by_series.get(series)
                if row is None:
                    row = self._by_series[series] = [0] * width
                row[places[bucket]] += cost

    def total(self) -> list[int]:
        """Return the cost of each bucket."""
        rows = list(self._by_series.values())
        return [sum(column) for column in zip(*rows, strict=True)] if rows else [0] * (len(self._edges) - 1)

    def by_node(self, nodes: dict[int, str]) -> dict[str, list[int]]:
        """Return the cost of each bucket for each node."""
        found: dict[str, list[int]] = {}
        for series, row in self._by_series.items():
            node = nodes.get(series, "")
            known = found.get(node)
            found[node] = (
                row if known is None else [left + right for left, right in zip(known, row, strict=True)]
            )
        return found
