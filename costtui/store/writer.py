"""The writer: facts go into a queue, one thread per process commits them in groups."""

import atexit
import os
import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from costtui.errors import StoreError, StoreForeign, StoreNewer
from costtui.facts import Run, Status
from costtui.settings import Settings
from costtui.store.batch import Batch
from costtui.store.connect import connect_writer, file_identity, store_error
from costtui.store.liveness import HEARTBEAT_S
from costtui.store.migrate import migrate
from costtui.store.runs import beat, mark_interrupted
from costtui.store.spool import Spool

_GROUP = 1000
"""Facts in one transaction at most."""
_QUEUE = 10_000
"""Facts that wait at most: then the caller commits them itself, or they go to the spool."""
_RETRY_S = 1.0
_HELP_S = 0.05
_LINGER_S = 0.002
"""After a commit the thread looks for more by itself for so long: calls that come close together need not wake it."""
_open: "weakref.WeakSet[Writer]" = weakref.WeakSet()
_of_the_parent: list[object] = []
"""Connections that a forked child must neither use nor close."""


class Writer:
    """Writes facts to a store from any thread; a store that fails costs the caller nothing but the count in ``dropped``."""

    def __init__(self, path: Path, settings: Settings, *, durable: bool = False) -> None:
        self.path = path
        self.dropped = 0
        """Facts that could be kept neither in the store nor in the spool."""
        self.problem = ""
        """Why the store cannot be written at present, in words; empty while it can."""
        self._recording = settings.recording
        self._durable = durable
        self._closed = False
        self._idle = False
        self._begin()
        with self._lock:
            self._ready(first=True)
        _open.add(self)

    def write(self, *facts: Any) -> None:
        """Write facts: calls, runs, steps, quality …; the same key again replaces. Never raises.

        Returns at once, or after the commit where the writer is durable.
        """
        self._queue.extend(facts)
        if self._durable or len(self._queue) > _QUEUE:
            self._write_through()
        elif self._idle:
            self._idle = False
            self._wake.set()
        if self._thread is None:
            self._start()

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Commit all that was written so far and return whether that was done within the time."""
        if not self._lock.acquire(timeout=timeout_s):
            return False
        try:
            self._drain()
        finally:
            self._lock.release()
        return not self._failing

    def close(self) -> None:
        """Flush and stop; what cannot be written by then waits in the spool file."""
        if self._closed:
            return
        self._closed = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=35)
        if self._lock.acquire(timeout=35):
            try:
                self._drain()
                self._disconnect()
            finally:
                self._lock.release()
        self._spool.close()
        _open.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _begin(self) -> None:
        self._queue: deque[Any] = deque()
        self._lock = threading.Lock()
        """Held by whoever commits: the thread, or a caller who waits for a commit."""
        self._wake = threading.Event()
        self._idle = False
        self._thread: threading.Thread | None = None
        self._connection: sqlite3.Connection | None = None
        self._batch: Batch | None = None
        self._identity: tuple[int, int] | None = None
        self._spool = Spool(self.path)
        self._failing = False
        self._retry_at = 0.0
        self._lost = 0
        self._runs: set[str] = set()
        self._beat_at = 0.0

    def _start(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._work, name="costtui-writer", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while not self._closed:
            if not self._queue:
                self._wake.wait(_LINGER_S)
            self._idle = True
            if not self._queue:
                self._wake.wait(HEARTBEAT_S if self._runs or self._failing else None)
            self._idle = False
            self._wake.clear()
            with self._lock:
                self._drain()
                self._beat()

    def _write_through(self) -> None:
        # Where the lock is free the caller commits, for itself and for all who wait; else it waits for its turn.
        if self._lock.acquire(timeout=-1 if self._durable else _HELP_S):
            try:
                self._drain()
            finally:
                self._lock.release()
        elif len(self._queue) > 2 * _QUEUE:
            self._lost += self._keep_apart(self._take())

    def _take(self) -> list[Any]:
        facts: list[Any] = []
        with suppress(IndexError):
            while self._queue and len(facts) < _GROUP:
                facts.append(self._queue.popleft())
        return facts

    def _drain(self) -> None:
        if self._failing and not self._queue:
            self._ready()
        for _ in range(-(-len(self._queue) // _GROUP)):
            facts = self._take()
            if not self._ready() or not self._commit(facts):
                self._lost += self._keep_apart(facts)

    def _ready(self, *, first: bool = False) -> bool:
        """Return whether there is a connection to the file that is at the path now."""
        if self._connection is not None and self._identity == file_identity(self.path):
            return not self._failing or self._recover()
        if time.monotonic() < self._retry_at:
            return False
        self._disconnect()
        try:
            self._connect()
        except (sqlite3.Error, StoreError, OSError) as error:
            self._disconnect()
            reason = self._fail(error)
            if first and isinstance(reason, StoreForeign | StoreNewer):
                raise reason from None
            return False
        return self._recover()

    def _connect(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = connect_writer(self.path)
        migrate(self._connection, self.path)
        mark_interrupted(self._connection)
        self._identity = file_identity(self.path)
        self._batch = Batch(self._connection, texts=self._recording.texts, redact=self._recording.redact)

    def _recover(self) -> bool:
        if time.monotonic() < self._retry_at:
            return False
        try:
            self._spool.replay(self._write_batch)
        except Exception as error:
            self._fail(error)
            return False
        self._failing, self.problem = False, ""
        return True

    def _commit(self, facts: Sequence[Any]) -> bool:
        try:
            self._write_batch(facts)
        except Exception as error:
            # Whatever a damaged store leads to must not end the thread, nor reach the program that records.
            self._fail(error)
            return False
        self._watch(facts)
        return True

    def _write_batch(self, facts: Sequence[Any]) -> None:
        if self._batch is None:
            raise sqlite3.OperationalError("not connected")
        unfit = self._batch.write(facts, self._lost)
        self._lost = 0
        self.dropped += unfit

    def _keep_apart(self, facts: Sequence[Any]) -> int:
        lost = self._spool.append(facts)
        self.dropped += lost
        return lost

    def _fail(self, error: Exception) -> Exception:
        reason = store_error(error, self.path) if isinstance(error, sqlite3.Error) else error
        self._failing, self.problem = True, f"{reason}; calls wait in a spool file"
        self._retry_at = time.monotonic() + _RETRY_S
        return reason

    def _watch(self, facts: Sequence[Any]) -> None:
        for fact in facts:
            if type(fact) is Run and fact.pid == os.getpid():
                (self._runs.add if fact.status == Status.RUNNING else self._runs.discard)(fact.run_id)

    def _beat(self) -> None:
        if self._runs and self._connection is not None and time.monotonic() >= self._beat_at:
            self._beat_at = time.monotonic() + HEARTBEAT_S
            with suppress(sqlite3.Error):
                beat(self._connection, self._runs, time.time_ns() // 1000)

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = self._batch = self._identity = None

    def _after_fork(self) -> None:
        _of_the_parent.append((self._connection, self._spool, self._batch))
        self._begin()


def _close_all() -> None:
    for writer in list(_open):
        writer.close()


def _forked() -> None:
    for writer in list(_open):
        writer._after_fork()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forked)
