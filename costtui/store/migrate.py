"""A file becomes a store, and an old store a present one: numbered steps, forward only."""

import sqlite3
import time
from pathlib import Path

from costtui.errors import StoreMissing, StoreNewer
from costtui.store.connect import APPLICATION_ID, SCHEMA_VERSION, version_of

_DDL = Path(__file__).parent / "ddl"
_STEPS: dict[int, str] = {
    1: """CREATE TABLE lead_rollup (
  hour BIGINT NOT NULL,
  lead_id VARCHAR NOT NULL,
  calls BIGINT DEFAULT '0' NOT NULL,
  cost_nano BIGINT DEFAULT '0' NOT NULL,
  unpriced BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (hour, lead_id)
) WITHOUT ROWID;
INSERT INTO lead_rollup
  SELECT started_us / 3600000000, lead_id, count(*), CAST(total(cost_nano) AS INTEGER), sum(cost_nano IS NULL)
  FROM call WHERE lead_id IS NOT NULL AND id <= (SELECT folded_id FROM meta) GROUP BY 1, 2;
""",
}
"""Script that leads from a version to the next one; longer ones lie beside the DDL."""
_ISSUES_SINCE = 3


def keeps_issues(connection: sqlite3.Connection) -> bool:
    """Return whether a store has the tables of issue pipelines: older ones that are only read have not."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version) >= _ISSUES_SINCE


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Create the tables of an empty file, or bring an older store up to date, in one transaction.

    Raises StoreForeign (never altered), StoreNewer (never written), sqlite3.Error.
    """
    if _version(connection, path) == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection, path)
        if version > SCHEMA_VERSION:
            raise StoreNewer(
                f"{path} was written by a newer costtui (schema {version}, this one knows {SCHEMA_VERSION}): "
                "it can be read, not written; update costtui"
            )
        if version == 0:
            _create(connection)
        else:
            for step in range(version, SCHEMA_VERSION):
                _run(connection, _STEPS.get(step) or _script(f"from_{step}_to_{step + 1}"))
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    try:
        return version_of(connection, path)
    except StoreMissing:
        return 0


def _create(connection: sqlite3.Connection) -> None:
    _run(connection, _script("sqlite"))
    connection.execute("INSERT INTO meta (id, created_us) VALUES (1, ?)", (time.time_ns() // 1000,))


def _script(name: str) -> str:
    return (_DDL / f"{name}.sql").read_text(encoding="utf-8")


def _run(connection: sqlite3.Connection, script: str) -> None:
    # executescript() would commit the transaction that all of it belongs to.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
