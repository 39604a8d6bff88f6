import csv
import io
import json
from pathlib import Path

import pytest

from costtui.cli import main
from costtui.report.kinds import KINDS

WINDOW = ["--window", "2026-11-15..2026-11-22"]

pytestmark = pytest.mark.usefixtures("in_utc")


def test_report_prints_each_kind_in_each_format(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("cost", "quality", "compare", "all"):
        for format_ in ("text", "md", "json", "csv", "html"):
            assert main(["report", kind, str(store), *WINDOW, "--format", format_]) == 0
            assert len(capsys.readouterr().out) > 100
    for kind in KINDS:
        assert main(["report", kind, str(store), *WINDOW]) == 0
        assert len(capsys.readouterr().out) > 100


def test_report_writes_files_and_names_them(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out" / "reports"
    assert main(["report", "all", str(store), *WINDOW, "--format", "json", "--output", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{kind}.json" for kind in KINDS)
    assert str(folder / "cost.json") in capsys.readouterr().out
    assert json.loads((folder / "cost.json").read_text())["summary"]["calls"] == 42


def test_compare_takes_the_fields_to_compare_by(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["report", "compare", str(store), *WINDOW, "--by", "node", "--format", "json"])
    data = json.loads(capsys.readouterr().out)
    assert {arm["name"] for arm in data["by_node"]} == {"extract", "judge"}
    assert "by_model" not in data


def test_what_cannot_be_done_is_said_in_one_line(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "cost", str(tmp_path / "none.db")]) == 3
    assert "no store at" in capsys.readouterr().err
    assert main(["report", "cost", str(store), "--window", "yesterday"]) == 2
    assert "no window 'yesterday'" in capsys.readouterr().err.replace("\n", " ").replace("│", "").replace(
        "  ", " "
    )
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["report", "cost", str(store), "--output", str(blocked / "x")]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_export_writes_every_call_once_whatever_the_page(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costtui.report.records.PAGE", 7)
    assert main(["export", "calls", str(store)]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert sorted(int(row["key"].removeprefix("key-")) for row in rows) == list(range(42))
    by_key = {row["key"]: row for row in rows}
    assert (by_key["key-0"]["cost_usd"], by_key["key-40"]["cost_usd"]) == ("0.001000003", "")
    assert (by_key["key-41"]["cost_source"], by_key["key-41"]["status"]) == ("heuristic", "error")


def test_export_filters_calls_and_knows_json(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "calls", str(store), "--where", "node=judge cost>0.03", "--format", "json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert {record["node"] for record in records} == {"judge"}
    assert min(record["cost_usd"] for record in records) > 0.03
    assert main(["export", "calls", str(store), "--where", "node=nobody", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(["export", "runs", str(store), "--where", "x"]) == 2


def test_export_writes_runs_and_quality_to_files(store: Path, tmp_path: Path) -> None:
    for what in ("runs", "quality", "steps"):
        file = tmp_path / f"{what}.jsonl"
        assert main(["export", what, str(store), "--format", "jsonl", "--output", str(file)]) == 0
    runs = [json.loads(line) for line in (tmp_path / "runs.jsonl").read_text().splitlines()]
    assert len(runs) == 10
    assert runs[0]["config"] == {"max_retries": 0}
    quality = [json.loads(line) for line in (tmp_path / "quality.jsonl").read_text().splitlines()]
    assert quality[0]["overall_score"] == 0.8
