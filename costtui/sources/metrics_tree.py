"""The files of runs over issues (``runs/RUN_ID/…json``, ``csv/…csv``) below a directory, followed as they change."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, thread_time, time_ns
from typing import Any

from costtui.errors import PayloadError, StoreMissing
from costtui.facts import ErrorRecord, Run, Status
from costtui.record.metrics_facts import RunMetrics
from costtui.sources.following import Progress, Write
from costtui.sources.foreign import errors_of
from costtui.sources.metrics_csv import csv_files, read_tables
from costtui.sources.metrics_facts import PREFIX, issue_facts, rest_facts, run_facts
from costtui.sources.metrics_json import read_issue, read_run

_PAUSE_S = 0.2
_SHARE = 20
"""Looking for changes may take one part in so many of a processor's time."""
_SILENT_US = 3_600_000_000
"""A run that nothing was written of for so long does not go on any more."""
_METADATA, _REPORT = "metadata.json", "final_report.json"

Looks = dict[Path, tuple[int, int, int]]
"""Number, size and time of files."""


@dataclass
class _Folder:
    """What is known of the directory of a run, or of the tables."""

    looks: Looks = field(default_factory=dict)
    run_id: str = ""
    silent: bool = False


def is_tree(path: str | Path) -> bool:
    """Return whether a directory holds files of runs over issues: ``LOGS``, ``LOGS/runs``, or that of one run."""
    path = Path(path)
    try:
        return path.is_dir() and (bool(csv_files(path)) or next(run_folders(path), None) is not None)
    except OSError:
        return False


def run_folders(path: Path) -> Iterator[Path]:
    """Yield the directories of runs. Raises OSError."""
    if _is_run(path):
        yield path
        return
    root = path / "runs" if (path / "runs").is_dir() else path
    yield from sorted(folder for folder in root.iterdir() if folder.is_dir() and _is_run(folder))


class FollowedTree:
    """Reads what is new or has changed in a tree; a file that cannot be read hides no other."""

    kinds = ("metrics",)

    def __init__(self, path: Path, *, tell: bool = True) -> None:
        """Follow a directory; ``tell``: show files that cannot be read as errors of their runs."""
        self.path = path
        self.vanished = False
        """Whether runs that were handed on are no more there."""
        self.problems: dict[Path, str] = {}
        """Files that cannot be read as they are now, and why."""
        self._tell = tell
        self._folders: dict[Path, _Folder] = {}
        self._tables = _Folder()
        self._look_at = 0.0

    def due(self) -> bool:
        """Return whether it is time to look."""
        return monotonic() >= self._look_at

    def read(self, write: Write, progress: Progress | None = None) -> None:
        """Hand on what is new or has changed. Raises StoreError."""
        begun = thread_time()
        with errors_of(self.path):
            if not self.path.is_dir():
                raise StoreMissing(f"{self.path} is not there (any more); it is shown as soon as it is back")
            folders = list(run_folders(self.path))
            for number, folder in enumerate(folders, 1):
                if facts := list(self._changed(folder)):
                    write(facts)
                if progress:
                    progress(number, len(folders))
            for folder in self._folders.keys() - set(folders):
                self.vanished = True
                del self._folders[folder]
            if facts := list(self._of_tables()):
                write(facts)
        self._look_at = monotonic() + max(_PAUSE_S, _SHARE * (thread_time() - begun))

    def _changed(self, folder: Path) -> Iterator[Any]:
        """Yield the facts of a run whose files changed: of an ended one all, else of the issues that did."""
        known = self._folders.setdefault(folder, _Folder())
        # A pipe or a device among them would never end.
        issues = sorted(path for path in folder.glob("issues/issue_*.json") if path.is_file())
        now = _looks([folder / _METADATA, folder / _REPORT, *issues])
        silent = bool(now) and time_ns() // 1000 - max(time for _, _, time in now.values()) > _SILENT_US
        changed = {path for path, looks in now.items() if known.looks.get(path) != looks}
        if not changed and silent == known.silent:
            return
        for path in changed | (known.looks.keys() - now.keys()):
            self.problems.pop(path, None)
        known.looks, known.silent = now, silent
        run, ended = self._head(folder)
        if run is not None:
            known.run_id = run.run_id
            if silent and run.status is Status.RUNNING:
                run = replace(run, status=Status.INTERRUPTED)
            yield from run_facts(run)
            yield from self._issues(run, ended, changed)
        if self._tell:
            yield from self._troubles(folder, run)

    def _head(self, folder: Path) -> tuple[RunMetrics | None, bool]:
        """Return a run, and whether it is its report, which goes first if it can be read."""
        for name in (_REPORT, _METADATA):
            path = folder / name
            try:
                return read_run(path), name == _REPORT
            except FileNotFoundError:
                continue
            except (PayloadError, OSError) as error:
                self.problems[path] = str(error)
        return None, False

    def _issues(self, run: RunMetrics, ended: bool, changed: set[Path]) -> Iterator[Any]:
        if ended:
            for issue in run.issues:
                yield from issue_facts(run, issue)
            yield from rest_facts(run)
            return
        for path in sorted(path for path in changed if path.parent.name == "issues"):
            try:
                yield from issue_facts(run, read_issue(path))
            except FileNotFoundError:
                continue  # an issue in progress has ended: its report comes with the next look
            except (PayloadError, OSError) as error:
                self.problems[path] = str(error)

    def _troubles(self, folder: Path, run: RunMetrics | None) -> Iterator[Any]:
        """Yield what cannot be read as errors of the run, so that nobody takes the rest for the whole."""
        found = {path: text for path, text in self.problems.items() if path.is_relative_to(folder)}
        now_us = time_ns() // 1000
        if run is None and found:
            yield Run(
                folder.name, now_us, status=Status.ERROR, ended_us=now_us, error=next(iter(found.values()))
            )
        for path, text in found.items():
            yield ErrorRecord(
                "unreadable file",
                text,
                now_us,
                key=f"{PREFIX}{path}",
                run_id=run.run_id if run else folder.name,
            )

    def _of_tables(self) -> Iterator[Any]:
        """Yield the facts of runs that only the tables know: their own files were cleaned up."""
        files = csv_files(self.path)
        now = _looks(files.values())
        if now == self._tables.looks:
            return
        self._tables.looks = now
        tables = read_tables(files)
        for path in files.values():
            self.problems.pop(path, None)
        self.problems.update(tables.problems)
        known = {folder.run_id for folder in self._folders.values()}
        for run in tables.runs.values():
            if run.run_id not in known:
                yield from run_facts(run)
                yield from self._issues(run, True, set())


def _is_run(folder: Path) -> bool:
    return (folder / _METADATA).is_file() or (folder / _REPORT).is_file()


def _looks(paths: Any) -> Looks:
    found: Looks = {}
    for path in paths:
        with suppress(FileNotFoundError):
            stat = path.stat()
            found[path] = (stat.st_ino, stat.st_size, stat.st_mtime_ns // 1000)
    return found
