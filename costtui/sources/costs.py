"""``costs.db`` / ``cost_history.db``: cost per node of each run, as calls and runs."""

import sqlite3
from collections.abc import Iterable, Iterator

from costtui.facts import Call, CostSource, Run, Status, Usage, UsageState
from costtui.sources.foreign import columns
from costtui.sources.rows import Row, Table, dollars, number, select, selection, text, whole

_NODE = ("run_id", "node_name", "cost", "input_tokens", "output_tokens", "model_name")
_RUN = ("run_id", "timestamp", "subsystem", "source_method")


def tables(connection: sqlite3.Connection) -> list[Table]:
    """Return how the tables are read: a call happened when its run did."""
    run_columns = columns(connection, "cost_runs")
    node_columns = columns(connection, "node_costs")
    runs = select("cost_runs", run_columns, _RUN)
    chosen = f"{selection(node_columns, _NODE, 'n.')}, {selection(run_columns, _RUN[1:], 'r.')}"
    calls = (
        f"SELECT n.rowid, {chosen} FROM node_costs n LEFT JOIN cost_runs r ON r.run_id = n.run_id"  # noqa: S608 - our own names
        " WHERE n.rowid > ? ORDER BY n.rowid LIMIT ?"
    )
    return [
        Table("cost_runs", runs, 2, _run, key=(1,)),
        Table("node_costs", calls, 7, _call),
        Table("runs without nodes", _bare(run_columns), 2, _bare_call, key=(1,), thorough=True),
    ]


def _bare(have: Iterable[str]) -> str:
    """Return what reads the runs whose cost no node explains: it must not be missing from the total."""
    read = select("cost_runs", have, (*_RUN, "total_cost"))
    return read.replace(
        "ORDER BY",
        "AND run_id NOT IN (SELECT run_id FROM node_costs WHERE run_id IS NOT NULL) ORDER BY",
    )


def _bare_call(row: Row) -> Iterator[Call]:
    _, run_id, _, subsystem, source, cost, at_us = row
    if number(cost):
        yield Call(
            key=f"cost_runs:{text(run_id)}",
            started_us=at_us,
            run_id=text(run_id),
            subsystem=text(subsystem),
            cost=dollars(cost, _source(source)),
        )


def _run(row: Row) -> Iterator[Run]:
    _, run_id, _, subsystem, source, at_us = row
    yield Run(
        run_id=text(run_id),
        started_us=at_us,
        ended_us=at_us,
        status=Status.OK,
        subsystem=text(subsystem),
        source_method=text(source) or "heuristic",
    )


def _call(row: Row) -> Iterator[Call]:
    rowid, run_id, node, cost, input_tokens, output_tokens, model, _, subsystem, source, at_us = row
    origin = _source(source)
    yield Call(
        key=f"node_costs:{rowid}",
        started_us=at_us,
        node=text(node),
        run_id=text(run_id),
        subsystem=text(subsystem),
        model=text(model),
        usage=_usage(whole(input_tokens), whole(output_tokens), origin),
        cost=dollars(cost, origin),
    )


def _source(value: object) -> CostSource:
    known = {"langsmith": CostSource.LANGSMITH, "provider": CostSource.PROVIDER, "priced": CostSource.PRICED}
    return known.get(text(value).strip().lower(), CostSource.HEURISTIC)


def _usage(input_tokens: int | None, output_tokens: int | None, source: CostSource) -> Usage:
    if input_tokens is None and output_tokens is None:
        return Usage()
    state = UsageState.ESTIMATED if source == CostSource.HEURISTIC else UsageState.REPORTED
    return Usage(input_tokens, output_tokens, state=state)
