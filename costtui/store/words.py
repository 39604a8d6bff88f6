"""Words that calls repeat, kept once: series, prices, variations, contexts, runs and steps, and their row numbers."""

import sqlite3
from collections.abc import Callable
from typing import Any

from costtui.facts import Call, Status
from costtui.store import codes

_MOST = 50_000
"""Row numbers remembered of each kind."""


class Words:
    """Row numbers of words on one connection, remembered; unknown ones are inserted."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.series: dict[tuple[str, str, str, str, Status], int] = {}
        self.prices: dict[tuple[str, str], int] = {}
        self.variations: dict[tuple[str, str, int], int] = {}
        self.contexts: dict[str, int] = {}
        self.runs: dict[str, int] = {}
        self.steps: dict[str, int] = {}

    def forget(self) -> None:
        """Forget all row numbers: a transaction that made some was rolled back."""
        for known in (self.series, self.prices, self.variations, self.contexts, self.runs, self.steps):
            known.clear()

    def series_id(self, key: tuple[str, str, str, str, Status]) -> int:
        """Return the row of (node, provider, model, subsystem, status)."""
        columns = "node, provider, model, subsystem, status"
        return self._id("series", columns, (*key[:4], codes.STATUS_CODE[key[4]]), self.series, key)

    def price_id(self, ref: str, rates: str) -> int:
        """Return the row of a price: its reference and its rates."""
        return self._id("price", "ref, rates", (ref, rates), self.prices, (ref, rates))

    def variation_id(self, config: str, variation: str, version: int | None) -> int:
        """Return the row of a served variation."""
        key = (config, variation, -1 if version is None else version)
        return self._id("variation", "config_key, variation_key, config_version", key, self.variations, key)

    def context_ref(self, fingerprint: str) -> int:
        """Return the row of a context, its attributes known or not."""
        return self._id("context", "fingerprint", (fingerprint,), self.contexts, fingerprint)

    def run_ref(self, run_id: str, started_us: int) -> int:
        """Return the row of a run; one that nobody started is taken to be over."""
        row = (run_id, started_us, codes.STATUS_CODE[Status.OK])
        return self._id("run", "run_id", row, self.runs, run_id, "run_id, started_us, status")

    def step_ref(self, call: Call, run_ref: int | None) -> int:
        """Return the row of a call's step; one that nobody started is taken to be over."""
        row = (call.step_key, run_ref, call.node, call.started_us, codes.STATUS_CODE[Status.OK])
        return self._id(
            "step", "key", row, self.steps, call.step_key, "key, run_ref, node, started_us, status"
        )

    def _id(
        self,
        table: str,
        unique: str,
        row: tuple[Any, ...],
        known: dict[Any, int],
        key: Any,
        columns: str = "",
    ) -> int:
        names = unique.split(", ")
        where = " AND ".join(f"{name} = ?" for name in names)
        find: Callable[[], Any] = self._connection.execute(
            f"SELECT id FROM {table} WHERE {where}", row[: len(names)]
        ).fetchone
        found = find()
        if found is None:
            marks = ", ".join("?" * len(row))
            cursor = self._connection.execute(
                f"INSERT INTO {table} ({columns or unique}) VALUES ({marks}) RETURNING id", row
            )
            found = cursor.fetchone()
            cursor.close()
        if len(known) >= _MOST:
            known.clear()
        known[key] = found[0]
        return int(found[0])
