from random import Random
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest

from costtui.demo.budgets import RUN, budgets
from costtui.demo.history import DAYS, history
from costtui.facts import CostSource, Period, Status
from costtui.pricing import PriceBook
from costtui.settings import Settings
from costtui.window import DAY_US, HOUR_US, days

NOW_US = 1_795_300_000_000_000


@pytest.fixture(scope="module")
def past():
    return history(PriceBook.load(Settings()), Random(5), NOW_US)


def test_the_same_seed_makes_the_same_history(past):
    assert history(PriceBook.load(Settings()), Random(5), NOW_US) == past


def test_history_covers_some_days_up_to_now_and_nothing_later(past):
    started = [each.run.started_us for each in past]
    assert started == sorted(started)
    assert NOW_US - DAYS * DAY_US <= started[0] < NOW_US - (DAYS - 1) * DAY_US
    assert NOW_US - HOUR_US < started[-1] < NOW_US
    assert all(call.started_us < NOW_US for each in past for call in each.calls)


def test_history_has_everything_that_there_is_to_see(past):
    calls = [call for each in past for call in each.calls]
    assert {each.run.subsystem for each in past} == {"support", "research", "sales"}
    assert len({call.model for call in calls}) >= 8
    assert len({call.lead_id for call in calls}) >= 5
    unpriced = {call.model for call in calls if call.cost.nano is None and call.status == Status.OK}
    assert unpriced == {"acme-judge-2"}
    assert {call.node for call in calls if call.cost.source == CostSource.HEURISTIC} == {"tone"}
    assert any(call.cache_hit and call.saved_nano > 0 and call.cost.nano == 0 for call in calls)
    assert any(call.attempt > 1 and call.status == Status.OK for call in calls)
    assert any(each.run.status == Status.ERROR for each in past)
    assert any(call.usage.cache_read_tokens for call in calls)


def test_every_call_belongs_to_its_run_and_keys_are_unique(past):
    keys = [call.key for each in past for call in each.calls]
    assert len(keys) == len(set(keys))
    assert len({each.run.run_id for each in past}) == len(past)
    assert all(call.run_id == each.run.run_id for each in past for call in each.calls)


def test_one_node_gets_slower_and_the_quality_of_research_drops(past):
    def latency(node, hours_ago):
        low, high = (NOW_US - hours * HOUR_US for hours in (hours_ago + 3, hours_ago))
        return fmean(
            call.latency_ms
            for each in past
            for call in each.calls
            if call.node == node and low < call.started_us < high and call.status == Status.OK
        )

    assert latency("enrich", 0) > 1.5 * latency("enrich", 48)
    assert latency("draft", 0) < 1.4 * latency("draft", 48)
    scores = [
        (each.quality.recorded_us, each.quality.overall_score)
        for each in past
        if each.quality and each.run.subsystem == "research"
    ]
    before = fmean(score for at_us, score in scores if at_us < NOW_US - 30 * HOUR_US)
    after = fmean(score for at_us, score in scores if at_us > NOW_US - 24 * HOUR_US)
    assert before - after > 0.1


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/Los_Angeles"])
def test_the_budget_of_the_day_is_mostly_spent(past, zone):
    calls = [call for each in past for call in each.calls]
    day, *_, run = budgets(calls, NOW_US, ZoneInfo(zone))
    midnight_us = days(NOW_US, NOW_US + 1, ZoneInfo(zone))[0]
    spent = sum(call.cost.nano or 0 for call in calls if call.started_us >= midnight_us)
    assert 0.7 < spent / day.max_nano < 0.8
    assert (day.period, day.time_zone, run) == (Period.DAY, zone, RUN)
