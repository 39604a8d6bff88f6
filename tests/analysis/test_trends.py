import math
import sqlite3
from pathlib import Path
from random import Random

import pytest

from costtui.analysis.trends import Direction, degradation, moving_averages, ratio_trend, trend

QUALITY = Path(__file__).parents[2] / ".." / "shared" / "fixtures" / "stores" / "quality.db"


def test_a_steady_rise_is_improving_with_its_change_in_percent() -> None:
    found = trend([50.0 + 5 * place for place in range(11)])
    assert found.direction == Direction.IMPROVING
    assert found.change_percent == pytest.approx(100)
    assert trend([10.0 - place for place in range(8)]).direction == Direction.DEGRADING


def test_a_rise_of_cost_is_degrading() -> None:
    assert trend([1.0 + place for place in range(8)], higher_is_better=False).direction == Direction.DEGRADING


def test_a_last_value_above_the_first_is_no_trend() -> None:
    assert trend([0.5, 0.9, 0.4, 0.8, 0.5, 0.9, 0.4, 0.9]).direction == Direction.STABLE


def test_few_values_are_insufficient_and_equal_ones_stable() -> None:
    assert trend([1.0, 2.0, 3.0, 4.0]).direction == Direction.INSUFFICIENT
    assert trend([]).averages == ()
    flat = trend([1.0] * 20)
    assert (flat.direction, flat.p_value, flat.change_percent) == (Direction.STABLE, 1.0, 0.0)


def test_the_score_is_kendalls() -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    random = Random(3)
    values = [random.gauss(place / 20, 1) for place in range(40)]
    tau = scipy_stats.kendalltau(range(40), values)
    score = abs(tau.statistic) * 40 * 39 / 2
    variance = 40 * 39 * 85 / 18
    expected = 2 * scipy_stats.norm.sf((score - 1) / variance**0.5)
    assert trend(values).p_value == pytest.approx(expected, abs=1e-9)
    slope, _, _, _ = scipy_stats.theilslopes(values)
    start = scipy_stats.mstats.mquantiles([v - slope * n for n, v in enumerate(values)], 0.5, 1, 1)[0]
    assert trend(values).change_percent == pytest.approx(100 * slope * 39 / abs(start))


def test_noise_is_rarely_called_a_trend() -> None:
    random = Random(4)
    false = sum(trend([random.random() for _ in range(20)]).direction != "stable" for _ in range(400))
    assert false / 400 < 0.07


def test_a_falling_success_rate_is_degrading_with_its_change() -> None:
    counts = [(round(100 * (0.95 - 0.01 * place)), 100) for place in range(20)]
    found = ratio_trend(counts)
    assert (found.direction, found.count) == (Direction.DEGRADING, 20)
    assert found.change_percent == pytest.approx(-100 * 0.19 / 0.95, abs=0.01)
    assert found.averages[-1] == pytest.approx(0.78)
    assert ratio_trend(counts[::-1]).direction == Direction.IMPROVING


def _lognormal(random: Random, number: int) -> float:
    return sum(random.lognormvariate(0, 1) for _ in range(number))


def _successes(random: Random, number: int) -> float:
    return sum(random.random() < 0.95 for _ in range(number))


def _clustered(random: Random, number: int) -> float:
    return number * (1.0 if random.random() < 0.9 else 0.25)


@pytest.mark.parametrize("amount", [_lognormal, _successes, _clustered])
@pytest.mark.parametrize(
    "sizes",
    [[1 + place for place in range(48)], [1] * 24 + [30] * 24, [20] * 12],
    ids=["growing", "a busy end", "even"],
)
def test_what_does_not_change_is_rarely_called_a_trend(amount, sizes) -> None:
    random = Random(14)
    false = sum(
        ratio_trend([(amount(random, size), size) for size in sizes]).direction != Direction.STABLE
        for _ in range(400)
    )
    assert false / 400 < 0.1


def test_a_change_of_a_noisy_ratio_is_found() -> None:
    random = Random(16)
    days = [[(_lognormal(random, 20) * (1 + place / 48), 20) for place in range(48)] for _ in range(50)]
    found = [ratio_trend(day, higher_is_better=False) for day in days]
    assert sum(one.direction == Direction.DEGRADING for one in found) > 45
    assert 80 < sum(one.change_percent or 0 for one in found) / 50 < 120


def test_one_outlier_is_no_trend() -> None:
    counts = [(10.0, 10)] * 30 + [(900.0, 10)]
    assert ratio_trend(counts).direction == Direction.STABLE


def test_a_rate_that_is_always_the_same_or_hardly_known_says_so() -> None:
    assert ratio_trend([(3, 3)] * 9).change_percent == 0.0
    assert ratio_trend([(0, 3)] * 9).direction == Direction.STABLE
    assert ratio_trend([(1, 1), (0, 0), (1, 2), (1, 1), (1, 1)]).direction == Direction.INSUFFICIENT


def test_moving_averages_cover_full_windows_only() -> None:
    assert moving_averages([1, 2, 3, 4, 5, 6], 5) == (3.0, 4.0)
    assert moving_averages([1, 2], 5) == ()


def test_a_drop_is_found_with_its_place() -> None:
    random = Random(5)
    values = [random.gauss(0.8, 0.04) for _ in range(30)] + [random.gauss(0.65, 0.04) for _ in range(15)]
    found = degradation(values)
    assert found
    assert abs(found.since - 30) <= 2
    assert found.before > 0.75 > 0.7 > found.after
    assert degradation([-value for value in values]) is None
    assert degradation([-value for value in values], higher_is_better=False)


def test_noise_is_rarely_called_a_degradation() -> None:
    random = Random(6)
    assert sum(bool(degradation([random.gauss(0.8, 0.05) for _ in range(40)])) for _ in range(500)) <= 10


def test_a_significant_trifle_is_no_degradation() -> None:
    assert degradation([0.9] * 40 + [0.89] * 40) is None


def test_only_the_subsystem_that_got_worse_is_found() -> None:
    if not QUALITY.exists():
        pytest.skip("the shared stores are not here")
    connection = sqlite3.connect(f"file:{QUALITY}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT subsystem, overall_score FROM quality_runs ORDER BY timestamp"
    ).fetchall()
    connection.close()
    scores: dict[str, list[float]] = {}
    for subsystem, score in rows:
        scores.setdefault(subsystem, []).append(score)
    assert len(scores) > 1
    assert [name for name, values in scores.items() if degradation(values)] == ["Thermal Subsystem"]


def test_the_p_value_of_a_drop_is_pettitts_one_sided() -> None:
    found = degradation([2 + place / 100 for place in range(10)] + [1 + place / 100 for place in range(10)])
    assert found
    # Every one of the first ten outranks every one of the last ten: K = 100.
    assert found.p_value == pytest.approx(math.exp(-6 * 100**2 / (20**3 + 20**2)))
