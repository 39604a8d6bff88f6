"""How each node did over time, out of the widest rollups whose borders fit."""

import sqlite3
from bisect import bisect_right

from costtui.facts import Status
from costtui.reading import Tally
from costtui.store import codes
from costtui.store.overflow import summed, whole
from costtui.store.rollups import LEVELS, QUARTER
from costtui.store.rows import string
from costtui.window import MINUTE_US, Span

_ROLLED = (
    "SELECT bucket, series_id, calls, unpriced, cost_nano FROM rollup"
    " WHERE level = ? AND bucket >= ? AND bucket < ?"
)
_PENDING = (
    f"SELECT c.started_us / {MINUTE_US}, c.series_id, count(*), sum(c.cost_nano IS NULL), sum(c.cost_nano)"
    " FROM call c WHERE c.id > (SELECT folded_id FROM meta) AND +c.started_us >= ? AND +c.started_us < ?"
    " GROUP BY 1, 2"
)
_NOTHING = Tally()


def read_tallies(connection: sqlite3.Connection, span: Span, node: str | None) -> dict[str, list[Tally]]:
    """Return a tally per bucket of a span for each node, or for one; inside a read transaction of the caller."""
    edges = [edge // MINUTE_US for edge in span.edges]
    level = next((level for level in LEVELS if all(edge % level == 0 for edge in edges)), QUARTER)
    known = {
        number: (string(name), status == codes.STATUS_CODE[Status.ERROR])
        for number, name, status in connection.execute("SELECT id, node, status FROM series")
        if node is None or string(name) == node
    }
    rows = connection.execute(
        f"{_ROLLED} AND series_id IN ({', '.join(map(str, known))})", (level, edges[0], edges[-1])
    ).fetchall()
    rows += summed(connection, _PENDING, (span.start_us, span.end_us))
    found: dict[str, list[Tally]] = {}
    for bucket, series, calls, unpriced, cost_nano in rows:
        name, failed = known.get(series, ("", None))
        place = bisect_right(edges, whole(bucket)) - 1
        if failed is None or not 0 <= place < span.buckets:
            continue
        own = found.setdefault(name, [_NOTHING] * span.buckets)
        own[place] += _tally(whole(calls), whole(unpriced), whole(cost_nano), failed)
    return found


def _tally(calls: int, unpriced: int, cost_nano: int, failed: bool) -> Tally:
    priced = 0 if failed and not cost_nano else calls - unpriced
    return Tally(calls, calls if failed else 0, priced, cost_nano)
