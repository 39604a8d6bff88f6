"""What kind of store a file is, told from its tables."""

import sqlite3
from pathlib import Path

from costtui.sources.foreign import columns, connected, is_database

_NEEDED: dict[str, dict[str, frozenset[str]]] = {
    "costs": {
        "cost_runs": frozenset({"run_id", "timestamp"}),
        "node_costs": frozenset({"run_id", "node_name", "cost"}),
    },
    "ai_cost_tracking": {"ai_cost_tracking": frozenset({"timestamp", "model", "cost_usd"})},
    "quality": {"quality_runs": frozenset({"run_id", "timestamp", "overall_score"})},
}
"""Kind → the tables, and in each the columns, that a store of the kind has at least."""


def foreign_kinds(path: str | Path) -> tuple[str, ...]:
    """Return the kinds of other systems' stores that a file or directory holds; empty for our own and all else.

    Raises StoreUnavailable where the file is a database that cannot be read now.
    """
    path = Path(path)
    if path.is_dir():
        from costtui.sources.metrics_tree import FollowedTree, is_tree  # few stores are directories

        return FollowedTree.kinds if is_tree(path) else ()
    if not is_database(path):
        return ()
    with connected(path) as connection:
        return tuple(kind for kind, tables in _NEEDED.items() if _holds(connection, tables))


def _holds(connection: sqlite3.Connection, tables: dict[str, frozenset[str]]) -> bool:
    return all(needed <= columns(connection, table).keys() for table, needed in tables.items())
