"""What was recorded of a run over issues comes back from the store, and goes into files, as it was."""

import json
from pathlib import Path

import pytest
from test_metrics_export import record

from costtui.cli import main
from costtui.record.export import MetricsStorage
from costtui.record.metrics_facts import RunMetrics
from costtui.record.metrics_stored import stored_run
from costtui.store import open_store


def stored(path: Path, run_id: str = "run-1") -> RunMetrics | None:
    with open_store(path) as opened:
        run = opened.reader.run(run_id)
        assert run
        return stored_run(opened.reader, run)


def test_a_run_comes_back_from_the_store_as_it_was(tmp_path: Path) -> None:
    run = record(tmp_path)
    assert stored(tmp_path / "calls.db") == run


def test_the_tree_of_a_store_is_the_one_that_was_written_while_it_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    run = record(tmp_path)
    assert main(["export", "tree", str(tmp_path / "calls.db"), "--output", str(tmp_path / "again")]) == 0
    assert "1 runs over issues" in capsys.readouterr().out
    for path in (tmp_path / "logs").rglob("*_report.json"):
        again = tmp_path / "again" / path.relative_to(tmp_path / "logs")
        assert json.loads(again.read_text()) == json.loads(path.read_text())
    for path in (tmp_path / "logs" / "csv").glob("*.csv"):
        assert (tmp_path / "again" / "csv" / path.name).read_text() == path.read_text()
    assert MetricsStorage(tmp_path / "again").load_runs() == [run]
    assert main(["export", "tree", str(tmp_path / "calls.db")]) == 2
