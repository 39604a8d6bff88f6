"""Answers about a store, read-only; a file that was replaced is opened again."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costtui.errors import StoreError, StoreMissing
from costtui.reading import StoreInfo
from costtui.store.calls import add_functions, find_ids
from costtui.store.connect import connect_reader, store_error, version_of
from costtui.store.rows import (
    CALL_COLUMNS,
    CALL_TABLES,
    QUALITY_COLUMNS,
    call_of,
    cost_lines,
    integer,
    lines,
    optional,
    quality_of,
    string,
)
from costtui.store.runs import read_runs, read_steps
from costtui.store.spool_files import spooled_calls
from costtui.store.totals import read_totals

if TYPE_CHECKING:
    # Only named here: the first page waits for no facts that it does not show.
    from collections.abc import Iterator, Mapping, Sequence

    from costtui.facts import (
        Budget,
        BudgetState,
        BudgetWindow,
        Call,
        Context,
        IssueSummary,
        Quality,
        Run,
        Step,
        Work,
    )
    from costtui.reading import CallQuery, EvidencePage, LeadTotals, Tally, Totals, VariationCalls
    from costtui.store.budgets_read import BudgetReader
    from costtui.window import Span

_IDS = 500


class Link:
    """A read-only connection to the file that is at a path now."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.version = 0
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    @property
    def identity(self) -> tuple[int, int] | None:
        """Which file is read: its device and number."""
        return self._identity

    def connection(self) -> sqlite3.Connection:
        """Return the connection, a new one where the file was replaced. Raises StoreError."""
        identity = self._file()
        if self._connection is None or identity != self._identity:
            self.close()
            connection = connect_reader(self.path)
            try:
                self.version = version_of(connection, self.path)
                add_functions(connection)
            except sqlite3.Error as error:
                connection.close()
                raise store_error(error, self.path) from None
            except StoreError:
                connection.close()
                raise
            self._connection, self._identity = connection, identity
        return self._connection

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one read transaction. Raises StoreError and nothing else of SQLite's."""
        connection = self.connection()
        try:
            connection.execute("BEGIN")
            yield connection
        except sqlite3.Error as error:
            raise store_error(error, self.path) from None
        finally:
            if connection.in_transaction:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Release the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._identity = None

    def _file(self) -> tuple[int, int] | None:
        try:
            stat = os.stat(self.path)  # noqa: PTH116 - on the way of every poll
        except FileNotFoundError:
            self.close()
            raise StoreMissing(
                f"no store at {self.path} yet; it appears with the first recorded call"
            ) from None
        except (OSError, ValueError):
            return None
        return stat.st_dev, stat.st_ino


class SqliteReader:
    """Answers questions about the store at a path. Raises StoreError and nothing else."""

    def __init__(self, path: Path) -> None:
        self._link = Link(path)
        self._budgets: BudgetReader | None = None

    def info(self) -> StoreInfo:
        """Return what this store is."""
        with self._link.look() as connection:
            (dropped,) = connection.execute("SELECT coalesce(max(dropped), 0) FROM meta").fetchone()
            (newest,) = connection.execute("SELECT max(started_us) FROM call").fetchone()
            (calls,) = connection.execute(
                "SELECT coalesce((SELECT sum(calls) FROM rollup WHERE level ="
                " (SELECT max(level) FROM rollup)), 0)"
                " + (SELECT count(*) FROM call WHERE id > coalesce((SELECT folded_id FROM meta), 0))"
            ).fetchone()
        return StoreInfo(
            path=string(str(self._link.path)),
            kind="costtui",
            schema_version=self._link.version,
            newest_us=optional(newest),
            calls=integer(calls),
            dropped=integer(dropped),
            spooled=spooled_calls(self._link.path),
        )

    def first_us(self) -> int | None:
        """Return the start of the oldest call, run or quality record, None without any."""
        return optional(
            self._one(
                "SELECT min(at) FROM (SELECT min(started_us) AS at FROM call"
                " UNION ALL SELECT min(started_us) FROM run UNION ALL SELECT min(recorded_us) FROM quality)"
            )[0]
        )

    def totals(self, span: Span) -> Totals:
        """Return the totals of a span, from rollups: the cost does not depend on the number of calls."""
        with self._link.look() as connection:
            return read_totals(connection, span)

    def calls(self, query: CallQuery) -> list[Call]:
        """Return calls without their texts."""
        with self._link.look() as connection:
            return read_calls(connection, find_ids(connection, query))

    def call(self, call_id: int) -> Call | None:
        """Return one call with its texts and cost lines."""
        row = self._one(
            f"SELECT {CALL_COLUMNS}, m.prompt, m.completion FROM {CALL_TABLES}"
            " LEFT JOIN call_text m ON m.call_id = c.id WHERE c.id = ?",
            call_id,
        )
        if row is None:
            return None
        call = call_of(row)
        cost = replace(call.cost, lines=cost_lines(row[-4], row[-3]))
        return replace(call, cost=cost, prompt=lines(row[-2]), completion=lines(row[-1]))

    def context(self, context_id: str) -> Context | None:
        """Return a stored LaunchDarkly context."""
        from costtui.facts import Context

        row = self._one("SELECT fingerprint, canonical FROM context WHERE fingerprint = ?", context_id)
        return None if row is None or row[1] is None else Context(string(row[0]), string(row[1]))

    def runs(self, span: Span | None, limit: int = 500) -> list[Run]:
        """Return runs that started in a span (or ever), newest first."""
        where, values = _within("started_us", span, limit)
        with self._link.look() as connection:
            return read_runs(connection, where, values, time.time_ns() // 1000)

    def run(self, run_id: str) -> Run | None:
        """Return one run."""
        with self._link.look() as connection:
            found = read_runs(connection, "WHERE run_id = ?", (bindable(run_id),), time.time_ns() // 1000)
        return found[0] if found else None

    def steps(self, run_id: str) -> list[Step]:
        """Return the steps of a run in the order of their start."""
        with self._link.look() as connection:
            return read_steps(connection, bindable(run_id))

    def quality(self, span: Span | None, limit: int = 1000) -> list[Quality]:
        """Return quality records of a span (or all), newest first."""
        where, values = _within("recorded_us", span, limit)
        with self._link.look() as connection:
            rows = connection.execute(f"SELECT {QUALITY_COLUMNS} FROM quality {where}", values)
            return [quality_of(row) for row in rows]

    def budgets(self, budgets: Sequence[Budget], now_us: int) -> list[BudgetState]:
        """Return the state of these budgets and of those kept in the store, each in its present window."""
        with self._link.look() as connection:
            return self._budget_reader().read(connection, budgets, now_us)

    def budget_windows(self, budget: Budget, value: str, now_us: int) -> list[BudgetWindow]:
        """Return the newest windows of a budget for a value of its scope, the present one first; none per run."""
        with self._link.look() as connection:
            return self._budget_reader().past(connection, budget, value, now_us)

    def leads(self, span: Span, limit: int = 10) -> LeadTotals:
        """Return the dearest leads of a span, and the totals of all, from rollups by the hour."""
        # Imported here: few stores have leads, and the first page does not ask.
        from costtui.store.lead_totals import read_leads

        with self._link.look() as connection:
            return read_leads(connection, span, limit)

    def tallies(self, span: Span, node: str | None = None) -> dict[str, list[Tally]]:
        """Return how each node (or one) did in each bucket of a span, whose borders are whole quarter hours."""
        # Imported here: only what looks at trends asks.
        from costtui.store.tallies import read_tallies

        with self._link.look() as connection:
            return read_tallies(connection, span, node)

    def work(self, run_id: str, issue_id: str | None = None, limit: int = 500) -> Work:
        """Return what happened in a run, or for one of its issues; of each kind at most so many, the newest."""
        # Imported here: only the pages of runs over issues ask.
        from costtui.store.issue_reading import read_work

        issue = None if issue_id is None else bindable(issue_id)
        with self._link.look() as connection:
            return read_work(connection, bindable(run_id), issue, limit)

    def variations(self, span: Span | None) -> Mapping[tuple[str, str], VariationCalls]:
        """Return the calls of a span (or all) by (config key, variation key)."""
        # Imported here: only experiments ask.
        from costtui.store.variations import read_variations

        with self._link.look() as connection:
            return read_variations(connection, span)

    def issues(self, run_id: str, limit: int = 500) -> Sequence[IssueSummary]:
        """Return the newest issues of a run, oldest first: much cheaper than all that happened."""
        from costtui.store.issue_reading import read_issues

        with self._link.look() as connection:
            return read_issues(connection, bindable(run_id), limit)

    def evidence(self, after: tuple[int, ...] = (0, 0), limit: int = 5000) -> EvidencePage:
        """Return up to so many exposures and as many metric events after a cursor, contexts in normal form."""
        # Imported here: only the attribution debugger asks.
        from costtui.store.evidence import read_evidence

        with self._link.look() as connection:
            return read_evidence(connection, after, limit)

    def close(self) -> None:
        """Release the connection."""
        self._link.close()

    def _budget_reader(self) -> BudgetReader:
        if self._budgets is None:
            # Imported here: time zones, and only those with budgets need them.
            from costtui.store.budgets_read import BudgetReader

            self._budgets = BudgetReader()
        return self._budgets

    def _one(self, sql: str, *values: int | str) -> Any:
        with self._link.look() as connection:
            return connection.execute(sql, tuple(map(bindable, values))).fetchone()


def read_calls(connection: sqlite3.Connection, ids: Sequence[int]) -> list[Call]:
    """Return the calls with these ids, in this order."""
    found: dict[int, Call] = {}
    for start in range(0, len(ids), _IDS):
        some = ", ".join(map(str, ids[start : start + _IDS]))
        for row in connection.execute(f"SELECT {CALL_COLUMNS} FROM {CALL_TABLES} WHERE c.id IN ({some})"):
            found[row[0]] = call_of(row)
    return [found[number] for number in ids if number in found]


def bindable(value: Any) -> Any:
    """Return what stands for a value in a query, whatever a caller asks for."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    return min(max(value, -(2**63)), 2**63 - 1) if isinstance(value, int) else value


def _within(at: str, span: Span | None, limit: int) -> tuple[str, tuple[int, ...]]:
    end = f"ORDER BY {at} DESC, id DESC LIMIT ?"
    if span is None:
        return end, (max(limit, 0),)
    return f"WHERE {at} >= ? AND {at} < ? {end}", (span.start_us, span.end_us, max(limit, 0))
