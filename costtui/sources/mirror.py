"""A foreign store followed into a temporary store of our own, so that everything reads one kind of store."""

import os
import shutil
import socket
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any, Self

from costtui.errors import StoreError, StoreMissing
from costtui.facts import (
    Budget,
    BudgetState,
    BudgetWindow,
    Call,
    Context,
    Delta,
    IssueSummary,
    Quality,
    Run,
    Step,
    Work,
)
from costtui.reading import (
    CallQuery,
    LeadReader,
    LeadTotals,
    Opened,
    Reader,
    StoreInfo,
    Tail,
    Tally,
    TallyReader,
    Totals,
    WorkReader,
)
from costtui.settings import Settings
from costtui.sources.detect import foreign_kinds
from costtui.sources.followed import followed
from costtui.sources.following import FollowedFile, Progress
from costtui.sources.foreign import StoreLocked
from costtui.store import open_store, open_writer
from costtui.window import Span

COMPANIONS = ("quality.db", "quality_history.db")
"""Quality stores that belong to the cost store beside them."""
_PATIENCE_S = 2.0
"""How long a foreign file may be locked before that is worth a word."""
_COMPANION_RETRY_S = 1.0
_FLUSH_S = 120.0
_PREFIX = "costtui-mirror-"


class Mirror:
    """A foreign store (and the quality store beside it) that is read through a temporary store."""

    def __init__(self, path: str, settings: Settings, progress: Progress | None = None) -> None:
        """Read all of a foreign store. ``progress`` is told the rows done and in all. Raises StoreError."""
        self.path = path
        self.settings = settings
        self._progress = progress
        self._stack = ExitStack()
        self._locked_since: float | None = None
        _sweep()
        self._directory = tempfile.mkdtemp(prefix=f"{_PREFIX}{socket.gethostname()}-{os.getpid()}-")
        self._cleanup = weakref.finalize(self, shutil.rmtree, self._directory, ignore_errors=True)
        try:
            self._rebuild()
        except BaseException:
            self.close()
            raise

    def catch_up(self) -> None:
        """Take over what is new; rows that are gone take a fresh temporary store. Raises StoreError."""
        try:
            if self._file.due():
                self._file.read(self._write)
            stays = self._catch_up_companion()
        except StoreLocked:
            self._locked_since = self._locked_since or monotonic()
            if monotonic() - self._locked_since > _PATIENCE_S:
                raise
            return
        self._locked_since = None
        if self._file.vanished or not stays:
            self._rebuild()

    def info(self) -> StoreInfo:
        """Return what the foreign store is."""
        return replace(self.inner.reader.info(), path=self.path, kind=self._file.kinds[0])

    def close(self) -> None:
        """Release everything and remove the temporary store."""
        self._stack.close()
        self._cleanup()

    def _rebuild(self) -> None:
        """Read everything into a fresh store; its tail begins with a reset."""
        self._stack.close()
        self._stack = ExitStack()
        store = str(Path(tempfile.mkdtemp(dir=self._directory)) / "mirror.db")
        self._writer = self._stack.enter_context(open_writer(store, settings=self.settings))
        self._file = followed(Path(self.path), self.settings.zone)
        self._file.read(self._write, self._progress)
        self._companion: FollowedFile | None = None
        self._companion_at = 0.0
        self._catch_up_companion()
        self.inner: Opened = self._stack.enter_context(open_store(store))

    def _catch_up_companion(self) -> bool:
        """Take over what is new in the quality store; return whether all that was taken over is still there.

        One that cannot be read never hides the costs: it is tried again from time to time.
        """
        if self._companion is None and monotonic() >= self._companion_at:
            self._companion = self._find_companion()
        if self._companion is None:
            return True
        try:
            if self._companion.due():
                self._companion.read(self._write)
        except StoreLocked:
            raise
        except StoreMissing:
            return False
        except StoreError:
            self._companion, self._companion_at = None, monotonic() + _COMPANION_RETRY_S
            return True
        return not self._companion.vanished

    def _find_companion(self) -> FollowedFile | None:
        path = self._file.path
        if self._file.kinds != ("costs",):
            return None
        names = sorted(COMPANIONS, key=lambda name: ("history" in name) != ("history" in path.name))
        for beside in map(path.with_name, names):
            with suppress(StoreError):
                if "quality" in foreign_kinds(beside):
                    return FollowedFile(beside, self.settings.zone, with_runs=False)
        self._companion_at = monotonic() + _COMPANION_RETRY_S
        return None

    def _write(self, facts: list[Any]) -> None:
        self._writer.write(*facts)
        self._writer.flush(_FLUSH_S)


class MirrorTail:
    """Follows the foreign store: each poll first takes over what is new there."""

    def __init__(self, mirror: Mirror) -> None:
        """Follow a mirror."""
        self._mirror = mirror

    def start(self, cursor: int) -> None:
        """Follow from a call id on."""
        self._mirror.inner.tail.start(cursor)

    def poll(self) -> Delta:
        """Return what is new. Raises StoreError while the foreign store cannot be read."""
        self._mirror.catch_up()
        return self._mirror.inner.tail.poll()

    def close(self) -> None:
        """Nothing to release: the mirror does."""


class MirrorReader:
    """Answers from the temporary store of a mirror, under the foreign store's name."""

    def __init__(self, mirror: Mirror) -> None:
        """Read a mirror."""
        self._mirror = mirror

    @property
    def _inner(self) -> Reader:
        return self._mirror.inner.reader

    def info(self) -> StoreInfo:
        """Return what the foreign store is."""
        return self._mirror.info()

    def first_us(self) -> int | None:
        """Return the start of the oldest call."""
        return self._inner.first_us()

    def totals(self, span: Span) -> Totals:
        """Return the totals of a span."""
        return self._inner.totals(span)

    def calls(self, query: CallQuery) -> list[Call]:
        """Return calls without their texts."""
        return self._inner.calls(query)

    def call(self, call_id: int) -> Call | None:
        """Return one call with its texts."""
        return self._inner.call(call_id)

    def context(self, context_id: str) -> Context | None:
        """Return a stored LaunchDarkly context."""
        return self._inner.context(context_id)

    def runs(self, span: Span | None, limit: int = 500) -> list[Run]:
        """Return runs, newest first."""
        return self._inner.runs(span, limit)

    def run(self, run_id: str) -> Run | None:
        """Return one run."""
        return self._inner.run(run_id)

    def steps(self, run_id: str) -> list[Step]:
        """Return the steps of a run."""
        return self._inner.steps(run_id)

    def quality(self, span: Span | None, limit: int = 1000) -> list[Quality]:
        """Return quality records, newest first."""
        return self._inner.quality(span, limit)

    def budgets(self, budgets: Sequence[Budget], now_us: int) -> list[BudgetState]:
        """Return the state of budgets."""
        return self._inner.budgets(budgets, now_us)

    def budget_windows(self, budget: Budget, value: str, now_us: int) -> list[BudgetWindow]:
        """Return the newest windows of a budget."""
        return self._inner.budget_windows(budget, value, now_us)

    def leads(self, span: Span, limit: int = 10) -> LeadTotals:
        """Return the dearest leads of a span."""
        inner = self._inner
        return inner.leads(span, limit) if isinstance(inner, LeadReader) else LeadTotals()

    def tallies(self, span: Span, node: str | None = None) -> Mapping[str, Sequence[Tally]]:
        """Return how each node did over time."""
        inner = self._inner
        return inner.tallies(span, node) if isinstance(inner, TallyReader) else {}

    def work(self, run_id: str, issue_id: str | None = None, limit: int = 500) -> Work:
        """Return what happened in a run, or for one of its issues."""
        inner = self._inner
        return inner.work(run_id, issue_id, limit) if isinstance(inner, WorkReader) else Work()

    def issues(self, run_id: str, limit: int = 500) -> Sequence[IssueSummary]:
        """Return the newest issues of a run."""
        inner = self._inner
        return inner.issues(run_id, limit) if isinstance(inner, WorkReader) else ()

    def close(self) -> None:
        """Nothing to release: the mirror does."""


class MirroredStore:
    """A foreign store that was opened for reading."""

    def __init__(self, path: str, settings: Settings, progress: Progress | None = None) -> None:
        """Read all of a foreign store. Raises StoreError."""
        self._mirror = Mirror(path, settings, progress)
        self.reader: Reader = MirrorReader(self._mirror)
        self.tail: Tail = MirrorTail(self._mirror)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._mirror.close()


def _sweep() -> None:
    """Remove the temporary stores of monitors on this host that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}{socket.gethostname()}-*"):
        pid = left.name.rsplit("-", 2)[1]
        if pid.isdigit() and not _is_alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
