"""Gauges say in words how much is spent, how bad that is, and when the money runs out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_store import MINUTE, NOW_US, sample_runs, sample_sources

from costtui.facts import Budget, BudgetState, Period, Status
from costtui.money import nano
from costtui.view.budgets import Level, gauges, level_of, spread_evenly
from costtui.view.pace import pace
from costtui.view.target import Target
from costtui.window import HOUR_US

DAY = Budget("day", nano("10"), nano("8"), period=Period.DAY, time_zone="UTC")
MIDNIGHT = NOW_US // (24 * HOUR_US) * 24 * HOUR_US


def state(spent: str, budget: Budget = DAY, **more) -> BudgetState:
    values = {"value": "", "start_us": MIDNIGHT, "end_us": MIDNIGHT + 24 * HOUR_US, "reserved_nano": 0}
    return BudgetState(budget, spent_nano=nano(spent), **{**values, **more})


def only(*states: BudgetState, **changes):
    return gauges(replace(sample_sources(states=states), **changes))


@pytest.mark.parametrize(
    ("spent", "level"),
    [
        ("7.999999999", Level.OK),
        ("8", Level.WARN),
        ("9.99", Level.WARN),
        ("10", Level.OVER),
        ("99", Level.OVER),
    ],
)
def test_the_level_changes_at_the_marks_themselves(spent, level):
    assert level_of(state(spent)) is level


def test_a_gauge_reads_as_a_sentence():
    (gauge,) = only(state("6.74"))
    assert (gauge.label, gauge.figure, gauge.percent) == ("everything / day", "$6.74 of $10.00", "67 %")


def test_money_that_will_run_out_before_the_window_ends_is_announced_with_its_error():
    (gauge,) = only(state("9.5"))
    assert gauge.tail.startswith("runs dry 13:")
    assert "±" in gauge.tail
    assert gauge.exhausted_us is not None
    assert NOW_US < gauge.exhausted_us < MIDNIGHT + 24 * HOUR_US


def test_ok_is_not_said_of_money_that_runs_out_before_the_window_ends():
    large = replace(DAY, max_nano=nano("500"), warning_nano=nano("400"))
    unwarned = replace(DAY, warning_nano=DAY.max_nano)
    found = only(state("9.5", large), state("9.5", unwarned), state("9.5"), state("10.5"))
    assert [gauge.word for gauge in found] == ["OVER", "WARN", "FAST", "OK"]
    assert [gauge.record()["level"] for gauge in found] == ["OVER", "WARN", "OK", "OK"]


def test_the_budget_of_a_run_lasts_until_a_time_and_is_well_as_nobody_knows_when_the_run_ends():
    (gauge,) = only(
        state(
            "0.1", Budget("run", nano("1"), nano("0.5"), period=Period.RUN), value="nightly-0423", end_us=None
        )
    )
    assert gauge.word == "OK"
    assert gauge.tail.startswith("lasts until ")


def test_a_window_that_is_over_has_no_pace():
    run = Budget("run", nano("1"), nano("0.5"), period=Period.RUN)
    (gauge,) = only(state("0.1", run, value="of a store that was followed once", end_us=NOW_US - 1))
    assert gauge.tail.startswith("ended ")
    assert not gauge.live


def test_money_that_will_do_shows_what_the_window_will_cost_and_until_when():
    large = replace(DAY, max_nano=nano("500"), warning_nano=nano("400"))
    (gauge,) = only(state("6.74", large))
    assert gauge.tail.startswith("pace $")
    assert gauge.tail.endswith("by 24:00 UTC")
    assert gauge.projection is not None
    assert gauge.spent < gauge.projection < 1


def test_a_spent_budget_says_until_when_there_is_no_room():
    (gauge,) = only(state("10.5"))
    assert gauge.tail == "no room until 24:00 UTC"


def test_reserved_money_and_unpriced_calls_are_never_hidden():
    (gauge,) = only(state("1", reserved_nano=nano("0.84"), unpriced=3))
    assert gauge.note == "reserved $0.84 · +3 unpriced"
    assert gauge.reserved == pytest.approx(0.084)


def test_the_worst_gauge_is_first_and_runs_that_have_ended_are_last():
    run = Budget("run", nano("1"), nano("0.5"), period=Period.RUN)
    ended = state("2", run, value="nightly-0410", end_us=None)
    at_work = state("0.1", run, value="nightly-0423", end_us=None)
    found = only(ended, at_work, state("9"))
    assert [gauge.label for gauge in found] == ["everything / day", "run nightly-0423", "run nightly-0410"]
    assert found[-1].tail.startswith("ended ")
    assert found[-1].target == Target("run", "nightly-0410")


def test_an_interrupted_run_is_called_so():
    run = Budget("run", nano("1"), nano("0.5"), period=Period.RUN)
    sources = sample_sources()
    interrupted = next(one for one in sources.runs if one.status is Status.INTERRUPTED)
    (gauge,) = gauges(sources, [state("0.1", run, value=interrupted.run_id, end_us=None)])
    assert gauge.tail == "interrupted"


@pytest.mark.parametrize(
    ("scope", "value", "target"),
    [
        ("everything", "", Target("nodes")),
        ("node", "analyze", Target("node", "analyze")),
        ("subsystem", "triage", Target("calls", filter="subsystem=triage")),
        ("user", "ann b", Target("calls", filter='user="ann b"')),
        ("tag:team", "core", Target("calls", filter="tag.team=core")),
    ],
)
def test_every_budget_leads_to_what_it_limits(scope, value, target):
    (gauge,) = only(state("1", replace(DAY, scope=scope, scope_value=value), value=value))
    assert gauge.target == target


def test_a_budget_of_nothing_is_over_and_does_not_divide_by_it():
    (gauge,) = only(state("0", replace(DAY, max_nano=0, warning_nano=0)))
    assert gauge.level is Level.OVER
    assert gauge.percent == "100 %"


def test_the_end_of_a_month_is_its_last_day_at_24_00_in_the_budget_zone():
    berlin = replace(DAY, period=Period.MONTH, time_zone="Europe/Berlin", max_nano=nano("9000"))
    end = 1_796_079_600_000_000  # 2026-12-01 00:00 in Berlin
    (gauge,) = only(state("1", berlin, end_us=end))
    assert gauge.tail.endswith("by Nov 30 24:00 CET")


def test_the_tightest_budget_on_everything_gives_the_line_of_the_chart():
    hour = Budget("hour", nano("1"), nano("1"), period=Period.HOUR)
    assert spread_evenly([DAY, hour], 5 * MINUTE) == (nano("10") // 288, "$10.00 per day")
    assert spread_evenly([Budget("run", 1, 1)], MINUTE) is None


def test_a_pipeline_that_has_just_started_is_not_called_slow():
    edges = [index * 5 * MINUTE for index in range(73)]
    spend = [0] * 70 + [nano("1"), nano("1")]
    assert pace(spend, edges, edges[-1]).nano_per_hour == pytest.approx(nano("12"))


def test_the_pace_of_an_idle_hour_is_nothing():
    edges = [index * 5 * MINUTE for index in range(73)]
    spend = [nano("1")] * 20 + [0] * 52
    assert pace(spend, edges, edges[-1]).nano_per_hour == 0


@given(
    st.lists(st.integers(0, 10**12), min_size=1, max_size=80),
    st.integers(-MINUTE, 90 * MINUTE),
)
def test_the_pace_is_finite_and_never_negative(spend, now):
    edges = [index * MINUTE for index in range(len(spend) + 1)]
    speed = pace(spend, edges, now)
    assert 0 <= speed.nano_per_hour < float("inf")
    assert speed.error is None or speed.error >= 0


def test_gauges_of_runs_that_the_window_does_not_hold_are_drawn_all_the_same():
    run = Budget("run", nano("1"), nano("0.5"), period=Period.RUN)
    assert only(state("0.6", run, value="unknown", end_us=None), runs=tuple(sample_runs([])))[0].live
