"""What the rules measure, and the sentences that say so."""

from dataclasses import replace

import pytest

from costtui.alerts.measures import Observed, levels, measures, unknown
from costtui.alerts.rules import DEFAULTS
from costtui.analysis.anomalies import Level
from costtui.facts import Budget, BudgetState, Period, Quality, Run, Series, Status
from costtui.money import nano
from costtui.reading import LeadTotals
from costtui.sums import Sums
from costtui.window import HOUR_US

NOW_US = 1_795_349_112_000_000
RULES = {rule.name: rule for rule in DEFAULTS}


def sums(**counters: int) -> Sums:
    found = Sums()
    for name, value in counters.items():
        setattr(found, name, value)
    return found


def series(model: str = "gpt-4o", node: str = "plan") -> Series:
    return Series(node, "openai", model)


def seen(**more):
    return replace(Observed(NOW_US, "2026-11-22", {}, {}), **more)


def measured(rule: str, **more):
    return list(measures(seen(**more), [RULES[rule]]))


def begins(rule: str, **more) -> list[str]:
    return [one.message for one in measured(rule, **more) if RULES[rule].begins(one.value)]


def test_a_day_that_spends_more_than_its_threshold_says_both_figures():
    today = {series(): sums(cost_nano=nano("30")), series("other"): sums(cost_nano=nano("21.2"))}
    assert begins("daily_spend", today=today) == ["$51.20 spent today, above $50.00"]
    assert not begins("daily_spend", today={series(): sums(cost_nano=nano("50"))})
    assert measured("daily_spend", today=today)[0].episode == "2026-11-22"


def test_the_mean_lead_is_dear():
    assert begins("cost_per_lead", leads=LeadTotals(4, nano("0.56"))) == [
        "a lead costs $0.14 on average over 7 days (4 leads), above $0.10"
    ]
    assert not measured("cost_per_lead", leads=LeadTotals(0, 0))


@pytest.mark.parametrize(("calls", "hits", "alert"), [(99, 0, False), (100, 19, True), (100, 20, False)])
def test_a_cache_that_seldom_answers(calls, hits, alert):
    week = {series(): sums(calls=calls, cache_hits=hits)}
    assert bool(begins("cache_hit_rate", week=week)) is alert


def state(spent: str, period: Period = Period.DAY, end_us: int | None = NOW_US + HOUR_US) -> BudgetState:
    budget = Budget("team", nano("10"), nano("8"), period=period)
    return BudgetState(budget, "run-1" if period is Period.RUN else "", 5, end_us, nano(spent), 0)


@pytest.mark.parametrize(
    ("spent", "rules"), [("7.9", []), ("8.5", ["budget_warning"]), ("12", ["budget_exceeded"])]
)
def test_a_budget_alerts_once_at_the_worse_of_its_two_marks(spent, rules):
    found = measures(seen(budgets=[state(spent)]), DEFAULTS)
    assert [one.rule for one in found if RULES[one.rule].begins(one.value)] == rules


def test_a_budget_s_alert_leads_to_what_it_limits_and_belongs_to_its_window():
    (one,) = measured("budget_exceeded", budgets=[state("12", Period.RUN, None)])
    assert (one.place, one.key) == ("run", "run-1")
    assert one.message == "run run-1: $12.00 spent, above the limit of $10.00"
    assert one.episode == "team 5"


def test_a_run_that_has_long_ended_is_no_news():
    assert measured("budget_exceeded", budgets=[state("12", Period.RUN, NOW_US - 60_000_000)])
    assert not measured("budget_exceeded", budgets=[state("12", Period.RUN, NOW_US - 2 * HOUR_US)])


def test_a_budget_of_nothing_is_exceeded_by_anything_and_not_by_nothing():
    free = replace(state("0.01"), budget=Budget("none", 0, 0))
    assert begins("budget_exceeded", budgets=[free])
    assert not begins("budget_exceeded", budgets=[replace(free, spent_nano=0)])


def quality(subsystem: str, score: float, at: int) -> Quality:
    return Quality(f"run-{at}", at, subsystem, score, 0, 0, 0, 0, True, 1, 1)


def test_quality_that_fell_is_told_by_subsystem():
    scores = [0.86, 0.88, 0.87, 0.85, 0.86, 0.89, 0.87, 0.88, 0.7, 0.71, 0.69, 0.72, 0.7, 0.68, 0.71, 0.7]
    newest_first = [quality("triage", score, at) for at, score in enumerate(scores)][::-1]
    steady = [quality("plan", 0.8, at) for at in range(16)]
    (message,) = begins("quality_degradation", quality=newest_first + steady)
    assert message.startswith("quality of triage fell from 0.87 to 0.70 with the last 8 runs (9")


def test_a_node_whose_calls_cost_far_more_than_ever_is_an_anomaly():
    history = {"plan": [Level(100, 1_000_000 + 10_000 * (hour % 3)) for hour in range(24)]}
    (one,) = measured("cost_anomaly", history=history, hour={"plan": Level(100, 4_000_000)})
    assert RULES["cost_anomaly"].begins(one.value)
    assert one.message.startswith("plan costs $0.000040 per call, 4.0 × its usual $0.000010")
    assert (one.place, one.filter) == ("calls", "node=plan")
    assert not measured("cost_anomaly", history=history, hour={"plan": Level(100, 1_050_000)})


def test_failures_that_were_not_billed_do_not_make_calls_cheaper():
    failed = replace(series(), status=Status.ERROR)
    assert levels({series(): sums(calls=5, cost_nano=50), failed: sums(calls=90)}) == {"plan": Level(5, 50)}
    assert levels({failed: sums(calls=9, cost_nano=9)}) == {"plan": Level(9, 9)}


def test_each_model_without_a_price_is_told_with_the_way_to_its_calls():
    week = {
        series("new"): sums(unpriced=2),
        series("new", "write"): sums(unpriced=1),
        series(): sums(calls=9),
    }
    (one,) = measured("unknown_price", week=week)
    assert one.message.startswith("3 calls of openai/new in 7 days have no known price: set one")
    assert (one.place, one.filter) == ("calls", "model=new source=unknown")


def test_a_run_that_makes_no_calls_is_stale_and_without_a_run_nothing_is():
    run = Run("nightly", NOW_US - HOUR_US)
    (message,) = begins("stale_store", runs=[run], newest_us=NOW_US - 420_000_000)
    assert message == "no call for 7 m 00 s while run nightly is under way, above 5 m 00 s"
    assert not begins("stale_store", runs=[replace(run, started_us=NOW_US - 1)], newest_us=0)
    assert not measured("stale_store", newest_us=1)


def test_what_is_not_known_is_neither_an_alert_nor_the_end_of_one():
    assert unknown(seen()) == {"cost_anomaly", "cost_per_lead", "unattributed_events"}
    assert not unknown(seen(hour={}, history={}, leads=LeadTotals(0, 0), unattributed=0))
    assert not measures(seen(), [RULES[name] for name in unknown(seen())])


def test_events_that_count_nowhere():
    assert begins("unattributed_events", unattributed=24) == [
        "24 metric events count in no experiment, above 0"
    ]
