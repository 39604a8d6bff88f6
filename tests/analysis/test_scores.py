import pytest

from costtui.analysis.outcome import Outcome
from costtui.analysis.scores import efficiency, points, rank, rank_runs


def run(name: str, model: str, done: int, issues: int, usd: float | None, seconds: float) -> Outcome:
    cost = None if usd is None else round(usd * 1e9)
    return Outcome(
        name, name, 0, cost, seconds * 1000, issues, done, config={"model": model, "max_retries": 3}
    )


RUNS = [
    run("lucky", "a", 1, 1, 0.01, 6),
    run("second", "a", 0, 9, 0.9, 540),
    run("steady", "b", 9, 10, 2.0, 600),
    run("unknown", "c", 5, 5, None, 60),
]


def test_the_score_is_the_specified_one() -> None:
    assert points(100, 0, 0) == 100
    assert points(50, 0.25, 120) == pytest.approx(0.6 * 50 + 0.2 * 75 + 0.2 * 80)
    assert points(0, 3, 9000) == 0


def test_the_best_configuration_is_not_the_one_lucky_run() -> None:
    found = rank(RUNS)
    assert [(score.name, score.runs) for score in found.best] == [("model=b", 1), ("model=a", 2)]
    assert found.best[0].score == pytest.approx(points(90, 0.2, 60))
    assert found.best[1].score == pytest.approx(points(10, 0.091, 54.6))
    assert found.worst == found.best[1]
    assert found.mean == pytest.approx((found.best[0].score + found.best[1].score) / 2)  # type: ignore[operator]
    assert rank_runs(RUNS).best[0].name == "lucky"


def test_an_unknown_cost_gets_no_score_and_comes_last() -> None:
    found = rank(RUNS)
    assert (found.scores[-1].name, found.scores[-1].score) == ("model=c", None)


def test_what_a_success_costs_by_run_and_by_model() -> None:
    assert [item.name for item in efficiency(RUNS)] == ["lucky", "steady", "second", "unknown"]
    by_model = {item.name: item.nano_per_success for item in efficiency(RUNS, "model")}
    assert by_model == {"a": pytest.approx(0.91e9), "b": pytest.approx(2e9 / 9), "c": None}


def test_no_runs_have_no_best() -> None:
    found = rank([])
    assert (found.best, found.worst, found.mean) == ((), None, None)
