"""Bodies as SDKs of every language and generation send them get the verdict that their words allow."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from costtui.attribution.debugger import Debugger
from costtui.attribution.export import report_json
from costtui.attribution.snippets import CLOSE, KEY, NUMBER, SHARE
from costtui.attribution.verdicts import Metric
from costtui.cli.check import feed_payloads

AT = 1_795_333_287_012
USER = {"kind": "user", "key": "u1", "country": "US"}
ORG = {"key": "o1", "tier": "gold"}
BOTH = {"kind": "multi", "user": {"key": "u1", "country": "US"}, "org": ORG}
SERVER = {"Authorization": "sdk-1"}


def exposure(context: Any = USER, **changes: Any) -> dict[str, Any]:
    reason = {"kind": "FALLTHROUGH", "inExperiment": True}
    return {"kind": "feature", "creationDate": AT, "key": "exp", "value": "v", "default": "d", "version": 7, "variation": 1,
            "reason": reason, "context": context, **changes}  # fmt: skip


def tracked(context: Any = USER, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "custom",
        "creationDate": AT + 5,
        "key": "ai_cost_per_request",
        "context": context,
        "metricValue": 0.01,
        **changes,
    }


def without(event: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in names}


def body(*events: Any, path: str = "/bulk", **headers: str) -> dict[str, Any]:
    return {"path": path, "headers": headers or SERVER, "body": list(events)}


def judged(tmp_path: Path, captured: Any, **metric: Any) -> dict[str, Any]:
    file = tmp_path / "captured.json"
    file.write_text(captured if isinstance(captured, str) else json.dumps(captured))
    debugger = Debugger([Metric("ai_cost_per_request", **metric)])
    feed_payloads(debugger, [str(file)])
    report = debugger.report()
    json.dumps(report_json(report), allow_nan=False)
    return {**report_json(report), "verdicts": {group.verdict.value: group.events for group in report.groups}}


def verdicts(tmp_path: Path, *events: Any, **metric: Any) -> dict[str, int]:
    found: dict[str, int] = judged(tmp_path, {"requests": [body(*events)]}, **metric)["verdicts"]
    return found


def test_contexts_inline_and_as_keys_name_the_same_unit(tmp_path: Path) -> None:
    keys = {"contextKeys": {"user": "u1"}}
    old, new = without(exposure(), "context") | keys, without(tracked(), "context") | keys
    for first in (old, exposure()):
        for second in (new, tracked()):
            assert verdicts(tmp_path, first, second) == {"attributed": 1}


def test_users_of_schema_3_meet_contexts_of_schema_4(tmp_path: Path) -> None:
    old = without(tracked(), "context") | {"user": {"key": "u1", "custom": {"country": "US"}}}
    assert verdicts(tmp_path, exposure(), old) == {"attributed": 1}
    bare = without(tracked(), "context") | {"userKey": "u1", "contextKind": "user"}
    assert verdicts(tmp_path, exposure(), bare) == {"attributed": 1}


def test_a_browser_and_a_server_of_one_environment_belong_together(tmp_path: Path) -> None:
    browser = body(exposure(), path="/events/bulk/64f0c0ffee", **{"X-LaunchDarkly-User-Agent": "JSClient/3"})
    phone = body(exposure(), path="/mobile/events/bulk", authorization="mob-2")
    server = body(tracked())
    assert judged(tmp_path, {"requests": [browser, server]})["attributed"] == 1
    assert judged(tmp_path, {"requests": [phone, server]})["attributed"] == 1


@pytest.mark.parametrize(
    "other",
    [
        body(tracked(), Authorization="sdk-2"),
        body(tracked(), path="/env-b/bulk"),
        body(tracked(), path="/env-b/bulk", Authorization="sdk-2"),
        body(tracked(), path="/env-b/bulk", Host="here"),
    ],
)
def test_another_key_or_another_path_is_another_environment(tmp_path: Path, other: Any) -> None:
    found = judged(tmp_path, [body(exposure(), path="/env-a/bulk"), other])
    assert found["verdicts"] == {"other_environment": 1}


def test_clicks_and_page_views_are_metric_events(tmp_path: Path) -> None:
    for kind in ("click", "pageview"):
        event = without(tracked(kind=kind, url="https://x"), "metricValue")
        assert verdicts(tmp_path, exposure(), event, numeric=False) == {"attributed": 1}


def test_evaluations_of_migrations_and_identify_expose_nobody(tmp_path: Path) -> None:
    operation = {"kind": "migration_op", "creationDate": AT, "context": USER, "operation": "read", "evaluation": {
        "key": "move", "variation": 0, "value": "off", "reason": {"kind": "FALLTHROUGH"}}}  # fmt: skip
    assert verdicts(tmp_path, operation, tracked()) == {"not_in_experiment": 1}
    assert verdicts(tmp_path, {"kind": "identify", "creationDate": AT, "context": USER}, tracked()) == {
        "no_exposure": 1
    }


@pytest.mark.parametrize("second", [None, "soon", -1, True, AT / 1000, AT * 1000, str(AT)])
def test_a_time_that_is_missing_or_in_another_unit_loses_no_event(tmp_path: Path, second: Any) -> None:
    event = tracked(creationDate=second)
    assert verdicts(tmp_path, exposure(), event) == {"attributed": 1}
    assert verdicts(tmp_path, exposure(), without(event, "creationDate")) == {"attributed": 1}


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (0, "attributed"),
        (-0.5, "attributed"),
        (1e308, "attributed"),
        (10**40, "attributed"),
        ("0.01", "value_invalid"),
        ("", "value_invalid"),
        (True, "value_invalid"),
        ({"usd": 1}, "value_invalid"),
        ([1], "value_invalid"),
        (None, "value_missing"),
        (float("nan"), "value_invalid"),
        (float("-inf"), "value_invalid"),
    ],
)
def test_only_finite_numbers_count(tmp_path: Path, value: Any, verdict: str) -> None:
    assert verdicts(tmp_path, exposure(), tracked(metricValue=value)) == {verdict: 1}


def test_dollars_that_nobody_knows_are_not_zero(tmp_path: Path) -> None:
    found = judged(tmp_path, [exposure(), tracked(metricValue=None), tracked(metricValue=float("nan"))])
    assert (found["cost_usd"], found["unattributed_cost_usd"]) == (None, None)
    found = judged(tmp_path, [exposure(), tracked(), tracked(metricValue=None)])
    assert (found["cost_usd"], found["unattributed_cost_usd"]) == (0.01, None)
    found = judged(tmp_path, [exposure(), tracked(), tracked(metricValue=None, data={"cost": "0.5"})])
    assert (found["cost_usd"], found["unattributed_cost_usd"]) == (0.51, 0.5)


@pytest.mark.parametrize(
    ("evaluated", "sent", "change"),
    [
        (1, "1", "retyped"),
        (1, True, "retyped"),
        (True, "true", "retyped"),
        (0, False, "retyped"),
        (1, 2, "changed"),
        ("a", "A", "changed"),
        ("é", "e\u0301", "changed"),
        ([1, 2], [2, 1], "changed"),
        ({"a": 1}, [1], "retyped"),
        (None, "x", "added"),
        ("x", None, "removed"),
    ],
)
def test_values_differ_by_type_then_by_content(
    tmp_path: Path, evaluated: Any, sent: Any, change: str
) -> None:
    found = judged(tmp_path, [exposure(USER | {"a": evaluated}), tracked(USER | {"a": sent})])
    assert found["verdicts"] == {"attributes_differ": 1}
    assert [(each["attribute"], each["change"]) for each in found["groups"][0]["differences"]] == [
        ("a", change)
    ]


def test_equal_numbers_and_other_orders_are_no_difference(tmp_path: Path) -> None:
    first = {"kind": "user", "key": "u1", "n": 1, "deep": {"a": [1, {"x": 1, "y": 2}], "b": None}}
    second = {"deep": {"b": None, "a": [1.0, {"y": 2, "x": 1}]}, "n": 1.0, "key": "u1", "kind": "user"}
    assert verdicts(tmp_path, exposure(first), tracked(second)) == {"attributed": 1}


def test_redacted_on_one_side_is_a_note_and_no_difference(tmp_path: Path) -> None:
    hidden = USER | {"_meta": {"redactedAttributes": ["email", "/address/street"]}}
    found = judged(tmp_path, [exposure(hidden), tracked(USER | {"email": "e", "address": {"street": "s"}})])
    assert found["verdicts"] == {"attributed": 1}
    assert "redacted" in found["groups"][0]["notes"]


def test_keys_that_differ_in_case_are_two_users(tmp_path: Path) -> None:
    assert verdicts(tmp_path, exposure(), tracked(USER | {"key": "U1"})) == {"key_mismatch": 1}


def test_the_unit_decides_what_of_a_multi_context_must_match(tmp_path: Path) -> None:
    other = {**BOTH, "org": {"key": "o2", "tier": "gold"}}
    assert verdicts(tmp_path, exposure(BOTH), tracked(other), unit="user") == {"attributes_differ": 1}
    assert verdicts(tmp_path, exposure(BOTH), tracked(other), unit="org") == {"key_mismatch": 1}
    assert verdicts(tmp_path, exposure(BOTH), tracked(USER), unit="org") == {"unit_kind_missing": 1}
    assert verdicts(tmp_path, exposure(BOTH), tracked(USER), unit="user") == {"attributes_differ": 1}
    assert verdicts(tmp_path, exposure(USER), tracked(BOTH), unit="org") == {"unit_kind_missing": 1}


def test_a_copy_for_the_debugger_does_not_count_twice(tmp_path: Path) -> None:
    assert verdicts(tmp_path, exposure(), exposure(kind="debug"), tracked()) == {"attributed": 1}
    assert verdicts(tmp_path, exposure(kind="debug"), tracked()) == {"not_in_experiment": 1}


def test_several_variations_for_one_unit_are_a_crossover(tmp_path: Path) -> None:
    found = judged(tmp_path, [exposure(), exposure(variation=0), tracked()])
    assert "crossover" in found["groups"][0]["notes"]


def test_a_run_id_that_no_tracker_used_joins_nothing(tmp_path: Path) -> None:
    own = {"runId": "r1"}
    assert "metadata_missing" in judged(tmp_path, [exposure(), tracked(data=own)])["groups"][0]["notes"]
    tracker = tracked(key="$ld:ai:tokens:total", data={**own, "configKey": "exp", "variationKey": "v"})
    assert judged(tmp_path, [exposure(), tracker, tracked(data=own)])["groups"][0]["notes"] == []
    whole = {"configKey": "exp", "variationKey": "v"}
    assert judged(tmp_path, [exposure(), tracked(data=whole)])["groups"][0]["notes"] == []
    assert judged(tmp_path, [exposure(), tracked(data={"configKey": "exp"})])["groups"][0]["notes"] == [
        "metadata_missing"
    ]


def test_more_contexts_than_evaluations_leave_doubt_who_was_evaluated(tmp_path: Path) -> None:
    count = {"kind": "summary", "startDate": AT, "endDate": AT, "features": {"plain": {
        "default": "d", "contextKinds": ["user"], "counters": [{"count": 1, "variation": 0, "value": "a"}]}}}  # fmt: skip
    index = {"kind": "index", "creationDate": AT, "context": USER}
    assert verdicts(tmp_path, index, tracked(), count) == {"not_in_experiment": 1}
    other = USER | {"key": "u2"}
    assert verdicts(tmp_path, index, index | {"context": other}, tracked(other), count) == {"cannot_tell": 1}


def test_sampled_exposures_are_named_as_a_cause(tmp_path: Path) -> None:
    count = {"kind": "summary", "startDate": AT, "endDate": AT, "features": {"exp": {
        "default": "d", "contextKinds": ["user"], "counters": [{"count": 2, "variation": 1, "value": "v"}]}}}  # fmt: skip
    other = USER | {"key": "u2"}
    index = {"kind": "index", "creationDate": AT, "context": other}
    found = judged(tmp_path, [index, exposure(), tracked(other), count])
    assert found["verdicts"] == {"not_in_experiment": 1}
    assert "sampled" in found["groups"][0]["notes"]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([exposure(), tracked()]),
        json.dumps([[exposure()], [tracked()]]),
        json.dumps({"events": [exposure(), tracked()]}),
        json.dumps(exposure()) + "\n\n" + json.dumps(tracked()) + "\n",
        json.dumps([exposure()]) + "\n" + json.dumps([tracked()]) + "\n",
        json.dumps(body(exposure())) + "\n" + json.dumps(body(tracked())),
        json.dumps({"requests": [{"body": json.dumps([exposure(), tracked()])}]}),
        json.dumps({"requests": [{"body": json.dumps(exposure()) + "\n" + json.dumps(tracked())}]}),
        json.dumps({"requests": [{"path": None, "headers": [["Authorization", "sdk-1"]], "body": [exposure(), tracked()]}]}),
        json.dumps([{"headers": [{"name": "Authorization", "value": "k"}], "body": [exposure(), tracked()]}]),
        json.dumps({"requests": [{"body": base64.b64encode(json.dumps([exposure(), tracked()]).encode()).decode()}]}),
        json.dumps({"requests": [{"body": base64.b64encode(gzip.compress(json.dumps([exposure(), tracked()]).encode())).decode()}]}),
        "\ufeff" + json.dumps([exposure(), tracked()]),
    ],
    ids=range(13),
)  # fmt: skip
def test_captures_of_every_shape_are_judged_alike(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text)["verdicts"] == {"attributed": 1}


def test_a_body_sent_twice_counts_once_and_one_that_was_cut_off_does_not_hide_the_next(
    tmp_path: Path,
) -> None:
    sent = body(exposure(), tracked(), **{"X-LaunchDarkly-Payload-ID": "p1"})
    assert judged(tmp_path, {"requests": [sent, sent]})["events"] == 1
    cut = sent | {"body": '[{"kind": "feat'}
    assert judged(tmp_path, {"requests": [cut, sent]})["events"] == 1


def test_a_file_that_was_cut_off_is_read_up_to_there(tmp_path: Path) -> None:
    lines = [json.dumps(exposure()), json.dumps(tracked()), json.dumps(tracked())[:40]]
    assert judged(tmp_path, "\n".join(lines))["verdicts"] == {"attributed": 1}
    requests = [json.dumps(body(exposure(), tracked())), json.dumps(body(tracked()))[:40]]
    assert judged(tmp_path, "\n".join(requests))["verdicts"] == {"attributed": 1}


def test_a_key_that_never_was_exposed_names_the_only_experiment(tmp_path: Path) -> None:
    other = tracked(USER | {"key": "u2"})
    assert judged(tmp_path, [exposure(), other])["groups"][0]["config"] == "exp"
    assert judged(tmp_path, [exposure(), exposure(key="exp-2"), other])["groups"][0]["config"] == ""


@pytest.mark.parametrize(
    ("agent", "line"),
    [
        ("PythonClient/9.20.0", "client.track('ai_cost_per_request', context, data, cost)"),
        ("NodeJSClient/9.13.7", "client.track('ai_cost_per_request', context, data, cost);"),
        ("GoClient/7.10", 'client.TrackMetric("ai_cost_per_request", context, cost, data)'),
        ("JavaClient/7.4", 'client.trackMetric("ai_cost_per_request", context, data, cost);'),
        ("DotNetClient/8.1", 'client.Track("ai_cost_per_request", context, data, cost);'),
        ("RubyClient/8.9", "client.track('ai_cost_per_request', context, data, cost)"),
        ("PHPClient/6.4", "$client->track('ai_cost_per_request', $context, $data, $cost);"),
        ("RustServerClient/2", "Build the context once"),
    ],
)
def test_the_fix_speaks_the_senders_language(tmp_path: Path, agent: str, line: str) -> None:
    headers = {"Authorization": "sdk-1", "User-Agent": agent}
    sent = [body(exposure(), **headers), body(tracked(USER | {"user": "u1"}), **headers)]
    fix = judged(tmp_path, {"requests": sent})["groups"][0]["fix"]
    assert line in fix
    assert "{" not in fix or "kind: 'user'" in fix


def test_every_fix_can_be_written_in_every_language() -> None:
    for snippet in (SHARE, NUMBER, CLOSE, KEY):
        for lines in snippet.values():
            assert lines.format(metric="m", config="c")
