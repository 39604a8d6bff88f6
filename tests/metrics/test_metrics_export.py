import csv
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.errors import PayloadError
from costtui.facts import CodeMetrics, Status
from costtui.record.atomic import file_name, write_atomically
from costtui.record.collector import MetricsCollector
from costtui.record.export import MetricsStorage
from costtui.record.metrics_csv import COLUMNS
from costtui.record.metrics_facts import ModelChoice, RunMetrics, SystemConfig
from costtui.settings import Settings
from costtui.store import open_store

CONFIG = SystemConfig(ModelChoice("openai", "gpt-4o", 0.1), 3, 70.0, extra={"prompt": "v2"})


def record(folder: Path, run_id: str = "run-1", **more: str) -> RunMetrics:
    storage = MetricsStorage(folder / "logs")
    collector = MetricsCollector(
        run_id, "shop", CONFIG, storage=storage, db_path=folder / "calls.db", settings=Settings()
    )
    with collector:
        with collector.issue("1"):
            with collector.agent("coding"), collector.tool_call("git"):
                collector.record_token_usage(1000, 100)
            collector.record_pipeline("9", "abc", "failed", failed_jobs=["unit", "lint"])
            collector.start_debugging_cycle("coding", "E", "m")
            collector.end_debugging_cycle(True, "fixed")
            collector.record_error("E", more.get("message", "boom"))
            collector.finalize_issue("1", Status.COMPLETED, CodeMetrics(1, 2, 300, 4, 88.5))
        collector.start_issue("2")
        collector.finalize_issue("2", Status.FAILED)
    return collector.run_metrics


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / "logs" / "csv" / f"{table}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    run = record(tmp_path)
    assert MetricsStorage(tmp_path / "logs").load_run("run-1") == run
    assert MetricsStorage(tmp_path / "logs").load_runs() == [run]


def test_files_change_their_names_as_work_ends(tmp_path: Path) -> None:
    storage = MetricsStorage(tmp_path / "logs")
    folder = tmp_path / "logs" / "runs" / "r"

    def names() -> list[str]:
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.json"))

    collector = MetricsCollector("r", storage=storage, db_path=tmp_path / "c.db", settings=Settings())
    assert names() == ["metadata.json"]
    collector.start_issue("1")
    collector.flush()
    assert names() == ["issues/issue_1_metrics.json", "metadata.json"]
    collector.record_error("E", "kept at once")
    collector.flush()
    assert "kept at once" in (folder / "issues" / "issue_1_metrics.json").read_text()
    running = storage.load_run("r")
    assert running
    assert (running.status, running.issues[0].errors[0].message) == (Status.RUNNING, "kept at once")
    collector.finalize_issue("1")
    collector.flush()
    assert names() == ["issues/issue_1_report.json", "metadata.json"]
    assert "final_report.json" not in names()
    collector.finalize_run()
    assert "final_report.json" in names()
    collector.close()


def test_reports_speak_of_dollars_iso_times_and_completed(tmp_path: Path) -> None:
    run = record(tmp_path)
    report = json.loads((tmp_path / "logs" / "runs" / "run-1" / "final_report.json").read_text())
    issue = json.loads((tmp_path / "logs" / "runs" / "run-1" / "issues" / "issue_1_report.json").read_text())
    assert (report["status"], report["success_rate"], report["project_id"]) == ("completed", 50.0, "shop")
    assert report["tokens"]["cost_usd"] == run.tokens.cost_nano / 1e9  # type: ignore[operator]
    assert report["config"]["llm"] == {"provider": "openai", "model": "gpt-4o", "temperature": 0.1}
    assert (issue["status"], issue["complexity"], issue["failed_pipelines"]) == ("completed", 35, 1)
    assert issue["started_at"].endswith("+00:00")


def test_tables_have_their_columns_and_data(tmp_path: Path) -> None:
    record(tmp_path)
    assert (len(COLUMNS["runs"]), len(COLUMNS["issues"])) == (24, 24)
    (run,) = rows(tmp_path, "runs")
    assert (run["llm_model"], run["temperature"], run["success_rate"]) == ("gpt-4o", "0.1", "50")
    assert (run["status"], run["failed_pipelines"], run["errors"]) == ("completed", "1", "1")
    assert all(run.values())
    first, second = rows(tmp_path, "issues")
    assert (first["coverage_percent"], first["lines_added"], first["complexity"]) == ("88.5", "300", "35")
    assert (first["first_time_right"], second["status"], second["cost_usd"]) == ("false", "failed", "")
    assert rows(tmp_path, "agents")[0]["input_tokens"] == "1000"
    assert rows(tmp_path, "pipelines")[0]["failed_jobs"] == "unit;lint"
    assert rows(tmp_path, "tool_usage")[0]["tool"] == "git"
    assert rows(tmp_path, "debugging_cycles")[0]["resolution_method"] == "fixed"
    assert rows(tmp_path, "errors")[0]["message"] == "boom"


def test_exporting_again_replaces_and_other_runs_stay(tmp_path: Path) -> None:
    run = record(tmp_path)
    record(tmp_path, "run-2")
    storage = MetricsStorage(tmp_path / "logs")
    storage.export_run_to_csv(run)
    storage.export_issue_to_csv("run-1", run.issues[1])
    assert sorted(row["run_id"] for row in rows(tmp_path, "runs")) == ["run-1", "run-2"]
    assert sorted(row["run_id"] + row["issue_id"] for row in rows(tmp_path, "issues")) == [
        "run-11",
        "run-12",
        "run-21",
        "run-22",
    ]
    assert len(rows(tmp_path, "errors")) == 2


def test_exports_at_the_same_time_lose_no_row(tmp_path: Path) -> None:
    def export(number: int) -> None:
        run = RunMetrics(f"run-{number}", "p", number, status=Status.COMPLETED)
        MetricsStorage(tmp_path / "logs").export_run_to_csv(run)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(export, range(24)))
    assert sorted(int(row["run_id"].removeprefix("run-")) for row in rows(tmp_path, "runs")) == list(
        range(24)
    )


def test_hostile_text_stays_in_its_cell(tmp_path: Path) -> None:
    record(tmp_path, message='=cmd|"/C calc"!A1\r\n,"x')
    record(tmp_path, "run-2")
    assert rows(tmp_path, "errors")[0]["message"] == '\'=cmd|"/C calc"!A1\r\n,"x'


def test_text_that_no_file_can_hold_ends_nothing(tmp_path: Path) -> None:
    run = record(tmp_path, message="broken \ud800 text\x00")
    assert run.status == Status.COMPLETED
    (read,) = MetricsStorage(tmp_path / "logs").load_runs()
    assert "broken" in read.issues[0].errors[0].message
    assert "broken" in rows(tmp_path, "errors")[0]["message"]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/abs", "..", ".", "", "a/b", "x" * 400, "ü\x00\n", "\ud800"]
)
def test_no_name_leaves_its_directory(name: str, tmp_path: Path) -> None:
    safe = file_name(name)
    write_atomically(tmp_path / "in" / f"{safe}", "x")
    assert [path.parent for path in (tmp_path).rglob("*") if path.is_file()] == [tmp_path / "in"]
    run = RunMetrics(name, "p", 0)
    if name.isprintable() and name != "\ud800":
        MetricsStorage(tmp_path / "logs").save_run_final(run)
        assert MetricsStorage(tmp_path / "logs").load_run(name) == run


@given(st.text(max_size=300), st.text(max_size=300))
def test_different_names_have_different_files(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) == (one == other)


def test_broken_files_hide_no_others(tmp_path: Path) -> None:
    run = record(tmp_path)
    storage = MetricsStorage(tmp_path / "logs")
    for number, text in enumerate(
        ("{", "[]", '{"run_id": "x", "started_at": 5}', "\x00", '{"started_at": "1"}')
    ):
        write_atomically(tmp_path / "logs" / "runs" / f"bad{number}" / "final_report.json", text)
        with pytest.raises(PayloadError):
            storage.load_run(f"bad{number}")
    assert storage.load_runs() == [run]


def test_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    write_atomically(tmp_path / "atomic", "x")
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_whoever_records_does_not_wait_for_the_disk_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector = MetricsCollector(
        "r", storage=MetricsStorage(tmp_path / "logs"), db_path=tmp_path / "c.db", settings=Settings()
    )
    disk = threading.Event()
    monkeypatch.setattr(os, "fsync", lambda _: disk.wait(60))
    collector.start_issue("1")
    collector.end_tool_call(collector.start_tool_call("git"))
    collector.finalize_issue("1")
    assert not disk.is_set()
    disk.set()
    collector.close()
    assert (tmp_path / "logs" / "runs" / "r" / "issues" / "issue_1_report.json").exists()


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert (path.read_text(), [each.name for each in tmp_path.iterdir()]) == ("old", ["a.json"])


def test_old_ended_runs_are_removed_and_the_others_stay(tmp_path: Path) -> None:
    storage = MetricsStorage(tmp_path / "logs")
    for name in ("old", "new"):
        storage.save_run_final(RunMetrics(name, "p", 0, status=Status.COMPLETED))
    storage.save_run_metadata(RunMetrics("going", "p", 0))
    long_ago = time.time() - 40 * 86_400
    for path in (tmp_path / "logs" / "runs").rglob("*.json"):
        if "new" not in str(path):
            os.utime(path, (long_ago, long_ago))
    assert storage.cleanup_old_runs(30) == ["old"]
    assert [run.run_id for run in storage.load_runs()] == ["going", "new"]


KILLED = """
import os, signal, sys
from costtui import CodeMetrics, MetricsCollector, MetricsStorage, Status
from costtui.settings import Settings
folder, last = sys.argv[1], int(sys.argv[2])
collector = MetricsCollector("r", "p", storage=MetricsStorage(folder + "/logs"), db_path=folder + "/c.db",
                             settings=Settings())
steps = [
    lambda: collector.start_issue("1"),
    lambda: collector.start_agent("coding", "1"),
    lambda: collector.start_tool_call("git"),
    lambda: collector.record_token_usage(100, 10, "gpt-4o", provider="openai"),
    lambda: collector.finalize_agent(True),
    lambda: collector.record_pipeline("9", "abc", "failed"),
    lambda: collector.start_debugging_cycle("coding", "E", "m"),
    lambda: collector.record_debug_attempt(),
    lambda: collector.end_debugging_cycle(True, "x"),
    lambda: collector.record_error("E", "m"),
    lambda: collector.finalize_issue("1", Status.COMPLETED, CodeMetrics(1)),
    lambda: collector.finalize_run(),
]
for number, step in enumerate(steps):
    step()
    if number == last:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("last", range(12))
def test_a_pipeline_killed_at_any_step_leaves_all_it_recorded_in_the_store_and_whole_files(
    tmp_path: Path, last: int
) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(last)], check=False)
    assert killed.returncode == -9
    for path in (tmp_path / "logs").rglob("*.json"):
        json.loads(path.read_text())
    assert MetricsStorage(tmp_path / "logs").load_run("r")
    with open_store(tmp_path / "c.db") as opened:
        (stored,) = opened.reader.runs(None)
        work = opened.reader.work("r")  # type: ignore[attr-defined]
    (summary,) = work.issues
    recorded = (
        len(work.agents),
        len(work.tool_calls),
        sum(agent.tokens.total_tokens // 110 for agent in work.agents),
        sum(agent.success is True for agent in work.agents),
        len(work.pipelines),
        len(work.debugging_cycles),
        sum(cycle.attempts for cycle in work.debugging_cycles),
        sum(cycle.resolved is True for cycle in work.debugging_cycles),
        len(work.errors),
        int(summary.issue.status == Status.COMPLETED and summary.issue.code.files_created == 1),
        int(stored.status == Status.COMPLETED),
    )
    assert recorded == tuple(int(step < last + 1) for step in range(1, 12))
    assert stored.calls == summary.calls == int(last >= 3)
    assert stored.status == (Status.OK if last == 11 else Status.INTERRUPTED)
    assert record(tmp_path, "the next").status == Status.COMPLETED
