"""The state of budgets: what was spent and what is reserved in the present window of each."""

import sqlite3
from collections.abc import Sequence

from costtui.facts import Budget, BudgetState


def read_budgets(connection: sqlite3.Connection, budgets: Sequence[Budget], now_us: int) -> list[BudgetState]:
    """Return the states of budgets, those of the store included, inside a read transaction of the caller."""
    return []
