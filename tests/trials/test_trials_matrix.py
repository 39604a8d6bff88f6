"""Contexts × AI Configs: who is served what, without and with calls."""

import json
import threading
from pathlib import Path

import pytest

from costtui.cli import main
from costtui.reading import CallQuery
from costtui.settings import Settings
from costtui.store import open_store
from costtui.trials.trials import Trials
from costtui.view.matrix import Grid


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(str(tmp_path / "try.db"), Settings(time_zone="UTC"), {})


def test_only_premium_on_the_desktop_is_served_webllm(trials, tmp_path):
    found = trials.grid(Grid())
    served = {cell.context: cell.variation for cell in found.cells}
    assert {name for name, variation in served.items() if variation == "webllm"} == {
        "premium",
        "premium-desktop",
    }
    assert set(served.values()) == {"webllm", "motherduck-ai"}
    assert len(served) == 12
    assert found.cells[0].parameters == {"maxTokens": 1000, "temperature": 0.7}
    assert not (tmp_path / "try.db").exists()


def test_each_call_of_a_matrix_has_its_own_verdict(trials, tmp_path):
    grid = Grid(contexts=("trial", "premium-*-eu-west-acme"))
    found = trials.fire_grid(grid, threading.Event())
    assert [cell.context for cell in found.cells] == [
        "trial",
        "premium-desktop-eu-west-acme",
        "premium-mobile-eu-west-acme",
        "premium-tablet-eu-west-acme",
    ]
    assert {cell.verdict for cell in found.cells} == {"✓ attributed"}
    assert all(cell.made and cell.latency_ms is not None and cell.cost_nano == 0 for cell in found.cells)
    bad = trials.fire_grid(Grid(contexts=("trial",), legacy=True), threading.Event())
    assert [(cell.verdict, cell.tone) for cell in bad.cells] == [("▲ attributes differ +user", "error")]
    with open_store(tmp_path / "try.db") as opened:
        assert len(opened.reader.calls(CallQuery())) == 5


def test_a_matrix_that_is_too_large_or_names_nobody_says_so(trials):
    assert "no context is named 'nobody'" in trials.grid(Grid(contexts=("nobody",))).problem
    many = trials.grid(Grid(contexts=("*",), configs=("a", "b", "c", "d")))
    assert "are more than 400 cells" in many.problem


def test_a_config_that_is_not_there_is_a_cell_with_its_reason(trials):
    (cell,) = trials.grid(Grid(contexts=("trial",), configs=("nothing",))).cells
    assert "the AI Config nothing cannot be evaluated (ERROR FLAG_NOT_FOUND)" in cell.problem


def test_the_command_prints_json_without_calling(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("LAUNCHDARKLY_SDK_KEY", raising=False)
    monkeypatch.delenv("COSTTUI_FLAGS", raising=False)
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    store = tmp_path / "m.db"
    assert main(["matrix", "--context", "premium-*", "--json", "--store", str(store)]) == 0
    cells = json.loads(capsys.readouterr().out)
    assert {cell["variation"] for cell in cells if "desktop" in cell["context"]} == {"webllm"}
    assert {cell["variation"] for cell in cells if "desktop" not in cell["context"]} == {"motherduck-ai"}
    assert not store.exists()
    assert main(["matrix", "--context", "trial", "--calls", "--store", str(store)]) == 0
    assert "✓ attributed" in capsys.readouterr().out
    assert main(["matrix", "--context", "trial", "--config", "nothing", "--store", str(store)]) == 1
