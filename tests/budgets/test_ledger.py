"""Money is set aside on all budgets that a call concerns or on none, and comes back with its record."""

import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costtui.errors import BudgetExceeded, PriceUnknown, StoreUnavailable
from costtui.facts import (
    Budget,
    Call,
    Claim,
    Cost,
    CostSource,
    Period,
    Run,
    Settlement,
    UnknownPrice,
)
from costtui.money import MAX_NANO, nano
from costtui.settings import Settings
from costtui.store import open_store, open_writer
from costtui.store.ledger import LEASE_US, Ledger
from costtui.store.spending import window_of
from costtui.window import DAY_US, to_us

NOW = to_us(datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("UTC")))
MINUTE = 60_000_000
DAY = Budget("day", nano("1"), nano("0.8"), period=Period.DAY)
NODE = Budget("extract", nano("0.5"), nano("0.4"), "node", "extract", Period.DAY)
USER = Budget("each user", nano("0.3"), nano("0.2"), "user", "", Period.DAY)


def cents(number: float, **more) -> Claim:
    return Claim(nano(str(number / 100)), **more)


def a_call(key: str, cost: int | None = nano("0.10"), **more) -> Call:
    source = CostSource.UNKNOWN if cost is None else CostSource.PRICED
    return Call(key, more.pop("started_us", NOW), cost=Cost(cost, source), **more)


def record(path, *facts) -> None:
    with open_writer(path, settings=Settings(time_zone="UTC")) as writer:
        writer.write(*facts)


def state(path, budget: Budget, value: str = "", now_us: int = NOW):
    with open_store(path) as opened:
        states = opened.reader.budgets([budget], now_us)
    return next(one for one in states if one.budget.name == budget.name and one.value == value)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "calls.db"


@pytest.fixture
def make(path):
    opened = []

    def make(*budgets: Budget) -> Ledger:
        opened.append(Ledger(path, budgets))
        return opened[-1]

    yield make
    for ledger in opened:
        ledger.close()


def test_what_is_reserved_is_not_there_for_others_until_it_is_released(path, make):
    ledger = make(DAY)
    hold = ledger.reserve(cents(90), NOW)
    with pytest.raises(
        BudgetExceeded, match=r"'day' has no room: \$0.00 spent and \$0.90 reserved of \$1.00"
    ):
        ledger.reserve(cents(11), NOW)
    ledger.reserve(cents(10), NOW)
    record(path, Settlement(hold.id))
    ledger.reserve(cents(90), NOW)


def test_a_refusal_says_when_the_budget_starts_again_and_how_to_raise_it(make):
    berlin = replace(DAY, time_zone="Europe/Berlin", source="store")
    with pytest.raises(BudgetExceeded) as refused:
        make(berlin).reserve(cents(101), NOW)
    assert "starts again 2026-11-23 00:00 Europe/Berlin" in str(refused.value)
    assert "costtui budget set 'day' --max" in str(refused.value)
    assert "costtui budget reset 'day'" in str(refused.value)


def test_a_settlement_turns_what_was_reserved_into_what_was_spent(path, make):
    hold = make(DAY).reserve(cents(90), NOW)
    record(path, a_call("one", nano("0.2")), Settlement(hold.id))
    after = state(path, DAY)
    assert (after.spent_nano, after.reserved_nano) == (nano("0.2"), 0)


def test_a_settlement_and_its_call_are_kept_together_or_not_at_all(path, make):
    ledger = make(DAY)
    hold = ledger.reserve(cents(90), NOW)
    with open_writer(path) as writer, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.write(a_call("one"), Settlement(hold.id))
        before = state(path, DAY)
        other.rollback()
    after = state(path, DAY)
    assert (before.spent_nano, before.reserved_nano) == (0, nano("0.9"))
    assert (after.spent_nano, after.reserved_nano) == (nano("0.1"), 0)


def test_of_nested_budgets_the_tightest_refuses_and_then_nothing_is_reserved_on_any(path, make):
    ledger = make(DAY, NODE, USER)
    with pytest.raises(BudgetExceeded, match=r"'each user' \(ada\)"):
        ledger.reserve(cents(40, node="extract", user_id="ada"), NOW)
    assert state(path, DAY).reserved_nano == state(path, NODE, "extract").reserved_nano == 0
    ledger.reserve(cents(30, node="extract", user_id="ada"), NOW)
    assert state(path, DAY).reserved_nano == state(path, NODE, "extract").reserved_nano == nano("0.3")
    assert state(path, USER, "ada").reserved_nano == nano("0.3")
    with pytest.raises(BudgetExceeded, match="'extract'"):
        ledger.reserve(cents(21, node="extract", user_id="bob"), NOW)
    ledger.reserve(cents(20, node="other", user_id="bob"), NOW)


def test_a_budget_on_a_field_does_not_concern_calls_without_it(make):
    ledger = make(USER, Budget("team", 0, 0, "tag:team", "red", Period.DAY))
    assert ledger.reserve(cents(99), NOW).id == ""
    assert ledger.reserve(cents(99, tags={"team": "blue"}), NOW).id == ""
    with pytest.raises(BudgetExceeded, match="'team'"):
        ledger.reserve(cents(1, tags={"team": "red"}), NOW)


@pytest.mark.parametrize(
    ("scope", "field"),
    [
        ("node", {"node": "a/b"}),
        ("model", {"model": "gpt-4o"}),
        ("provider", {"provider": "openai"}),
        ("subsystem", {"subsystem": "s"}),
        ("user", {"user_id": "ada"}),
        ("lead", {"lead_id": "acme"}),
        ("tag:team", {"tags": {"team": "röd 'x'"}}),
        ("tag:a.b", {"tags": {"a.b": "v"}}),
        ("node", {"node": "ev\x1bil\ud800"}),
    ],
)
def test_recorded_calls_count_for_budgets_of_every_scope(path, make, scope, field):
    budget = Budget("b", nano("0.25"), nano("0.2"), scope, "", Period.DAY)
    ledger = make(budget)
    record(path, a_call("before", **field), a_call("other"))
    ledger.reserve(cents(1, **field), NOW, lease_us=1)
    record(path, a_call("after", **field))
    with pytest.raises(BudgetExceeded, match=r"\$0.20 spent"):
        ledger.reserve(cents(6, **field), NOW + 2)
    ledger.reserve(cents(5, **field), NOW + 2)


def test_a_model_is_the_same_under_any_date_that_the_provider_answers_with(path, make):
    ledger = make(Budget("big", nano("0.15"), 0, "model", "gpt-4o", Period.DAY))
    record(path, a_call("one", model="gpt-4o-2024-08-06"), a_call("two", model="gpt-4o-mini"))
    ledger.reserve(cents(4, model="gpt-4o"), NOW)
    with pytest.raises(BudgetExceeded):
        ledger.reserve(cents(2, model="gpt-4o-2024-11-20"), NOW)


def test_a_budget_of_zero_makes_no_call_at_all(make):
    with pytest.raises(BudgetExceeded):
        make(replace(DAY, max_nano=0, warning_nano=0)).reserve(Claim(0), NOW)


def test_a_used_up_budget_refuses_calls_that_may_cost_nothing_too(path, make):
    record(path, a_call("one", nano("1")))
    with pytest.raises(BudgetExceeded):
        make(DAY).reserve(Claim(None), NOW)


@pytest.mark.parametrize("estimate", [-5, 0, MAX_NANO, 2**80])
def test_absurd_estimates_are_refused_or_taken_as_they_are_never_a_crash(make, estimate):
    ledger = make(DAY)
    if estimate > DAY.max_nano:
        with pytest.raises(BudgetExceeded):
            ledger.reserve(Claim(estimate), NOW)
    else:
        ledger.reserve(Claim(estimate), NOW)


def test_a_call_without_a_price_is_refused_counted_as_nothing_or_as_the_dearest(path, make):
    claim = Claim(None, dearest_nano=nano("0.6"), model="mystery")
    with pytest.raises(PriceUnknown, match="costtui prices set mystery"):
        make(replace(DAY, unknown_price=UnknownPrice.BLOCK)).reserve(claim, NOW)
    make(DAY).reserve(claim, NOW)
    assert state(path, DAY).reserved_nano == 0
    assumed = replace(DAY, name="assumed", unknown_price=UnknownPrice.ASSUME_MAXIMUM)
    make(assumed).reserve(claim, NOW)
    assert state(path, assumed).reserved_nano == nano("0.6")


def test_an_assumed_cost_stays_set_aside_until_its_window_ends(path, make):
    assumed = replace(DAY, unknown_price=UnknownPrice.ASSUME_MAXIMUM)
    ledger = make(assumed)
    hold = ledger.reserve(Claim(None, dearest_nano=nano("0.6")), NOW)
    record(path, a_call("one", None), Settlement(hold.id, unpriced=True))
    later = NOW + 2 * LEASE_US
    (kept,) = state(path, assumed, now_us=later).reservations
    assert (kept.nano, kept.assumed) == (nano("0.6"), True)
    with pytest.raises(BudgetExceeded):
        ledger.reserve(cents(41), later)
    ledger.reserve(cents(100), NOW + 12 * 60 * MINUTE)


def test_a_lease_that_ran_out_frees_its_money_and_a_longer_one_does_not_yet(make):
    ledger = make(DAY)
    ledger.reserve(cents(90), NOW, lease_us=2 * LEASE_US)
    with pytest.raises(BudgetExceeded):
        ledger.reserve(cents(20), NOW + LEASE_US + 1)
    ledger.reserve(cents(20), NOW + 2 * LEASE_US)


def test_what_is_recorded_later_than_its_lease_is_counted_once(path, make):
    ledger = make(DAY)
    hold = ledger.reserve(cents(90), NOW)
    ledger.reserve(cents(5), NOW + LEASE_US + 1)
    record(path, a_call("one", nano("0.9")), Settlement(hold.id))
    with pytest.raises(BudgetExceeded):
        ledger.reserve(cents(6), NOW + LEASE_US + 2)


def test_replays_double_nothing_and_corrections_replace(path, make):
    ledger = make(DAY)
    for _ in range(3):
        record(path, a_call("one", nano("0.5")))
        ledger.reserve(Claim(0), NOW, lease_us=1)
    record(path, a_call("one", nano("0.9")))
    with pytest.raises(BudgetExceeded, match=r"\$0.90 spent"):
        ledger.reserve(cents(11), NOW + 2)
    record(path, a_call("one", nano("0.1")))
    ledger.reserve(cents(90), NOW + 2)


def test_a_call_that_is_moved_out_of_the_window_does_not_count_in_it(path, make):
    ledger = make(DAY)
    record(path, a_call("one", nano("0.9")))
    with pytest.raises(BudgetExceeded, match=r"\$0.90 spent"):
        ledger.reserve(cents(100), NOW)
    record(path, a_call("one", nano("0.9"), started_us=NOW - 24 * 60 * MINUTE))
    ledger.reserve(cents(100), NOW + 2)
    assert (state(path, DAY).spent_nano, state(path, DAY).reserved_nano) == (0, nano("1"))


def test_what_was_forgiven_does_not_count_any_more(path, make):
    ledger = make(DAY)
    record(path, a_call("one", nano("0.9")))
    assert ledger.forgive(DAY, NOW) == nano("0.9")
    assert state(path, DAY).spent_nano == 0
    ledger.reserve(cents(100), NOW, lease_us=1)
    record(path, a_call("two", nano("0.4")))
    assert state(path, DAY).spent_nano == nano("0.4")
    assert ledger.forgive(DAY, NOW) == nano("0.4")
    with open_store(path) as opened:
        (today,) = opened.reader.budget_windows(DAY, "", NOW)
    assert (today.spent_nano, today.forgiven_nano) == (nano("1.3"), nano("1.3"))


def test_past_windows_reach_back_to_the_first_call(path):
    days = (0, 1, 3)
    record(path, *(a_call(f"{day}", nano("0.1") * (day + 1), started_us=NOW - day * DAY_US) for day in days))
    with open_store(path) as opened:
        found = opened.reader.budget_windows(DAY, "", NOW)
    assert [window.spent_nano for window in found] == [nano("0.1"), nano("0.2"), 0, nano("0.4")]


def test_forgiving_one_value_leaves_the_others(path, make):
    ada = Budget("ada", nano("1"), 0, "user", "ada", Period.DAY)
    record(path, a_call("one", user_id="ada"), a_call("two", user_id="bob"))
    ledger = make(ada, USER)
    ledger.forgive(ada, NOW)
    assert state(path, ada, "ada").spent_nano == 0
    assert state(path, USER, "bob").spent_nano == nano("0.1")


def test_a_budget_per_run_starts_again_with_each_run_and_cannot_be_reset(path, make):
    per_run = Budget("run", nano("0.25"), nano("0.2"))
    ledger = make(per_run)
    record(path, Run("r1", NOW), a_call("one", run_id="r1"), a_call("two", run_id="r1"))
    with pytest.raises(BudgetExceeded, match=r"'run' \(r1\) has no room: \$0.20 spent"):
        ledger.reserve(cents(6, run_id="r1"), NOW)
    ledger.reserve(cents(20, run_id="r2"), NOW)
    ledger.reserve(cents(5, run_id="r1"), NOW)
    assert ledger.reserve(cents(99), NOW).id == ""
    with pytest.raises(ValueError, match="starts again"):
        ledger.forgive(per_run, NOW)


def test_within_a_run_each_node_can_have_a_budget_for_itself(path, make):
    per_node = Budget("node of a run", nano("0.25"), nano("0.2"), "node")
    ledger = make(per_node)
    record(path, Run("r1", NOW), a_call("one", run_id="r1", node="plan"))
    ledger.reserve(cents(15, run_id="r1", node="plan"), NOW)
    ledger.reserve(cents(25, run_id="r1", node="act"), NOW)
    with pytest.raises(BudgetExceeded, match=r"\(r1, plan\)"):
        ledger.reserve(cents(1, run_id="r1", node="plan"), NOW)
    with open_store(path) as opened:
        states = opened.reader.budgets([per_node], NOW)
    assert {(one.value, one.part) for one in states} >= {("r1", "plan")}


def test_a_run_brings_a_limit_of_its_own(make):
    ledger = make()
    ledger.reserve(cents(10, run_id="r1", run_budget_nano=nano("0.15")), NOW)
    with pytest.raises(BudgetExceeded, match="budget_usd"):
        ledger.reserve(cents(10, run_id="r1", run_budget_nano=nano("0.15")), NOW)


def test_budgets_in_the_store_hold_for_everybody_and_yield_to_those_of_the_settings(path, make):
    record(path, replace(DAY, max_nano=nano("0.5")))
    with pytest.raises(BudgetExceeded):
        make().reserve(cents(60), NOW)
    make(DAY).reserve(cents(60), NOW)


def test_a_budget_that_is_set_to_another_scope_counts_anew(path, make):
    ledger = make()
    record(path, a_call("one", nano("0.9"), node="plan"), DAY)
    with pytest.raises(BudgetExceeded, match=r"\$0.90 spent"):
        ledger.reserve(cents(90, node="act"), NOW)
    record(path, replace(DAY, scope="node"))
    ledger.reserve(cents(90, node="act"), NOW + 2)
    with pytest.raises(BudgetExceeded, match=r"\$0.90 spent"):
        ledger.reserve(cents(90, node="plan"), NOW + 2)


def test_nonsense_in_the_table_of_budgets_is_left_out_and_the_rest_holds(path, make):
    record(path, DAY, replace(DAY, name="zone", time_zone="Europe/Atlantis"))
    with closing(sqlite3.connect(path)) as store, store:
        row = "INSERT INTO budget VALUES (?, ?, 0, ?, '', ?, 'UTC', 'allow', '')"
        store.execute(row, ("bad period", 0, "everything", "fortnight"))
        store.execute(row, ("bad scope", 0, "__class__", "day"))
    ledger = make()
    ledger.reserve(cents(90), NOW)
    with pytest.raises(BudgetExceeded, match="'day'"):
        ledger.reserve(cents(20), NOW)


def test_room_can_be_asked_for_without_taking_it(path, make):
    ledger = make(DAY)
    ledger.ensure_room(Claim(None), NOW)
    assert state(path, DAY).reserved_nano == 0
    record(path, a_call("one", nano("1")))
    with pytest.raises(BudgetExceeded):
        ledger.ensure_room(Claim(None), NOW)


def test_threads_share_a_ledger(path, make):
    ledger, refused = make(DAY), []

    def spend() -> None:
        for _ in range(10):
            try:
                ledger.reserve(cents(2), NOW)
            except BudgetExceeded as error:
                refused.append(error)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state(path, DAY).reserved_nano == DAY.max_nano
    assert len(refused) == 30


def test_a_ledger_follows_the_file_that_is_at_its_path(path, make):
    ledger = make(DAY)
    ledger.reserve(cents(90), NOW)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    ledger.reserve(cents(90), NOW)
    assert state(path, DAY).reserved_nano == nano("0.9")


def test_a_forked_child_reserves_on_a_connection_of_its_own(path, make):
    ledger = make(DAY)
    ledger.reserve(cents(10), NOW)
    child = os.fork()
    if not child:
        code = 1
        try:
            ledger.reserve(cents(10), NOW)
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    ledger.reserve(cents(10), NOW)
    assert state(path, DAY).reserved_nano == nano("0.3")


def test_a_store_that_cannot_be_used_is_said_to_be_so(tmp_path):
    (tmp_path / "file").write_text("x")
    ledger = Ledger(tmp_path / "file" / "calls.db", [DAY])
    with pytest.raises(StoreUnavailable):
        ledger.reserve(cents(1), NOW)
    ledger.close()


ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "America/Havana",
        "Asia/Beirut",
    ]
)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([Period.DAY, Period.WEEK, Period.MONTH]),
    ZONES,
    st.integers(to_us(datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))) // MINUTE, NOW // MINUTE),
)
def test_windows_follow_one_another_without_a_gap_and_start_at_local_midnight(period, name, minute):
    zone, now = ZoneInfo(name), minute * MINUTE
    start, end = window_of(period, zone, now)
    assert start <= now < end
    assert window_of(period, zone, start) == (start, end)
    assert window_of(period, zone, end)[0] == end
    assert window_of(period, zone, start - 1)[1] == start
    local = datetime.fromtimestamp(start / 1e6, zone)
    before = datetime.fromtimestamp(start / 1e6 - 1, zone)
    assert before.date() == local.date() - timedelta(days=1)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-22", 24)])
def test_a_day_in_berlin_has_as_many_hours_as_its_clock(day, hours):
    zone = ZoneInfo("Europe/Berlin")
    noon = to_us(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=zone))
    start, end = window_of(Period.DAY, zone, noon)
    assert end - start == hours * 60 * MINUTE


def test_a_month_ends_with_its_last_day():
    zone = ZoneInfo("Europe/Berlin")
    february = to_us(datetime(2028, 2, 29, 23, 59, tzinfo=zone))
    start, end = window_of(Period.MONTH, zone, february)
    assert (start, end) == tuple(to_us(datetime(2028, month, 1, tzinfo=zone)) for month in (2, 3))


def test_what_was_spent_before_midnight_of_the_budgets_zone_belongs_to_the_day_before(path, make):
    tokyo = replace(DAY, time_zone="Asia/Tokyo")
    midnight = to_us(datetime(2026, 11, 23, tzinfo=ZoneInfo("Asia/Tokyo")))
    record(path, a_call("one", nano("0.9"), started_us=midnight - 1))
    ledger = make(tokyo)
    with pytest.raises(BudgetExceeded):
        ledger.reserve(cents(20), midnight - 1)
    ledger.reserve(cents(100), midnight)
