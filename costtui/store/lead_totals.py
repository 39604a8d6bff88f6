"""What leads cost: kept by the hour for folded calls, completed with pending ones when they are read."""

import sqlite3

from costtui.reading import LeadCost, LeadTotals
from costtui.store.overflow import summed, whole
from costtui.store.rows import string
from costtui.window import HOUR_US, Span

_HOURLY = (
    f"SELECT c.started_us / {HOUR_US} AS hour, c.lead_id AS lead_id, count(*) AS calls,"
    " coalesce(sum(c.cost_nano), 0) AS cost_nano, sum(c.cost_nano IS NULL) AS unpriced"
    " FROM call c WHERE c.lead_id IS NOT NULL AND {where} GROUP BY 1, 2"
)
_ADD = (
    "INSERT INTO lead_rollup (hour, lead_id, calls, cost_nano, unpriced)"
    " SELECT hour, lead_id, :sign * calls, :sign * cost_nano, :sign * unpriced FROM ({hourly}) WHERE true"
    " ON CONFLICT (hour, lead_id) DO UPDATE SET calls = calls + excluded.calls,"
    " cost_nano = cost_nano + excluded.cost_nano, unpriced = unpriced + excluded.unpriced"
)
_FOLD = _ADD.format(hourly=_HOURLY.format(where="c.id > :first AND c.id <= :last"))
_CHANGE = _ADD.format(hourly=_HOURLY.format(where="c.id = :call"))

_ROLLED = "SELECT lead_id, calls, cost_nano, unpriced FROM lead_rollup WHERE hour >= :first AND hour < :last UNION ALL "
_CALLS = (
    "SELECT c.lead_id AS lead_id, 1 AS calls, coalesce(c.cost_nano, 0) AS cost_nano,"
    " c.cost_nano IS NULL AS unpriced FROM call c"
    " WHERE c.lead_id IS NOT NULL AND {where}"
)
_LEADS = (
    "SELECT lead_id, sum(calls), sum(cost_nano), sum(unpriced), count(*) OVER (), sum(sum(cost_nano)) OVER ()"
    " FROM ({parts}) GROUP BY lead_id HAVING sum(calls) > 0 ORDER BY 3 DESC, 1 LIMIT :limit"
)


def fold(connection: sqlite3.Connection, first_id: int, last_id: int) -> None:
    """Add calls after an id, up to another, to the totals of their leads."""
    summed(connection, _FOLD, {"first": first_id, "last": last_id, "sign": 1})


def change(connection: sqlite3.Connection, call_id: int, sign: int) -> None:
    """Add a folded call to the totals of its lead, or take it away (``sign=-1``)."""
    summed(connection, _CHANGE, {"call": call_id, "sign": sign})


def read_leads(connection: sqlite3.Connection, span: Span, limit: int) -> LeadTotals:
    """Return the dearest leads of a span and the totals of all; inside a read transaction of the caller."""
    start, end = span.start_us, span.end_us
    first, last = -(-start // HOUR_US), end // HOUR_US
    if first >= last or not _is_kept(connection):
        parts = _CALLS.format(where="c.started_us >= :start AND c.started_us < :end")
    else:
        parts = _ROLLED + " UNION ALL ".join(
            _CALLS.format(where=where)
            for where in (
                "c.started_us >= :start AND c.started_us < :inner AND +c.id <= :folded",
                "c.started_us >= :outer AND c.started_us < :end AND +c.id <= :folded",
                "c.id > :folded AND +c.started_us >= :start AND +c.started_us < :end",
            )
        )
    (folded,) = connection.execute("SELECT folded_id FROM meta").fetchone()
    rows = summed(
        connection,
        _LEADS.format(parts=parts),
        {
            "start": start,
            "inner": first * HOUR_US,
            "outer": last * HOUR_US,
            "end": end,
            "first": first,
            "last": last,
            "folded": folded,
            "limit": limit,
        },
    )
    dearest = tuple(LeadCost(string(row[0]), whole(row[1]), whole(row[2]), whole(row[3])) for row in rows)
    return LeadTotals(whole(rows[0][4]), whole(rows[0][5]), dearest) if rows else LeadTotals()


def _is_kept(connection: sqlite3.Connection) -> bool:
    """Return whether the store has these totals; one that no writer has opened since they exist has none."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'lead_rollup'")
    return found.fetchone() is not None
