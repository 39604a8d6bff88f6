"""What real SDKs sent gets the verdict that can be argued from the wire format."""

import json
from pathlib import Path

import pytest

from costtui.attribution.debugger import Debugger
from costtui.attribution.events import EventReader
from costtui.attribution.groups import Report
from costtui.attribution.payloads import read_payload
from costtui.attribution.verdicts import Metric

FIXTURES = Path(__file__).parent / "fixtures"

VERDICTS = {
    "node_exp_eval_A_track_B": "attributes_differ",
    "py990_01_exp_eval_A_track_B": "attributed",
    "py_01_exp_eval_A_track_B": "attributes_differ",
    "py_02_track_first": "before_exposure",
    "py_03_plain_track_first": "cannot_tell",
    "py_04_wrong_key": "key_mismatch",
    "py_05_wrong_kind": "kind_mismatch",
    "py_06_multi_eval_single_track": "unit_kind_missing",
    "py_07_missing_randomization_kind": "not_in_experiment",
    "py_10_plain": "not_in_experiment",
    "py_17_no_metric_value": "value_missing",
    "py_17b_metric_value_string": "value_invalid",
    "py_19_off": "not_in_experiment",
    "py_20_private": "attributes_differ",
    "py_24_multi": "attributed",
    "py_ai_1.2.0_testdata": "not_in_experiment",
    "py_ai_exp_same_key_attr_mismatch": "attributes_differ",
    "py_ai_plain_track_first": "not_in_experiment",
    "py_repro_devrel_after": "attributed",
    "py_repro_devrel_before": "attributes_differ",
}


def report(name: str, metric: Metric | None = None) -> Report:
    reader, debugger = EventReader(), Debugger([metric or Metric("ai_cost_per_request")])
    for sent in read_payload((FIXTURES / f"{name}.json").read_bytes(), name):
        batch = reader.read(sent.body, sent.path, sent.headers)
        assert batch.skipped == 0
        debugger.feed(batch.facts)
    return debugger.report()


def changes(found: Report) -> set[tuple[str, str, str]]:
    return {(d.kind, d.attribute, d.change.value) for group in found.groups for d in group.differences}


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_a_captured_payload_gets_its_verdict(name: str, verdict: str) -> None:
    assert {group.verdict.value for group in report(name).groups} == {verdict}


@pytest.mark.parametrize(("name", "verdict"), VERDICTS.items())
def test_events_alone_get_the_same_verdict_as_whole_requests(name: str, verdict: str) -> None:
    reader, debugger = EventReader(), Debugger([Metric("ai_cost_per_request")])
    for sent in read_payload((FIXTURES / f"{name}.json").read_bytes(), name):
        debugger.feed(reader.read(sent.body).facts)
    assert {group.verdict.value for group in debugger.report().groups} == {verdict}


@pytest.mark.parametrize("name", ["node_gzip", "py_11_tracked", "py_25_sampled"])
def test_a_payload_without_the_metric_cannot_tell(name: str) -> None:
    found = report(name)
    assert (found.events, found.exit_code()) == (0, 2)


def test_the_historical_incident_names_exactly_the_attribute_user() -> None:
    found = report("py_repro_devrel_before")
    assert (found.events, found.attributed, found.unattributed) == (24, 24, 0)
    assert changes(found) == {("user", "user", "added")}
    assert sum(group.events for group in found.groups) == 24
    assert {group.config for group in found.groups} == {"supervisor-agent", "support-agent", "security-agent"}
    assert all(group.units == 8 for group in found.groups)
    assert found.cost_nano == 120_000_000
    assert found.exit_code() == 0
    assert found.exit_code(strict=True) == 1


def test_the_repaired_incident_is_clean() -> None:
    found = report("py_repro_devrel_after")
    assert (found.attributed, found.unattributed, found.exit_code(strict=True)) == (24, 0, 0)
    assert not changes(found)
    assert all(not group.notes for group in found.groups)


def test_a_metric_that_filters_on_the_attribute_makes_the_difference_an_error() -> None:
    found = report("py_01_exp_eval_A_track_B", Metric("ai_cost_per_request", filters=frozenset({"user"})))
    assert (found.unattributed, found.exit_code()) == (1, 1)


def test_the_unit_decides_whether_a_missing_kind_matters() -> None:
    by_user = report("py_06_multi_eval_single_track", Metric("ai_cost_per_request", unit="user"))
    assert [g.verdict.value for g in by_user.groups] == ["attributes_differ"]
    assert changes(by_user) == {("org", "", "removed")}
    by_org = report("py_06_multi_eval_single_track", Metric("ai_cost_per_request", unit="org"))
    assert [g.verdict.value for g in by_org.groups] == ["unit_kind_missing"]


def test_an_old_sdk_leaves_attributes_unknown() -> None:
    (group,) = report("py990_01_exp_eval_A_track_B").groups
    assert "attributes_unknown" in group.notes
    assert not group.differences


def test_redacted_attributes_are_compared_by_name() -> None:
    assert changes(report("py_20_private")) == {
        ("user", "addr", "removed"),
        ("user", "email", "removed"),
        ("user", "plan", "added"),
        ("user", "region", "added"),
        ("user", "user", "added"),
    }


def test_an_ai_config_outside_an_experiment_still_shows_the_mismatch() -> None:
    found = report("py_ai_plain_track_first")
    assert changes(found) == {("user", "user", "added")}
    assert found.groups[0].witness == "usage"


def test_a_resumed_tracker_with_another_context_is_a_run_mismatch() -> None:
    (group,) = [
        g for g in report("py_ai_1.2.0_testdata", Metric("$ld:ai:generation:success")).groups if g.differences
    ]
    assert "run_mismatch" in group.notes


def test_dollars_of_an_event_without_a_value_are_read_from_its_data() -> None:
    assert report("py_17_no_metric_value").unattributed_nano == 12_300_000


def test_the_same_captures_are_in_the_shared_folder() -> None:
    shared = Path(__file__).parents[3] / "shared" / "fixtures" / "launchdarkly"
    if not shared.is_dir():
        pytest.skip("no shared fixtures here")
    for path in shared.glob("*.json"):
        ours = json.loads((FIXTURES / path.name).read_text())
        assert [r["body"] for r in ours["requests"]] == [
            r["body"] for r in json.loads(path.read_text())["requests"]
        ]
