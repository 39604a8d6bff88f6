"""The ledger of an experiment gives every event the debugger's verdict, and every unit its variation."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from attribution_streams import METRIC, context, exposed, multi, tracked
from hypothesis import given, settings
from hypothesis import strategies as st

from costtui.attribution.debugger import Debugger
from costtui.attribution.events import EventReader
from costtui.attribution.experiment.ledger import Ledger
from costtui.attribution.experiment.plan import Plan, Rule
from costtui.attribution.experiment.result import result_of
from costtui.attribution.experiment.units import STANDING, Standing
from costtui.attribution.payloads import read_payload
from costtui.attribution.verdicts import Metric
from costtui.facts import Exposure, MetricEvent
from costtui.reading import EvidencePage
from costtui.window import Span

FIXTURES = Path(__file__).parent / "fixtures"
SECOND = 1_000_000


class Stored:
    """Evidence in the order in which it was stored; more may be stored later."""

    def __init__(self, *facts):
        self.exposures, self.events = [], []
        self.store(*facts)

    def store(self, *facts):
        self.exposures += [fact for fact in facts if isinstance(fact, Exposure)]
        self.events += [fact for fact in facts if isinstance(fact, MetricEvent)]

    def evidence(self, after=(0, 0), limit=5000):
        exposures = tuple(self.exposures[after[0] : after[0] + limit])
        events = tuple(self.events[after[1] : after[1] + limit])
        return EvidencePage(exposures, events, (after[0] + len(exposures), after[1] + len(events)))


def read(ledger):
    while ledger.advance():
        pass
    return ledger


def ledger_of(*facts, **options):
    return read(Ledger(Stored(*facts), **options))


def result(ledger, flag="exp"):
    return result_of(ledger.tallies[flag], {}, ledger.rate)


def standings(ledger):
    found = Counter()
    for tally in ledger.tallies.values():
        for unit in tally.units.values():
            for (_, standing), (events, _, _) in unit.sums.items():
                found[standing] += events
    return +found


def by_debugger(facts):
    debugger = Debugger([Metric(METRIC)])
    debugger.feed(facts)
    found = Counter()
    for group in debugger.report().groups:
        found[STANDING[group.severity]] += group.events
    return found


def serve(number, variation, at=0, **changes):
    return exposed(at, context(f"user-{number}"), variation=variation, **changes)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("py*.json")), ids=lambda path: path.stem)
def test_captured_events_stand_as_the_debugger_says(path):
    reader, facts = EventReader(), []
    for sent in read_payload(path.read_bytes(), path.stem):
        facts += reader.read(sent.body, sent.path, sent.headers).facts
    known = by_debugger(facts)
    found = standings(ledger_of(*facts))
    assert found == known or not sum(found.values())  # an event of no experiment at all is in no ledger


KINDS = ("exposed", "exposed", "tracked", "differs", "wrong", "invalid", "both", "silent")


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(0, 5), st.integers(0, 300)),
        max_size=40,
        unique_by=lambda moment: moment[2],
    )
)
def test_any_stream_stands_as_the_debugger_says(moments):
    facts = [serve(99, "a")]
    for order, (what, number, second) in enumerate(moments, 1):
        who, at = context(f"user-{number}", plan="pro"), 2 * second * SECOND
        if what == "exposed":
            facts.append(exposed(at, who, order=order, variation=f"v{number % 2}"))
        elif what == "invalid":
            facts.append(tracked(at, who, order=order, value="0.1"))
        else:
            who = {"differs": {**who, "user": "x"}, "wrong": {**who, "key": f"request-{number}"}}.get(
                what, who
            )
            seen = tracked(at, who, order=order, config_key="exp")
            facts += [replace(seen, witness="plugin")] if what in ("both", "silent") else []
            facts += [replace(seen, at_us=at + 900)] if what != "silent" else []
    assert standings(ledger_of(*facts)) == by_debugger(facts)


def test_a_unit_has_the_variation_that_it_was_served_and_one_without_events_is_a_unit():
    found = result(ledger_of(serve(1, "a"), serve(2, "b"), serve(3, "b"), tracked(9, context("user-2"))))
    assert {arm.name: (arm.units, arm.tracked) for arm in found.arms} == {"a": (1, 0), "b": (2, 1)}
    arm = next(arm for arm in found.arms if arm.name == "b")
    assert (arm.counted.per_request.bottom, arm.counted.per_unit.bottom) == (1, 2)
    assert arm.counted.per_request.top == 10_000_000


def test_lost_events_go_to_the_variation_that_they_name():
    lost = [
        tracked(9, context("security_user"), config_key="exp", variation_key=name, value=value)
        for name, value in (("a", 0.1), ("b", 0.2), ("b", 0.2))
    ]
    found = result(
        ledger_of(serve(1, "a"), serve(2, "b"), *(replace(e, order=n) for n, e in enumerate(lost)))
    )
    arms = {arm.name: arm for arm in found.arms}
    assert arms["a"].events[Standing.LOST] == 1
    assert arms["b"].events[Standing.LOST] == 2
    assert arms["b"].counted.per_request.bottom == 0
    assert arms["b"].everything.per_request.ratio().value == pytest.approx(2e8)


def test_an_exposure_that_is_written_late_makes_its_event_count():
    stored = Stored(serve(1, "a"), tracked(5, context("user-2"), config_key="exp"))
    ledger = read(Ledger(stored))
    assert standings(ledger) == {Standing.LOST: 1}
    stored.store(serve(2, "b", at=1))
    assert standings(read(ledger)) == {Standing.COUNTS: 1}


def test_a_unit_that_was_served_several_variations_is_left_out_and_said():
    found = result(
        ledger_of(serve(1, "a"), serve(1, "b", at=2), serve(2, "a"), tracked(9, context("user-1")))
    )
    assert (found.crossed, found.crossed_events) == (1, 1)
    assert [(arm.name, arm.units) for arm in found.arms] == [("a", 1)]


def test_two_witnesses_of_one_event_count_it_once():
    who = context("user-1")
    seen = tracked(5 * SECOND, who, witness="plugin")
    wire = tracked(5 * SECOND + 900, who)
    for facts in ((seen, wire), (wire, seen)):
        assert standings(ledger_of(serve(1, "a"), *facts)) == {Standing.COUNTS: 1}


def test_what_the_wire_never_showed_is_lost():
    silent = tracked(5 * SECOND, context("user-1"), witness="plugin", value=0.5)
    later = tracked(60 * SECOND, context("user-1"))
    found = standings(ledger_of(serve(1, "a"), silent, later))
    assert found == {Standing.COUNTS: 1, Standing.LOST: 1}


def test_a_plugin_that_says_it_was_not_delivered_is_believed_once():
    first = tracked(5 * SECOND, context("user-1"), witness="plugin")
    assert standings(ledger_of(serve(1, "a"), first, replace(first, delivered=False))) == {Standing.LOST: 1}


def test_evaluations_of_both_witnesses_are_counted_once():
    seen = [serve(1, "a", at=at, witness=witness) for at in range(3) for witness in ("plugin", "feature")]
    assert result(ledger_of(*seen)).arms[0].exposures == 3


def test_only_what_lies_in_the_window_counts_and_what_came_before_explains_it():
    span = Span((10 * SECOND, 20 * SECOND))
    facts = (
        serve(1, "a", at=SECOND),
        tracked(5 * SECOND, context("user-1")),
        tracked(15 * SECOND, context("user-1")),
        tracked(25 * SECOND, context("user-1")),
    )
    found = result(ledger_of(*facts, span=span))
    assert [(arm.units, arm.events[Standing.COUNTS]) for arm in found.arms] == [(0, 1)]


def test_beyond_the_limit_a_random_part_of_the_units_is_kept_and_shares_stay_what_they_are():
    facts = []
    for number in range(4_000):
        facts += [serve(number, "ab"[number % 2], at=number), tracked(number, context(f"user-{number}"))]
    ledger = ledger_of(*facts, limit=500)
    found = result(ledger)
    assert ledger.rate >= 8
    assert sum(len(tally.units) for tally in ledger.tallies.values()) <= 500
    assert sum(arm.units for arm in found.arms) * ledger.rate == pytest.approx(4_000, rel=0.2)
    assert all(arm.counting == 1.0 for arm in found.arms)
    assert found.split.p_value is not None
    assert not found.split.mismatch


def test_the_unit_of_the_settings_is_used_and_exposures_without_it_are_counted():
    who = multi(user=context("u"), organization=context("acme", kind="organization"))
    plans = [Plan("exp", unit="organization")]
    found = ledger_of(exposed(1, who), exposed(2, context("v")), tracked(3, who), plans=plans)
    tally = found.tallies["exp"]
    assert tally.unit_kind == "organization"
    assert list(tally.units) == ["acme"]
    assert tally.without_unit == 1


def test_attributes_that_rules_ask_for_are_kept_with_the_unit():
    rule = Rule("go", "a", "monthly_saving", 1.0, {"user.tier": "starter"})
    found = ledger_of(exposed(1, context("u", tier="starter")), plans=[Plan("exp", rules=(rule,))])
    assert found.tallies["exp"].units["u"].attributes == ("starter",)


def test_what_the_settings_say_of_a_metric_decides_its_verdicts():
    facts = (serve(1, "a"), tracked(2, {**context("user-1"), "plan": "pro"}))
    assert standings(ledger_of(*facts)) == {Standing.DOUBTFUL: 1}
    filtered = Metric(METRIC, filters=frozenset(("plan",)))
    assert standings(ledger_of(*facts, metrics=[filtered])) == {Standing.LOST: 1}


def test_other_costs_than_the_experiments_are_named():
    found = ledger_of(serve(1, "a"), tracked(2, context("user-1"), key="llm.cost_usd"))
    assert found.other_costs == {"llm.cost_usd": 1}
    assert standings(found) == {}


def test_the_split_is_tested_where_it_was_drawn_and_not_where_a_rule_chose():
    drawn = [serve(number, "ab"[number < 30]) for number in range(130)]
    assert result(ledger_of(*drawn)).split.mismatch
    ruled = [serve(n, "ab"[n < 30], reason=("FALLTHROUGH", "RULE_MATCH vip")[n < 30]) for n in range(130)]
    split = result(ledger_of(*ruled)).split
    assert split.p_value is None
    assert split.text == "not at random: a by fallthrough, b by rule vip"


def test_a_declared_split_is_what_counts_are_compared_with():
    facts = [serve(number, "ab"[number % 10 == 0]) for number in range(400)]
    as_meant = ledger_of(*facts, plans=[Plan("exp", weights={"a": 90, "b": 10})])
    otherwise = ledger_of(*facts, plans=[Plan("exp", weights={"a": 50, "b": 50})])
    assert not result(as_meant).split.mismatch
    assert result(otherwise).split.mismatch
    missing = ledger_of(*facts, plans=[Plan("exp", weights={"a": 80, "b": 10, "c": 10})])
    assert result(missing).split.mismatch
