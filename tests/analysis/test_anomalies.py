from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.analysis.anomalies import FEWEST_CALLS, LOOKBACK, Level, anomaly, episodes

RANDOM = Random(9)
HISTORY = [Level(50, int(50 * 1e6 * RANDOM.uniform(0.8, 1.2))) for _ in range(48)]


def test_a_tripled_cost_per_call_is_an_anomaly_in_words() -> None:
    found = anomaly("extract", HISTORY, Level(40, 40 * 3_000_000))
    assert found
    assert 2.7 < found.factor < 3.3
    assert found.text.startswith("extract costs $0.0030 per call, 3.")
    assert found.low_nano < found.usual_nano < found.high_nano < found.now_nano


def test_more_calls_at_the_usual_cost_are_none() -> None:
    assert anomaly("extract", HISTORY, Level(5000, 5000 * 1_000_000)) is None


def test_an_earlier_anomaly_does_not_hide_the_next() -> None:
    history = [*HISTORY, *[Level(50, 50 * 9_000_000)] * 8]
    assert anomaly("extract", history, Level(40, 40 * 9_000_000))


def test_a_short_history_few_calls_or_no_cost_say_nothing() -> None:
    dear = Level(40, 40 * 9_000_000)
    assert anomaly("extract", HISTORY[:8], dear) is None
    assert anomaly("extract", HISTORY, Level(2, 2 * 9_000_000)) is None
    assert anomaly("extract", HISTORY, Level(40, 0)) is None
    assert anomaly("extract", [Level(50, 0)] * 50, dear) is None


def test_a_small_rise_of_a_constant_cost_is_none() -> None:
    assert anomaly("extract", [Level(50, 50_000_000)] * 50, Level(50, 65_000_000)) is None


def test_noise_hardly_ever_alarms() -> None:
    random = Random(10)

    def level() -> Level:
        return Level(20, int(sum(random.lognormvariate(13, 0.8) for _ in range(20))))

    assert sum(bool(anomaly("n", [level() for _ in range(48)], level())) for _ in range(300)) <= 3


def test_an_episode_is_all_neighbouring_buckets_and_ends_where_the_cost_is_usual_again() -> None:
    levels = [
        *HISTORY,
        Level(40, 40 * 3_000_000),
        Level(60, 60 * 5_000_000),
        *HISTORY[:5],
        Level(9, 9 * 100_000),
    ]
    dear, cheap = episodes("extract", levels)
    assert (dear.first, dear.last, dear.calls) == (48, 49, 100)
    assert dear.anomaly.now_nano == pytest.approx(4_200_000)
    assert 3.7 < dear.anomaly.factor < 4.7
    assert (cheap.first, cheap.last) == (55, 55)
    assert cheap.anomaly.deviations < 0


def test_a_cost_that_stays_is_usual_in_the_end() -> None:
    (found,) = episodes("extract", [*HISTORY, *[Level(50, 50 * 9_000_000)] * 100])
    assert LOOKBACK / 3 <= found.last - found.first <= LOOKBACK / 2


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 10**9)), max_size=90))
def test_episodes_are_the_buckets_that_are_anomalies_of_those_before(raw: list[tuple[int, int]]) -> None:
    levels = [Level(calls, cost) for calls, cost in raw]
    marked = {place for found in episodes("n", levels) for place in range(found.first, found.last + 1)}
    expected = set()
    for place, level in enumerate(levels):
        before = [one for one in levels[:place] if one.calls >= FEWEST_CALLS and one.cost_nano > 0]
        if anomaly("n", before[-LOOKBACK:], level):
            expected.add(place)
    assert marked == expected


def test_a_quiet_node_hardly_ever_has_an_episode() -> None:
    random = Random(11)
    levels = [
        Level(calls, int(sum(random.lognormvariate(13, 1.0) for _ in range(calls))))
        for calls in (random.randrange(5, 60) for _ in range(4000))
    ]
    assert sum(found.last - found.first + 1 for found in episodes("n", levels)) / len(levels) < 0.002
