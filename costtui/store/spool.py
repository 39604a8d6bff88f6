"""Where facts wait while the store cannot be written: a bounded file of JSON lines for each process."""

import fcntl
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from costtui.store.codec import from_line, to_line
from costtui.store.spool_files import directories, prefix, spool_files

_MOST_BYTES = 256 * 1024 * 1024
_CHUNK = 500


class Spool:
    """The spool of one process for one store; appended and synced, replayed by whoever can write again.

    A live process holds a lock on its file, so that others replay only what a dead one left behind.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._file: IO[bytes] | None = None
        self._path: Path | None = None
        self._lock = threading.Lock()

    def append(self, facts: Iterable[Any]) -> int:
        """Write facts to the disk and return how many could not be kept."""
        lines, lost = [], 0
        for fact in facts:
            try:
                lines.append(to_line(fact).encode("utf-8", "replace") + b"\n")
            except (TypeError, ValueError, RecursionError, AttributeError):
                lost += 1
        with self._lock:
            for line in lines:
                lost += not self._write(line)
            with suppress(OSError):
                if self._file:
                    self._file.flush()
                    os.fsync(self._file.fileno())
        return lost

    def replay(self, write: Callable[[Sequence[Any]], None]) -> None:
        """Hand on what waits in this spool and in those of dead processes, and delete each file that is done.

        Whatever ``write`` raises ends the replay; replaying again doubles nothing, as facts have keys.
        """
        with self._lock:
            if self._file and self._path:
                self._file.flush()
                _hand_on(self._path, write)
                self._discard()
            for path in spool_files(self._store):
                _replay_orphan(path, write)

    def close(self) -> None:
        """Release the file; what is in it waits for the next process."""
        with self._lock:
            if self._file:
                with suppress(OSError):
                    self._file.close()
                self._file = self._path = None

    def _write(self, line: bytes) -> bool:
        file = self._file or self._open()
        if file is None:
            return False
        size = file.tell()
        if size + len(line) > _MOST_BYTES:
            return False
        try:
            if file.write(line) == len(line):
                return True
        except OSError:
            pass
        # A full disk takes a part of a line: what follows must start on a line of its own.
        with suppress(OSError):
            file.truncate(size)
            file.seek(size)
        return False

    def _open(self) -> IO[bytes] | None:
        for directory in directories(self._store):
            for attempt in range(100):
                path = directory / f"{prefix(self._store, directory)}{os.getpid()}-{attempt}.jsonl"
                try:
                    directory.mkdir(parents=True, exist_ok=True)
                    file = path.open("ab", buffering=0)
                except OSError:
                    break
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    file.close()
                    continue
                self._file, self._path = file, path
                return file
        return None

    def _discard(self) -> None:
        if self._path:
            self._path.unlink(missing_ok=True)
        if self._file:
            self._file.close()
        self._file = self._path = None


def _replay_orphan(path: Path, write: Callable[[Sequence[Any]], None]) -> None:
    try:
        file = path.open("rb")
    except OSError:
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return
        _hand_on(path, write)
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _hand_on(path: Path, write: Callable[[Sequence[Any]], None]) -> None:
    facts: list[Any] = []
    with path.open("rb") as file:
        for line in file:
            # A line that was cut off by a crash or a full disk was never acknowledged.
            with suppress(ValueError):
                facts.append(from_line(line))
            if len(facts) >= _CHUNK:
                write(facts)
                facts = []
    if facts:
        write(facts)
