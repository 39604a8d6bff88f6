from random import Random

from costtui.analysis.anomalies import Level, anomalies, anomaly

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


def test_the_node_that_burns_most_comes_first() -> None:
    now = {"small": Level(10, 10 * 9_000_000), "large": Level(50, 50 * 9_000_000), "new": Level(9, 9)}
    assert [a.node for a in anomalies({"small": HISTORY, "large": HISTORY}, now)] == ["large", "small"]
