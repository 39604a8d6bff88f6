"""Connections to a SQLite file, and SQLite's errors in words."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from costtui.errors import StoreError, StoreForeign, StoreMissing, StoreUnavailable

APPLICATION_ID = 0x636F7374
"""``cost``: in the header of every store."""
SCHEMA_VERSION = 3

_WRITER_WAIT_MS = 30_000
_READER_WAIT_MS = 250


def connect_writer(path: Path, wait_ms: int = _WRITER_WAIT_MS) -> sqlite3.Connection:
    """Return a connection that writes: WAL, synchronous NORMAL (survives kill -9; a power cut may take the last moments).

    ``wait_ms`` is how long it waits for others' locks. Raises sqlite3.Error, or StoreUnavailable where the file system cannot do WAL.
    """
    connection = sqlite3.connect(
        path,
        timeout=wait_ms / 1000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    try:
        # Before the first pragma that writes: another program's file is never altered.
        with suppress(StoreMissing):
            version_of(connection, path)
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        if mode != "wal":
            raise StoreUnavailable(
                f"cannot write {path}: its file system cannot do write-ahead logging ({mode}); use a local disk"
            )
        for pragma in (
            "synchronous=NORMAL",
            "cache_size=-16000",
            "temp_store=MEMORY",
            "journal_size_limit=67108864",
            "wal_autocheckpoint=4000",  # it syncs the disk: whoever commits then waits, so it shall be rare
        ):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Return a read-only connection that waits at most a quarter of a second. Raises StoreError.

    Where the directory is read-only and no writer is there, the file is read as an immutable snapshot.
    """
    check_file(path)
    try:
        return _reading(path, "mode=ro")
    except sqlite3.Error as error:
        if error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            try:
                return _reading(path, "mode=ro&immutable=1")
            except sqlite3.Error:
                pass
        raise store_error(error, path) from None


def check_file(path: Path) -> None:
    """Raise StoreMissing, StoreForeign or StoreUnavailable where no SQLite file can be read at a path."""
    try:
        if path.is_dir():
            raise StoreForeign(f"{path} is a directory; name a file in it")
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError:
        raise StoreMissing(f"no store at {path} yet; it appears with the first recorded call") from None
    except OSError as error:
        raise StoreUnavailable(f"cannot read {path}: {error.strerror}; check its permissions") from None
    except ValueError:
        raise StoreMissing(f"no store can be at {str(path)!r}: not a path") from None
    if not head:
        raise StoreMissing(f"{path} is empty; a store appears with the first recorded call")
    if head != b"SQLite format 3\0":
        raise StoreForeign(f"{path} is no SQLite file; nothing was changed")


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version of a store. Raises StoreForeign for another program's file, sqlite3.Error."""
    # One look: between two, another process may have made the file a store.
    alone = not connection.in_transaction
    if alone:
        connection.execute("BEGIN")
    try:
        (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    finally:
        if alone and connection.in_transaction:
            connection.execute("ROLLBACK")
    if application != APPLICATION_ID:
        if objects == 0:
            raise StoreMissing(f"{path} is an empty database; a store appears with the first recorded call")
        raise StoreForeign(f"{path} belongs to another program; nothing was changed")
    return int(version)


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return which file is at a path now (its device and number), None where there is none."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - on the way of every commit
    except (OSError, ValueError):
        return None
    return stat.st_dev, stat.st_ino


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the error that says in words what SQLite met, and what to do."""
    name = getattr(error, "sqlite_errorname", "")
    for prefix, words in _REASONS.items():
        if name.startswith(prefix):
            kind = StoreForeign if prefix == "SQLITE_NOTADB" else StoreUnavailable
            return kind(f"{path} {words}")
    return StoreUnavailable(f"{path} cannot be used: {error}")


_REASONS = {
    "SQLITE_BUSY": "is locked by another program; trying again",
    "SQLITE_LOCKED": "is locked by another program; trying again",
    "SQLITE_CORRUPT": "is damaged; keep a copy, then try: sqlite3 FILE .recover",
    "SQLITE_NOTADB": "is no SQLite file, or its header is damaged; nothing was changed",
    "SQLITE_FULL": "cannot grow: the disk is full; free some space",
    "SQLITE_READONLY_DIRECTORY": "lies in a directory that cannot be written; check its permissions",
    "SQLITE_READONLY": "cannot be written; check its permissions",
    "SQLITE_CANTOPEN": "cannot be opened; check its permissions and those of its directory",
    "SQLITE_PERM": "cannot be opened; check its permissions",
    "SQLITE_IOERR": "cannot be read or written: the disk reports an error; check its space and its health",
}


def _reading(path: Path, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{options}",
        uri=True,
        timeout=_READER_WAIT_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        connection.text_factory = _text
        with closing(connection.execute("SELECT count(*) FROM sqlite_master")) as probe:
            probe.fetchone()
        connection.execute("PRAGMA query_only=1")
        connection.execute("PRAGMA temp_store=MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
