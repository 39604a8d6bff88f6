from types import SimpleNamespace

import pytest
from recorded_runs import SETTINGS

from costtui import QualityTracker

SCORES = ("overall_score", "completeness", "clarity", "testability", "traceability")


@pytest.fixture
def tracker(tmp_path):
    tracker = QualityTracker(tmp_path / "quality.db", settings=SETTINGS)
    yield tracker
    tracker.close()


def _record(tracker, run_id, score, subsystem="Power", passed=True, iterations=1):
    tracker.record_quality(run_id, subsystem, dict.fromkeys(SCORES, score), passed, iterations, 10)


def test_metrics_may_be_an_object_or_a_mapping(tracker):
    values = dict(zip(SCORES, (0.9, 0.8, 0.7, 0.6, 0.5), strict=True))
    tracker.record_quality("a", "Power", SimpleNamespace(**values), True, 2, 12)
    tracker.record_quality("b", "Power", values, validation_passed=False)
    newest, oldest = tracker.get_recent_runs()
    assert (oldest.run_id, oldest.overall_score, oldest.traceability) == ("a", 0.9, 0.5)
    assert (oldest.validation_passed, oldest.iteration_count, oldest.requirements_count) == (True, 2, 12)
    assert newest.validation_passed is False


def test_trends_have_means_extremes_pass_rate_and_iterations(tracker):
    _record(tracker, "a", 0.8, passed=True, iterations=1)
    _record(tracker, "b", 0.6, passed=False, iterations=2)
    trends = tracker.get_quality_trends(days=30)
    assert trends["total_runs"] == 2
    assert trends["avg_overall_score"] == pytest.approx(0.7)
    assert (trends["min_clarity"], trends["max_clarity"]) == (0.6, 0.8)
    assert (trends["pass_rate"], trends["avg_iterations"]) == (0.5, 1.5)


def test_without_runs_the_figures_are_not_known(tracker):
    trends = tracker.get_quality_trends()
    assert trends["total_runs"] == 0
    assert trends["avg_overall_score"] is None
    assert tracker.get_subsystem_comparison() == {}


def test_subsystems_are_compared_best_first(tracker):
    _record(tracker, "a", 0.5, "Thermal")
    _record(tracker, "b", 0.9, "Comms")
    compared = tracker.get_subsystem_comparison()
    assert list(compared) == ["Comms", "Thermal"]
    assert compared["Comms"]["avg_overall_score"] == 0.9


@pytest.mark.parametrize("score", [None, "good", float("nan"), 1.2, -0.1, True])
def test_a_score_that_is_not_from_0_to_1_is_refused_by_name(tracker, score):
    with pytest.raises(ValueError, match=r"clarity must be a number from 0 to 1"):
        tracker.record_quality("a", "Power", {**dict.fromkeys(SCORES, 0.5), "clarity": score}, True)


def test_of_a_run_recorded_again_the_newest_record_counts(tracker):
    _record(tracker, "a", 0.5)
    _record(tracker, "a", 0.7)
    assert [record.overall_score for record in tracker.get_recent_runs()] == [0.7]
