"""The files of issue pipelines: a tree of JSON for each run, and CSV tables over all runs."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path
from time import time
from typing import Any

from costtui.errors import PayloadError
from costtui.facts import Status
from costtui.record.atomic import file_name, write_atomically
from costtui.record.metrics_compute import computed_run
from costtui.record.metrics_csv import COLUMNS, Row, issue_rows, merged, run_rows
from costtui.record.metrics_facts import IssueMetrics, RunMetrics
from costtui.record.metrics_json import issue_from_json, run_from_json, to_json

DAY_S = 86_400


class MetricsStorage:
    """Writes and reads ``LOGS/runs/RUN_ID/`` and ``LOGS/csv/``; every file is whole at every moment.

    While a run lasts it has a ``metadata.json``, at its end a ``final_report.json``; an issue in progress is
    ``issues/issue_N_metrics.json``, an ended one ``issues/issue_N_report.json``. All methods raise OSError.
    """

    def __init__(self, logs_dir: str | PathLike[str] = "logs") -> None:
        self.logs_dir = Path(logs_dir)

    def save_run_metadata(self, run: RunMetrics) -> Path:
        """Write what is known of a run while it lasts, without the details of its issues."""
        data = to_json(run)
        data["issues"] = [
            {"issue_id": issue["issue_id"], "status": issue["status"]} for issue in data["issues"]
        ]
        return self._write(self._run_dir(run.run_id) / "metadata.json", data)

    def save_issue_metrics(self, run_id: str, issue: IssueMetrics, *, durable: bool = True) -> Path:
        """Write an issue: its metrics while it is in progress, its report when it has ended."""
        folder = self._run_dir(run_id) / "issues"
        stem = f"issue_{file_name(issue.issue_id)}"
        names = f"{stem}_metrics.json", f"{stem}_report.json"
        current, former = names if issue.status == Status.RUNNING else names[::-1]
        path = self._write(folder / current, {"run_id": run_id, **to_json(issue)}, durable=durable)
        (folder / former).unlink(missing_ok=True)
        return path

    def save_run_final(self, run: RunMetrics) -> Path:
        """Write the final report of a run, issues and all."""
        return self._write(self._run_dir(run.run_id) / "final_report.json", to_json(run))

    def export_issue_to_csv(self, run_id: str, issue: IssueMetrics) -> None:
        """Bring the rows of an issue in the CSV tables up to date."""
        self._export(issue_rows(run_id, issue), {"run_id": run_id, "issue_id": issue.issue_id})

    def export_run_to_csv(self, run: RunMetrics) -> None:
        """Bring the rows of a run and of all its issues in the CSV tables up to date."""
        self._export(run_rows(run), {"run_id": run.run_id})

    def cleanup_old_runs(self, days: int = 30) -> list[str]:
        """Remove the trees of ended runs that have not changed for some days and return their ids; CSV rows stay."""
        removed = []
        for folder in self._run_dirs():
            report = folder / "final_report.json"
            if report.exists() and report.stat().st_mtime < time() - days * DAY_S:
                run = self._load(report)
                shutil.rmtree(folder)
                removed.append(str(run.get("run_id", folder.name)))
        return removed

    def load_run(self, run_id: str) -> RunMetrics | None:
        """Return a run as it was written last, None where there is none. Raises PayloadError for a broken file."""
        return self._read_run(self._run_dir(run_id))

    def load_runs(self) -> list[RunMetrics]:
        """Return all runs that can be read, oldest first; a broken one hides no other."""
        found = []
        for folder in self._run_dirs():
            try:
                run = self._read_run(folder)
            except PayloadError:
                continue
            if run is not None:
                found.append(run)
        return sorted(found, key=lambda run: run.started_us)

    def _run_dir(self, run_id: str) -> Path:
        return self.logs_dir / "runs" / file_name(run_id)

    def _run_dirs(self) -> list[Path]:
        root = self.logs_dir / "runs"
        return sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []

    def _read_run(self, folder: Path) -> RunMetrics | None:
        report, metadata = folder / "final_report.json", folder / "metadata.json"
        if report.exists():
            return run_from_json(self._load(report))
        if not metadata.exists():
            return None
        issues = [issue_from_json(self._load(path)) for path in sorted(folder.glob("issues/issue_*.json"))]
        run = run_from_json({**self._load(metadata), "issues": []})
        return computed_run(replace(run, issues=tuple(sorted(issues, key=lambda issue: issue.started_us))))

    def _write(self, path: Path, data: Any, *, durable: bool = True) -> Path:
        write_atomically(path, json.dumps(data, indent=2, ensure_ascii=False) + "\n", durable=durable)
        return path

    def _load(self, path: Path) -> dict[str, Any]:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise PayloadError(f"{path}: is no JSON: {error}") from None
        if not isinstance(data, dict):
            raise PayloadError(f"{path}: holds no object")
        return data

    def _export(self, tables: Mapping[str, list[Row]], which: Mapping[str, str]) -> None:
        folder = self.logs_dir / "csv"
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / ".lock"):
            for table in COLUMNS:
                if table not in tables:
                    continue
                path = folder / f"{table}.csv"
                write_atomically(path, merged(table, _text(path), tables[table], which))


def _text(path: Path) -> str:
    """Return a file's text with its line ends as they are, none of a file that does not exist."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return ""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other processes from exporting at the same time."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
