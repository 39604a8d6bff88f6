"""Many calls for random contexts, through the real SDK, tap and client."""

import json
from pathlib import Path

import pytest

from costtui.cli import main
from costtui.reading import CallQuery
from costtui.store import open_store


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("OPENAI_API_KEY", "LAUNCHDARKLY_SDK_KEY", "COSTTUI_FLAGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    (tmp_path / "none.toml").write_text("")


def run(tmp_path: Path, *more: str) -> int:
    store = str(tmp_path / "traffic.db")
    return main(
        ["traffic", "6", "--delay", "0", "--concurrency", "6", "--seed", "1", "--store", store, *more]
    )


def test_every_query_is_recorded_tracked_and_counted(tmp_path, capsys):
    assert run(tmp_path, "--output", str(tmp_path / "out.json")) == 0
    printed = capsys.readouterr().out
    assert "simulated" in printed
    assert "✓ attributed" in printed
    made = json.loads((tmp_path / "out.json").read_text())
    assert len(made) == 6
    assert {query["variation"] for query in made} <= {"motherduck-ai", "webllm"}
    with open_store(tmp_path / "traffic.db") as opened:
        calls = opened.reader.calls(CallQuery())
        assert len(calls) == 6
        assert {call.node for call in calls} == {"traffic"}
        assert all(call.context_id and call.variation_key for call in calls)
        assert len({call.user_id for call in calls}) == 6
        events = opened.reader.evidence().events
        assert sorted(event.witness for event in events) == ["custom"] * 6 + ["plugin"] * 6


def test_the_bug_shows_in_every_event(tmp_path, capsys):
    assert run(tmp_path, "--bug") == 0
    printed = capsys.readouterr().out
    assert "attributes differ" in printed
    assert "+user" in printed
    assert "✓ attributed" not in printed


def test_a_model_without_a_key_is_refused_before_anything_is_sent(tmp_path, capsys):
    assert run(tmp_path, "--model", "openai/gpt-4o") != 0
    assert "OPENAI_API_KEY" in capsys.readouterr().err
    assert not (tmp_path / "traffic.db").exists()
