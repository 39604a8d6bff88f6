"""The call shapes of the earlier systems, as they are written in people's programs."""

import logging

import pytest
from recorded_runs import OFF, SETTINGS

from costtui import BudgetExceeded, CostTracker, CosttuiError, QualityTracker
from costtui.facts import CostSource


def test_a_run_recorded_node_by_node_gives_the_record_that_programs_expect(recorded):
    tracker = recorded.tracker
    tracker.start_run("run-1")
    tracker.record_node_cost("extract", 0.0015, 3434, 247, "gemini-2.5-flash-lite")
    tracker.record_node_cost("analyze", 0.02, 1942, 1547, "claude-sonnet-4-5")
    assert tracker.get_current_total() == 0.0215
    assert tracker.check_budget() == (True, None)
    record = tracker.finalize_run("Power Subsystem", source_method="heuristic")
    assert (record.run_id, record.subsystem, record.source_method) == (
        "run-1",
        "Power Subsystem",
        "heuristic",
    )
    assert record.total_cost == 0.0215
    assert record.node_costs == {"extract": 0.0015, "analyze": 0.02}
    assert record.token_counts["extract"] == {"input": 3434, "output": 247, "total": 3681}
    assert record.timestamp.tzinfo is not None
    assert record["total_cost"] == dict(record)["total_cost"] == 0.0215


def test_a_node_recorded_twice_in_a_run_adds_up(recorded):
    tracker = recorded.tracker
    tracker.start_run("run-1")
    tracker.record_node_cost("extract", 0.1, 10, 1, "m")
    tracker.record_node_cost("extract", 0.2, 20, 2, "m")
    record = tracker.finalize_run("S")
    assert record.node_costs == {"extract": 0.3}
    assert record.token_counts["extract"]["input"] == 30
    assert len(recorded.calls("run-1")) == 2


def test_the_subsystem_and_the_source_named_at_the_end_hold_for_the_calls_before(recorded):
    tracker = recorded.tracker
    tracker.start_run("run-1")
    tracker.record_node_cost("extract", 0.1, 10, 1, "m")
    assert recorded.calls()[0].cost.source == CostSource.HEURISTIC
    tracker.finalize_run("Comms", source_method="langsmith")
    (call,) = recorded.calls()
    assert (call.subsystem, call.cost.source, call.cost.nano) == ("Comms", CostSource.LANGSMITH, 100_000_000)
    run = recorded.run("run-1")
    assert (run.subsystem, run.source_method, run.calls, run.cost_nano) == (
        "Comms",
        "langsmith",
        1,
        100_000_000,
    )


def test_tokens_are_priced_by_model_and_by_the_model_a_node_used_last(recorded):
    tracker = recorded.tracker
    assert tracker.calculate_node_cost("gpt-4", 1_000_000, 500_000) == 60.0
    tracker.start_run("r")
    tracker.record_node_cost("extract", 0.1, 10, 1, "gpt-4")
    assert tracker.calculate_node_cost("extract", 1_000_000, 500_000) == 60.0


def test_an_unknown_model_has_no_price_and_is_recorded_as_unpriced_never_as_zero(recorded):
    tracker = recorded.tracker
    cost = tracker.calculate_node_cost("no-such-model-9", 1000, 1000)
    assert cost is None
    tracker.start_run("r")
    tracker.record_node_cost("extract", cost, 1000, 1000, "no-such-model-9")
    record = tracker.finalize_run("S")
    assert record.unpriced_calls == 1
    (call,) = recorded.calls()
    assert call.cost.nano is None
    assert call.cost.source == CostSource.UNKNOWN


@pytest.mark.parametrize("nonsense", [float("nan"), float("inf"), "a lot", 1e30])
def test_a_cost_that_is_no_amount_is_recorded_as_unpriced(recorded, nonsense, caplog):
    recorded.tracker.record_node_cost("extract", nonsense, 1, 1, "m")
    assert [call.cost.nano for call in recorded.calls()] == [None]
    assert "unpriced" in caplog.text


def test_below_the_warning_the_budget_says_nothing_then_it_warns_then_it_halts(recorded, caplog):
    tracker = recorded.tracker
    tracker.start_run("r")
    tracker.record_node_cost("a", 0.99, 1, 1, "m")
    assert tracker.check_budget() == (True, None)
    assert not caplog.records
    tracker.record_node_cost("a", 0.01, 1, 1, "m")
    may, message = tracker.check_budget()
    assert may
    assert "$1.00 of $5.00" in message
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    tracker.record_node_cost("a", 4.00, 1, 1, "m")
    may, message = tracker.check_budget()
    assert not may
    assert "exceeded" in message


def test_with_the_budget_used_up_no_node_begins_and_no_further_call_passes_unrecorded(recorded):
    tracker = recorded.tracker
    tracker.start_run("r")
    tracker.record_node_cost("a", 5.00, 1, 1, "m")
    with pytest.raises(BudgetExceeded, match=r"\$5.00 of \$5.00"), tracker.node("b"):
        pytest.fail("the body must not run")
    with pytest.raises(BudgetExceeded):
        tracker.record_node_cost("b", 1.00, 1, 1, "m")
    assert tracker.get_current_total() == 6.0
    assert sum(call.cost.nano for call in recorded.calls()) == 6_000_000_000


def test_recent_runs_come_newest_first_with_their_nodes(recorded):
    tracker = recorded.tracker
    for number in range(3):
        tracker.start_run(f"run-{number}")
        tracker.record_node_cost("extract", 0.25, 100, 10, "m")
        tracker.finalize_run("S")
    runs = tracker.get_recent_runs(limit=2)
    assert [run.run_id for run in runs] == ["run-2", "run-1"]
    assert runs[0].node_costs == {"extract": 0.25}
    assert runs[0].total_cost == 0.25


def test_trends_have_count_total_mean_extremes_and_subsystems(recorded):
    tracker = recorded.tracker
    for cost, subsystem in ((0.1, "A"), (0.3, "A"), (0.2, "B")):
        tracker.start_run(f"run-{cost}")
        tracker.record_node_cost("n", cost, 1, 1, "m")
        tracker.finalize_run(subsystem)
    trends = tracker.get_cost_trends(days=30)
    figures = ("total_runs", "total_cost", "avg_cost", "min_cost", "max_cost")
    assert [trends[name] for name in figures] == [3, 0.6, 0.2, 0.1, 0.3]
    assert trends["subsystems"]["A"]["total_cost"] == 0.4
    assert trends["unpriced_calls"] == 0


def test_trends_of_an_empty_store_are_zeros(recorded):
    trends = recorded.tracker.get_cost_trends()
    assert trends["total_runs"] == 0
    assert trends["total_cost"] == trends["avg_cost"] == 0.0
    assert trends["subsystems"] == {}


def test_finalizing_without_a_run_says_what_to_do(recorded):
    with pytest.raises(CosttuiError, match="start_run"):
        recorded.tracker.finalize_run("S")


def test_switched_off_everything_is_taken_and_nothing_is_written(tmp_path):
    path = tmp_path / "calls.db"
    tracker = CostTracker(path, settings=OFF)
    tracker.start_run("r")
    tracker.record_node_cost("a", 99.0, 1, 1, "gpt-4")
    with tracker.run("x"), tracker.node("n") as node:
        node.record_call(model="gpt-4", input_tokens=10)
    assert tracker.calculate_node_cost("gpt-4", 1, 1) is None
    assert tracker.check_budget() == (True, None)
    assert tracker.finalize_run("S").run_id == "r"
    assert tracker.finalize_run("S").total_cost == 0.0
    assert tracker.get_recent_runs() == []
    assert tracker.get_cost_trends()["total_runs"] == 0
    quality = QualityTracker(path, settings=OFF)
    quality.record_quality("r", "S", dict.fromkeys(_SCORES, 0.5), True, 1, 2)
    assert quality.get_recent_runs() == []
    tracker.close()
    assert list(tmp_path.iterdir()) == []


def test_a_store_of_the_earlier_system_is_left_alone_and_recording_goes_beside_it(tmp_path, caplog):
    import sqlite3

    old = tmp_path / "costs.db"
    connection = sqlite3.connect(old)
    connection.execute("CREATE TABLE cost_runs(run_id TEXT PRIMARY KEY, timestamp TEXT)")
    connection.execute("CREATE TABLE node_costs(run_id TEXT, node_name TEXT, cost REAL)")
    connection.close()
    before = old.read_bytes()
    with CostTracker(old, settings=SETTINGS) as tracker:
        tracker.record_node_cost("a", 0.1, 1, 1, "m")
        assert tracker.recorder.path == str(tmp_path / "costs.costtui.db")
    assert old.read_bytes() == before
    assert "left alone" in caplog.text


_SCORES = ("overall_score", "completeness", "clarity", "testability", "traceability")
