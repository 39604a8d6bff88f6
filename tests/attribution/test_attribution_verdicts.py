"""Each verdict and note from the smallest stream that shows it."""

import math
from dataclasses import replace
from typing import Any

import pytest
from attribution_streams import METRIC, context, exposed, multi, summary, tracked

from costtui.attribution.debugger import Debugger, Limits
from costtui.attribution.groups import Report
from costtui.attribution.verdicts import Metric, is_typo

ALICE, BOB = context("alice", plan="pro"), context("bob", plan="pro")


def check(*facts: Any, **metric: Any) -> Report:
    debugger = Debugger([Metric(METRIC, **metric)])
    debugger.feed(facts)
    return debugger.report()


def verdict(*facts: Any, **metric: Any) -> str:
    (group,) = check(*facts, **metric).groups
    return group.verdict.value


def notes(*facts: Any, **metric: Any) -> set[str]:
    return {note.value for group in check(*facts, **metric).groups for note in group.notes}


def test_the_same_context_after_an_exposure_is_attributed() -> None:
    assert verdict(exposed(1, ALICE), tracked(2, ALICE)) == "attributed"


@pytest.mark.parametrize(
    ("attributes", "change"),
    [
        ({"plan": "pro", "user": "x"}, "added"),
        ({}, "removed"),
        ({"plan": "free"}, "changed"),
        ({"plan": True}, "retyped"),
    ],
)
def test_another_attribute_is_named_with_its_change(attributes: dict[str, Any], change: str) -> None:
    (group,) = check(exposed(1, ALICE), tracked(2, context("alice", **attributes))).groups
    assert group.verdict == "attributes_differ"
    assert [each.change.value for each in group.differences] == [change]


def test_json_has_one_kind_of_number_and_order_does_not_matter() -> None:
    before, after = context("a", n=1, m=2), {"m": 2.0, "n": 1.0, "key": "a", "kind": "user"}
    assert verdict(exposed(1, before), tracked(2, after)) == "attributed"


def test_the_newest_evaluation_before_the_event_is_the_one_compared() -> None:
    facts = exposed(1, ALICE), exposed(3, context("alice", plan="free")), tracked(2, ALICE), tracked(4, ALICE)
    report = check(*facts)
    assert {g.verdict.value: g.events for g in report.groups} == {"attributed": 1, "attributes_differ": 1}


def test_another_key_of_the_same_kind() -> None:
    assert verdict(exposed(1, ALICE), tracked(2, BOB)) == "key_mismatch"


def test_a_random_key_gets_its_hint() -> None:
    (group,) = check(exposed(1, ALICE), tracked(2, context("3f49d500-bc62-4b5f-9326-fc83e0e6111a"))).groups
    assert "random" in group.why


def test_the_same_key_as_another_kind() -> None:
    assert verdict(exposed(1, ALICE), tracked(2, context("alice", "request"))) == "kind_mismatch"


def test_a_multi_context_that_lacks_the_unit_when_tracked() -> None:
    both = multi(user=context("alice"), org=context("o1"))
    assert verdict(exposed(1, both), tracked(2, context("alice"))) == "unit_kind_missing"
    assert verdict(exposed(1, both), tracked(2, context("alice")), unit="user") == "attributes_differ"
    assert (
        verdict(exposed(1, ALICE), tracked(2, multi(org=context("o1"), session=context("s"))))
        == "unit_kind_missing"
    )


def test_a_multi_context_that_lacked_the_unit_when_evaluated() -> None:
    served = exposed(1, ALICE, in_experiment=False)
    both = multi(user=context("alice"), org=context("o1"))
    assert verdict(served, tracked(2, both), unit="org") == "unit_kind_missing"


def test_kinds_whose_keys_were_served_several_variations_are_not_the_unit() -> None:
    pairs = [
        exposed(1, multi(user=context("a"), org=context("o")), variation="0"),
        exposed(2, multi(user=context("b"), org=context("o")), variation="1"),
    ]
    (group,) = check(*pairs, tracked(3, context("a"))).groups
    assert group.verdict == "attributes_differ"


@pytest.mark.parametrize("witness", ["feature", "usage", "plugin", "tracker", "debug"])
def test_served_outside_the_experiment(witness: str) -> None:
    assert (
        verdict(exposed(1, ALICE, in_experiment=False, witness=witness), tracked(2, ALICE))
        == "not_in_experiment"
    )


def test_a_debug_copy_is_no_exposure() -> None:
    assert verdict(exposed(1, ALICE, witness="debug"), tracked(2, ALICE)) == "not_in_experiment"


def test_an_index_event_is_believed_only_after_evaluations_began() -> None:
    index = exposed(5, ALICE, witness="index", flag="", in_experiment=False)
    assert verdict(index, summary(5, "plain", 1), tracked(6, ALICE)) == "not_in_experiment"
    assert verdict(index, summary(6, "plain", 1), tracked(6, ALICE)) == "cannot_tell"


def test_summaries_that_features_explain_leave_no_doubt_about_the_key() -> None:
    index = exposed(5, BOB, witness="index", flag="", in_experiment=False)
    facts = exposed(1, ALICE), summary(1, "exp", 1), index, tracked(6, BOB)
    assert verdict(*facts) == "key_mismatch"
    assert verdict(*facts, summary(1, "exp", 1, order=10)) == "not_in_experiment"


def test_a_missing_exposure_with_nothing_evaluated() -> None:
    assert verdict(tracked(1, ALICE)) == "no_exposure"


def test_tracking_first() -> None:
    assert verdict(tracked(1, ALICE), exposed(2, ALICE)) == "before_exposure"
    assert verdict(tracked(1, ALICE, order=1), exposed(1, ALICE, order=2)) == "before_exposure"
    assert verdict(tracked(1, ALICE, order=2), exposed(1, ALICE, order=1)) == "attributed"


def test_another_sdk_key_is_another_environment() -> None:
    facts = exposed(1, ALICE), tracked(2, ALICE, environment="sdk-22222222")
    assert verdict(*facts) == "other_environment"


@pytest.mark.parametrize("other", ["", "client-22222222", "mob-22222222"])
def test_keys_of_another_sort_may_be_one_environment(other: str) -> None:
    assert verdict(exposed(1, ALICE), tracked(2, ALICE, environment=other)) == "attributed"


@pytest.mark.parametrize(
    ("value", "data", "expected"),
    [
        (None, None, "value_missing"),
        (None, {"cost": 0.5}, "value_missing"),
        ("0.5", None, "value_invalid"),
        (True, None, "value_invalid"),
        (math.nan, None, "value_invalid"),
        (math.inf, None, "value_invalid"),
        (0, None, "attributed"),
    ],
)
def test_values_that_do_not_count(value: Any, data: Any, expected: str) -> None:
    assert verdict(exposed(1, ALICE), tracked(2, ALICE, value=value, data=data)) == expected


def test_a_metric_of_occurrences_needs_no_value() -> None:
    assert verdict(exposed(1, ALICE), tracked(2, ALICE, value=None), numeric=False) == "attributed"


@pytest.mark.parametrize(
    ("key", "typo"),
    [
        ("AI_cost_per_request", True),
        ("ai cost per request", True),
        ("ai-cost-per-request", True),
        ("ai_cost_per_requests", True),
        ("ai_cost_pre_request", True),
        ("ai_cost_per_reqeust ", True),
        ("ai_cost_per_request", False),
        ("ai_cost_per_session", False),
        ("latency", False),
    ],
)
def test_keys_that_are_meant(key: str, typo: bool) -> None:
    assert is_typo(key, METRIC) is typo


def test_keys_that_differ_in_a_number_are_different_metrics() -> None:
    assert not is_typo("step_2_cost", "step_1_cost")


def test_a_misspelt_key() -> None:
    assert verdict(exposed(1, ALICE), tracked(2, ALICE, key="AI_Cost_Per_Request")) == "event_key_typo"


def test_what_only_the_plugin_saw_was_not_delivered() -> None:
    lost = tracked(2, ALICE, witness="plugin", delivered=False)
    assert verdict(exposed(1, ALICE), lost) == "not_delivered"
    silent = tracked(2, ALICE, witness="plugin")
    later = tracked(60_000_000, BOB, key="other")
    assert verdict(exposed(1, ALICE), silent) == "attributed"
    assert verdict(exposed(1, ALICE), silent, later) == "not_delivered"


def test_one_event_that_both_saw_counts_once_with_the_line_of_the_plugin() -> None:
    report = check(
        exposed(1, ALICE),
        exposed(1, ALICE, witness="plugin", call_site="app.py:3"),
        tracked(1000, ALICE),
        tracked(1500, ALICE, witness="plugin", call_site="app.py:9"),
    )
    (group,) = report.groups
    assert (group.events, group.verdict.value) == (1, "attributed")
    assert group.call_sites == ("evaluated at app.py:3", "tracked at app.py:9")


def test_a_late_exposure_flips_the_verdict() -> None:
    debugger = Debugger([Metric(METRIC)])
    debugger.feed([tracked(5, ALICE)])
    assert debugger.report().groups[0].verdict == "no_exposure"
    debugger.feed([exposed(1, BOB)])
    assert debugger.report().groups[0].verdict == "key_mismatch"
    debugger.feed([exposed(6, ALICE)])
    assert debugger.report().groups[0].verdict == "before_exposure"
    debugger.feed([exposed(1, ALICE)])
    (group,) = debugger.report().groups
    assert (group.verdict.value, group.events) == ("attributed", 1)


def test_an_event_about_one_config_is_not_saved_by_an_exposure_to_another() -> None:
    facts = exposed(1, ALICE), exposed(1, BOB, flag="bot")
    assert verdict(*facts, tracked(2, ALICE, config_key="bot")) == "key_mismatch"
    assert verdict(*facts, tracked(2, ALICE, config_key="unheard of")) == "attributed"


def test_notes() -> None:
    seen = exposed(1, ALICE)
    named = {"config_key": "exp", "variation_key": "v"}
    assert notes(seen, tracked(2, ALICE, **named)) == set()
    assert notes(seen, tracked(2, ALICE)) == {"metadata_missing"}
    assert notes(seen, exposed(2, ALICE, variation="2"), tracked(3, ALICE, **named)) == {"crossover"}
    assert notes(seen, summary(1, "exp", 3), tracked(3, ALICE, **named)) == {"sampled"}
    anonymous, shared = context("x1", anonymous=True), context("security_user")
    assert notes(exposed(1, anonymous), tracked(2, anonymous, **named)) == {"anonymous"}
    assert notes(exposed(1, shared), tracked(2, shared, **named)) == {"shared_key"}
    assert notes(seen, tracked(2, ALICE, context=None, **named)) == {"attributes_unknown"}
    run = exposed(1, ALICE, witness="tracker", ai_run_id="r1", in_experiment=False)
    other = context("alice", plan="pro", user="alice")
    assert notes(seen, run, tracked(2, other, ai_run_id="r1")) == {"run_mismatch"}
    assert notes(seen, run, tracked(2, ALICE, ai_run_id="r1")) == set()


def test_memory_is_bounded_and_every_event_stays_counted() -> None:
    limits = Limits(keys=50, events=60, events_per_key=10)
    debugger = Debugger([Metric(METRIC)], limits)
    for number in range(400):
        who = context(f"u{number % 100}")
        debugger.feed([exposed(number * 10, who), tracked(number * 10 + 1, who)])
    report = debugger.report()
    assert report.events == 400
    assert {group.verdict.value for group in report.groups} == {"attributed"}
    assert debugger.kept <= 60


def test_a_busy_key_settles_its_oldest_events() -> None:
    debugger = Debugger([Metric(METRIC)], Limits(events_per_key=10))
    debugger.feed([exposed(1, ALICE), *(tracked(at, ALICE) for at in range(2, 103))])
    (group,) = debugger.report().groups
    assert (group.events, group.units, group.cost_nano) == (101, 1, 101 * 10_000_000)
    assert debugger.kept <= 10


def test_after_forgetting_exposures_a_mismatch_is_not_claimed() -> None:
    debugger = Debugger([Metric(METRIC)], Limits(keys=10, events=10))
    debugger.feed([exposed(1, context("first"))])
    for number in range(20):
        debugger.feed([exposed(number, context(f"u{number}"))])
    debugger.feed([tracked(99, context("first"))])
    assert debugger.report().groups[0].verdict == "cannot_tell"


def test_the_last_word_of_the_plugin_on_an_event_replaces_its_first() -> None:
    first = tracked(2, ALICE, witness="plugin")
    debugger = Debugger([Metric(METRIC)])
    debugger.feed([exposed(1, ALICE), first])
    debugger.feed([replace(first, delivered=False)])
    (group,) = debugger.report().groups
    assert (group.verdict.value, group.events) == ("not_delivered", 1)


def test_an_ai_config_that_was_read_for_somebody_else_only() -> None:
    read = exposed(1, ALICE, witness="usage", in_experiment=False)
    index = exposed(2, BOB, witness="index", flag="", in_experiment=False)
    assert verdict(read, summary(1, "exp", 1), index, tracked(3, BOB)) == "no_exposure"


def test_a_context_that_holds_the_time_does_not_fill_memory() -> None:
    debugger = Debugger([Metric(METRIC)])
    for at in range(1, 400):
        debugger.feed([exposed(at, context("alice", now=at)), tracked(at, context("alice", now=at))])
    (group,) = debugger.report().groups
    assert (group.verdict.value, group.events) == ("attributed", 399)
    assert debugger.kept < 200


def test_countless_causes_are_told_together() -> None:
    debugger = Debugger([Metric(METRIC)], Limits(causes=5))
    for number in range(50):
        who = context(f"u{number}")
        debugger.feed([exposed(1, who), tracked(2, context(f"u{number}", **{f"a{number}": 1}))])
    report = debugger.report()
    assert (report.events, len(report.groups)) == (50, 6)
