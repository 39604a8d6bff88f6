"""A/A simulations: how often an analysis finds a difference where there is none."""

from random import Random

from means import mean_of

from costtui.analysis import stats
from costtui.analysis.stats import ratio_of

ROUNDS = 400


def _users(random: Random, count: int) -> dict[str, tuple[float, float]]:
    """Users with their own level of cost and their own number of calls: calls of a user are alike."""
    users = {}
    for user in range(count):
        level, calls = random.lognormvariate(0, 1), random.randint(1, 30)
        users[str(user)] = (sum(level * random.uniform(0.8, 1.2) for _ in range(calls)), float(calls))
    return users


def test_the_ratio_over_users_keeps_its_error_rate() -> None:
    random = Random(1)
    false = sum(
        stats.lift(ratio_of(_users(random, 60)), ratio_of(_users(random, 60))).significant
        for _ in range(ROUNDS)
    )
    assert 0.02 < false / ROUNDS < 0.085


def test_calls_taken_as_independent_would_lie() -> None:
    random = Random(2)

    def calls() -> list[float]:
        return [total / count for total, count in _users(random, 40).values() for _ in range(int(count))]

    false = sum(stats.difference(mean_of(calls()), mean_of(calls())).significant for _ in range(100))
    assert false > 25


def _peeked(method: object, seed: int, rounds: int, level: float = 0.95) -> float:
    """Return the share of experiments without any difference in which one of twenty looks found one."""
    random = Random(seed)
    false = 0
    for _ in range(rounds):
        a, b = [0.0, 0.0], [0.0, 0.0]
        for look in range(1, 21):
            for sums in (a, b):
                for _ in range(10):
                    value = random.expovariate(1)
                    sums[0] += value
                    sums[1] += value * value
            if method(_sample(a, 10 * look), _sample(b, 10 * look), level).significant:  # type: ignore[operator]
                false += 1
                break
    return false / rounds


def _sample(sums: list[float], count: int) -> stats.Sample:
    mean = sums[0] / count
    return stats.Sample(count, mean, ((sums[1] / count - mean * mean) / (count - 1)) ** 0.5)


def test_looking_twenty_times_keeps_the_error_rate_of_the_sequence() -> None:
    assert _peeked(stats.sequential, 3, 300) <= 0.05


def test_looking_twenty_times_ruins_the_single_look() -> None:
    assert _peeked(stats.lift, 3, 150) > 0.15


def test_the_sequence_still_finds_a_real_difference() -> None:
    random = Random(5)
    a = mean_of([random.gammavariate(4, 1) for _ in range(400)])
    b = mean_of([random.gammavariate(4, 0.7) for _ in range(400)])
    found = stats.sequential(a, b)
    assert found.high < 0
    assert found.p_value < 0.001
    assert found.low < -0.3 < found.high + 0.15


def test_a_biased_split_is_found_and_a_fair_one_is_not() -> None:
    assert stats.sample_ratio([5000, 5050], [1, 1]) > stats.SRM_LIMIT
    assert stats.sample_ratio([5000, 5600], [1, 1]) < stats.SRM_LIMIT
    assert stats.sample_ratio([10, 3], [1, 0]) == 0.0
    assert stats.sample_ratio([], []) == 1.0
