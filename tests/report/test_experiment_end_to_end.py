"""Traffic through the real SDK becomes an experiment: all of it counts, and with the historical bug none for certain."""

import json
from pathlib import Path

import pytest

from costtui.cli import main


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OPENAI_API_KEY", "LAUNCHDARKLY_SDK_KEY", "COSTTUI_FLAGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    (tmp_path / "none.toml").write_text("")


@pytest.mark.parametrize(("bug", "counted"), [((), 24), (("--bug",), 0)], ids=["clean", "bug"])
def test_traffic_is_an_experiment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bug: tuple[str, ...], counted: int
) -> None:
    store = str(tmp_path / "traffic.db")
    traffic = ["traffic", "24", "--delay", "0", "--concurrency", "24", "--seed", "1", "--store", store]
    assert main([*traffic, *bug]) == 0
    capsys.readouterr()
    assert main(["report", "experiment", store, "--window", "all", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    shown = data["experiment"]
    assert (shown["events"], shown["counted"], shown["doubtful"]) == (24, counted, 24 - counted)
    assert shown["units"] == 24
    assert shown["baseline"] == "motherduck-ai"
    assert {one["variation"]: one["calls"] for one in data["variations"]} == {
        one["variation"]: one["events"] for one in data["variations"]
    }
    assert ("no event counts" in data["findings"][0]["verdict"]) == bool(bug)
    costs = {one["variation"]: one["cost_per_request_if_all_usd"] for one in data["variations"]}
    assert costs["webllm"] == 0 < costs["motherduck-ai"]
    assert shown["split"].startswith("not at random")
