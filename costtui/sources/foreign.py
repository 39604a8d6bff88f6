"""A SQLite file of another program: opened for moments only, never altered, watched by its looks."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time_ns
from urllib.parse import quote

from costtui.errors import StoreMissing, StoreUnavailable

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100
_WAL_VERSION = 2
_BUSY_S = 0.25
_SETTLED_NS = 100_000_000
"""A file that was touched more recently may change again without its time changing."""


class StoreLocked(StoreUnavailable):
    """Another program holds the file for itself; that usually passes within moments."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What tells one state of a file from the next: identity, size, time, and SQLite's own change counter."""

    file: tuple[int, int, int, int]
    wal: tuple[int, int, int, int] | None
    counter: bytes

    def settled(self) -> bool:
        """Return whether a further change would show."""
        newest = max(self.file[3], self.wal[3] if self.wal else 0)
        return not 0 <= time_ns() - newest <= _SETTLED_NS


def looks(path: Path) -> Looks:
    """Return how a file looks now; takes microseconds. Raises StoreMissing, StoreUnavailable."""
    with errors_of(path):
        return Looks(_stat(path), _wal(path), _header(path)[24:28])


def is_database(path: Path) -> bool:
    """Return whether there is a SQLite file at a path. Raises StoreUnavailable where it may not be read."""
    if not path.is_file():
        return False
    with errors_of(path):
        return _header(path).startswith(_MAGIC)


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a SQLite file for reading. Raises StoreMissing, StoreLocked, StoreUnavailable.

    The first reader of a file in WAL mode that nobody has open would leave a -wal and a -shm beside it: such a
    file is read as one that does not change.
    """
    with errors_of(path):
        calm = _header(path)[18:19] == bytes([_WAL_VERSION]) and _wal(path) is None
        uri = f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if calm else ''}"
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None)) as connection:
            connection.text_factory = _decoded
            yield connection


@contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn what goes wrong with a file into errors in words."""
    try:
        yield
    except FileNotFoundError:
        raise StoreMissing(f"{path} is not there (any more); it is shown as soon as it is back") from None
    except OSError as error:
        raise StoreUnavailable(f"cannot read {path}: {error.strerror or error}") from None
    except sqlite3.OperationalError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StoreLocked(f"{path} is locked by another program; it is tried again") from None
        raise StoreUnavailable(f"cannot read {path}: {error}") from None
    except sqlite3.DatabaseError as error:
        raise StoreUnavailable(f"{path} is damaged or no SQLite file: {error}") from None


def columns(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Return the columns of a table with their default values as SQL; empty without such a table."""
    rows = connection.execute("SELECT name, dflt_value FROM pragma_table_info(?)", (table,))
    return {name: default or "" for name, default in rows}


def _stat(path: Path) -> tuple[int, int, int, int]:
    found = os.stat(path)  # noqa: PTH116 - a third of the time, and this is asked many times a second
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _wal(path: Path) -> tuple[int, int, int, int] | None:
    try:
        found = _stat(
            Path(os.path.realpath(path) + "-wal")
        )  # SQLite writes it beside the file, not beside a link
    except FileNotFoundError:
        return None
    return found if found[2] else None


def _header(path: Path) -> bytes:
    with path.open("rb", buffering=0) as file:
        return file.read(_HEADER)


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
