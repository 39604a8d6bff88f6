"""Keeps the files of a run over issues up to date behind its back: a thread writes what has changed, whole files only."""

import atexit
import threading
import weakref
from collections import deque
from collections.abc import Callable
from time import thread_time
from typing import TYPE_CHECKING

from costtui.facts import Status
from costtui.record.metrics_facts import IssueMetrics, RunMetrics
from costtui.record.recorder import log

if TYPE_CHECKING:
    from costtui.record.export import MetricsStorage

PAUSE_S = 0.5
"""Least time between two writes while the run goes on; the store has everything at once."""
_SHARE = 50
"""Writing may take one part in so many of a processor's time, however much a run has to tell."""
_WAIT_S = 30.0
_open: "weakref.WeakSet[MetricsFiles]" = weakref.WeakSet()


class MetricsFiles:
    """Writes the files of one run; a disk that fails costs a line in the log and nothing else."""

    def __init__(
        self,
        storage: "MetricsStorage",
        run_id: str,
        run: Callable[[], RunMetrics],
        issue: Callable[[str], IssueMetrics | None],
    ) -> None:
        """Prepare to write what ``run`` and ``issue`` return, called from a thread of its own."""
        self._storage = storage
        self._run_id = run_id
        self._run = run
        self._issue = issue
        self._changed: deque[str] = deque()
        """Issues whose files are behind; the empty name is the run."""
        self._writing = threading.Lock()
        """Held by whoever writes: the thread, or a caller who waits."""
        self._woken = threading.Event()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        _open.add(self)

    def issue_changed(self, issue_id: str) -> None:
        """Bring the file of an issue up to date soon."""
        self._changed.append(issue_id)
        self._wake()

    def run_changed(self) -> None:
        """Bring the file of the run up to date soon."""
        self._changed.append("")
        self._wake()

    def flush(self) -> None:
        """Write now what has changed."""
        if self._writing.acquire(timeout=_WAIT_S):
            try:
                self._write()
            finally:
                self._writing.release()

    def close(self) -> None:
        """Write what has changed, and stop."""
        self._closing.set()
        self._woken.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(_WAIT_S)
        self.flush()
        _open.discard(self)

    def _wake(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._work, name="costtui-files", daemon=True)
            self._thread.start()
        self._woken.set()

    def _work(self) -> None:
        while not self._closing.is_set():
            self._woken.wait()
            self._woken.clear()
            begun = thread_time()
            self.flush()
            self._closing.wait(max(PAUSE_S, _SHARE * (thread_time() - begun)))

    def _write(self) -> None:
        changed = {self._changed.popleft() for _ in range(len(self._changed))}
        try:
            for issue_id in sorted(changed - {""}):
                if (issue := self._issue(issue_id)) is not None:
                    durable = issue.status != Status.RUNNING
                    self._storage.save_issue_metrics(self._run_id, issue, durable=durable)
            if "" in changed:
                self._write_run(self._run())
        except (OSError, ValueError) as error:
            log.warning("costtui: files of run %s were not written: %s", self._run_id, error)

    def _write_run(self, run: RunMetrics) -> None:
        if run.status == Status.RUNNING:
            self._storage.save_run_metadata(run)
        else:
            self._storage.save_run_final(run)
            self._storage.export_run_to_csv(run)


def _close_all() -> None:
    for files in list(_open):
        files.close()


atexit.register(_close_all)
