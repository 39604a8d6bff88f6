"""The experiment report says what the page says, in every format, over its window."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from sample_experiment import experiment_sources
from sample_store import NOW_US

from costtui.cli import main
from costtui.facts import Call, Cost, CostSource
from costtui.report.build import as_files, as_one, build
from costtui.report.data import as_json
from costtui.settings import Settings
from costtui.store import open_writer
from costtui.view.experiment import ExperimentRequest
from costtui.window import DAY_US, Span

WHOLE = Span((NOW_US - 30 * DAY_US, NOW_US + 1))


def test_its_figures_are_those_of_the_page() -> None:
    here = replace(experiment_sources(), span=WHOLE)
    page = ExperimentRequest(windowed=True).build(here)
    data = as_json(build("experiment", here))
    assert data["experiment"]["verdict"] == page.verdict
    assert [data["experiment"][name] for name in ("counted", "doubtful", "lost", "cannot_tell")] == [
        576,
        72,
        72,
        0,
    ]
    assert data["experiment"]["sample_ratio_mismatch"] is False
    webllm = data["variations"][1]
    assert (
        webllm["cost_per_request_low_usd"]
        < webllm["cost_per_request_usd"]
        < webllm["cost_per_request_high_usd"]
    )
    assert data["findings"][0]["change_high"] < 0
    assert {one["answer"] for one in data["decisions"]} <= {"yes", "no", "not yet"}
    assert {one.rule.name: one.answer for one in page.answers} == {
        one["rule"]: one["answer"] for one in data["decisions"]
    }


@pytest.mark.parametrize("format_", ["text", "md", "html", "csv"])
def test_every_format_holds_the_result_the_variations_and_the_decisions(format_: str) -> None:
    text = as_one([build("experiment", replace(experiment_sources(), span=WHOLE))], format_)
    for word in ("webllm is", "motherduck-ai", "roll out to starter", "no"):
        assert word in text


def test_each_table_is_a_file_of_its_own_as_csv() -> None:
    files = as_files([build("experiment", replace(experiment_sources(), span=WHOLE))], "csv")
    assert {"experiment_variations.csv", "experiment_findings.csv", "experiment_decisions.csv"} <= set(files)
    rows = list(csv.DictReader(io.StringIO(files["experiment_variations.csv"])))
    assert [row["variation"] for row in rows] == ["motherduck-ai", "webllm"]


def test_a_store_without_an_experiment_is_told_what_makes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "calls.db"
    with open_writer(path, settings=Settings()) as writer:
        writer.write(Call("k", 1_000, cost=Cost(5, CostSource.PRICED)))
        writer.flush()
    assert main(["report", "experiment", str(path), "--window", "all", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert f"costtui traffic 200 --store {path}" in data["notes"][0]


def test_hostile_names_of_variations_are_inert_in_html() -> None:
    here = experiment_sources()
    reader = here.reader
    evil = "<script>alert(1)</script>"
    reader.exposures = tuple(  # type: ignore[attr-defined]
        replace(one, variation=evil) if one.variation == "webllm" else one
        for one in reader.exposures  # type: ignore[attr-defined]
    )
    text = as_one([build("experiment", replace(here, span=WHOLE))], "html")
    assert evil not in text
    assert "&lt;script&gt;" in text
