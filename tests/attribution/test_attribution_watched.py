"""The settings name the metrics that are judged, for every command and for the monitor alike."""

from dataclasses import replace
from pathlib import Path

import pytest
from sample_evidence import MemoryEvidence, exposure, tracked
from sample_store import NOW_US

from costtui.attribution.live import Attribution
from costtui.attribution.verdicts import Metric
from costtui.attribution.watched import DEFAULT, chosen
from costtui.errors import SettingsError
from costtui.settings import load

KNOWN = (
    Metric("ai_cost_per_request", "user", "exp", filters=frozenset({"plan"})),
    Metric("done", numeric=False),
)
NOTHING = {"unit": "", "flag": "", "filters": (), "occurrences": False}


def settings(folder: Path, text: str) -> tuple[Metric, ...]:
    path = folder / "settings.toml"
    path.write_text(text)
    return load({"COSTTUI_SETTINGS": str(path)}).metrics


def test_a_table_per_event_key(tmp_path: Path) -> None:
    text = '[metrics.ai_cost_per_request]\nunit = "user"\nflag = "exp"\nfilters = ["plan"]\n[metrics.done]\nvalue = false\n'
    assert settings(tmp_path, text) == KNOWN
    assert settings(tmp_path, "") == ()


@pytest.mark.parametrize("line", ["unit = 5", "value = 'no'", "filters = 'plan'", "unknown = 1"])
def test_a_bad_value_is_named_with_its_place(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingsError, match=r"metrics\.done\."):
        settings(tmp_path, f"[metrics.done]\n{line}\n")


def test_commands_judge_what_the_settings_name_unless_told_otherwise() -> None:
    assert chosen(KNOWN, "", **NOTHING) == KNOWN
    assert chosen((), "", **NOTHING) == (Metric(DEFAULT),)
    assert chosen(KNOWN, "ai_cost_per_request", **NOTHING) == KNOWN[:1]
    assert chosen(KNOWN, "other", **NOTHING) == (Metric("other"),)
    (told,) = chosen(KNOWN, "ai_cost_per_request", unit="org", flag="", filters=["tier"], occurrences=True)
    assert told == Metric("ai_cost_per_request", "org", "exp", numeric=False, filters=frozenset({"tier"}))


def test_the_monitor_finds_a_misspelt_key_of_a_metric_that_it_knows() -> None:
    event = replace(tracked("alice", NOW_US), key="AI-cost-per-request")
    facts = MemoryEvidence((replace(exposure("alice", NOW_US - 1), flag="exp"),), (event,))
    for metrics, verdict in (((), "attributed"), (KNOWN[:1], "event_key_typo")):
        live = Attribution(facts, metrics)
        while live.advance():
            pass
        assert {group.verdict.value for group in live.report.groups} == {verdict}
