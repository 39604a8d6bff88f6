"""Intervals that hold however often one looks: what they are made of, and how often they are wrong."""

from math import inf, isclose, sqrt
from random import Random

import pytest
from means import mean_of

from costtui.analysis import stats
from costtui.analysis.distributions import score_interval, wilson
from costtui.analysis.stats import Estimate, Sample

scipy_stats = pytest.importorskip("scipy.stats")


def test_the_width_is_that_of_the_published_sequence() -> None:
    """Waudby-Smith et al. 2024, theorem 2.2: √(2(nρ²+1)/(n²ρ²) · log(√(nρ²+1)/α)) standard deviations."""
    from math import log

    alpha, tuned = 0.05, stats.TUNED_FOR
    rho2 = (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / tuned
    for n in (10, 200, 5_000):
        published = sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * log(sqrt(n * rho2 + 1) / alpha))
        assert isclose(stats.sequence_width(n) / sqrt(n), published, rel_tol=1e-12)


def test_a_difference_is_never_narrower_than_welchs_and_as_wide_as_the_sequence() -> None:
    random = Random(1)
    a, b = ([random.gauss(mean, 2) for _ in range(150)] for mean in (5, 6))
    left, right = mean_of(a), mean_of(b)
    found = stats.sequential_difference(left, right)
    welch = scipy_stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert found.low < welch.low < welch.high < found.high
    error = sqrt(left.error**2 + right.error**2)
    assert isclose((found.high - found.low) / 2, error * stats.sequence_width(300), rel_tol=1e-9)


def test_an_interval_of_one_mean_holds_its_student_interval() -> None:
    values = [1.0, 2.0, 4.0, 8.0, 9.5]
    found = stats.sequential_interval(mean_of(values))
    low, high = scipy_stats.t.interval(0.95, 4, sum(values) / 5, scipy_stats.sem(values))
    assert found.low <= low + 1e-9
    assert found.high >= high - 1e-9


def test_a_rate_is_wilsons_with_the_width_of_the_sequence() -> None:
    found = stats.sequential_rate(190, 200, 200)
    width = stats.sequence_width(200)
    assert (found.low, found.high) == score_interval(0.95, 200, width)
    low, high = wilson(190, 200)
    assert found.low < low < high < found.high
    clustered = stats.sequential_rate(190, 200, 200, effect=4.0)
    assert clustered.low < found.low


def test_shares_apart_of_wilson_intervals_are_newcombes() -> None:
    shares = [Estimate(hits / n, *wilson(hits, n), 1.0) for hits, n in ((48, 80), (56, 70))]
    found = stats.shares_apart(*shares)
    assert (round(found.low, 4), round(found.high, 4)) == (
        0.0524,
        0.3339,
    )  # Newcombe 1998, table II, example (a)


def test_nothing_known_is_no_interval() -> None:
    nothing = Sample(0, 0.0, inf)
    assert stats.sequential_interval(nothing).high == inf
    assert stats.sequential_difference(nothing, Sample(9, 1.0, 0.1)).low == -inf
    assert stats.sequential_rate(0, 0, 0) == Estimate(0.0, 0.0, 1.0, 1.0)


def test_a_free_arm_against_a_dear_one_is_a_difference() -> None:
    assert stats.sequential_difference(Sample(50, 2.0, 0.1), Sample(50, 0.0, 0.0)).high < 0


def _looks(random: Random, draw: object) -> bool:
    """Return whether one of twenty looks at two equal arms, or at one rate, was deceived."""
    a: list[float] = []
    b: list[float] = []
    for _ in range(20):
        a += [draw(random) for _ in range(10)]  # type: ignore[operator]
        b += [draw(random) for _ in range(10)]  # type: ignore[operator]
        if stats.sequential_difference(mean_of(a), mean_of(b)).significant:
            return True
    return False


def test_twenty_looks_at_no_difference_are_deceived_in_less_than_one_of_twenty() -> None:
    random = Random(11)
    wrong = sum(_looks(random, lambda source: source.expovariate(1)) for _ in range(200))
    assert wrong / 200 <= 0.05


def test_twenty_looks_at_a_rate_of_95_percent_do_not_put_it_above() -> None:
    random = Random(12)
    wrong = fooled_by_wilson = 0
    for _ in range(300):
        hits = trials = 0
        above = single = False
        for _ in range(20):
            hits += sum(random.random() < 0.95 for _ in range(20))
            trials += 20
            above |= stats.sequential_rate(hits, trials, trials).low > 0.95
            single |= wilson(hits, trials)[0] > 0.95
        wrong += above
        fooled_by_wilson += single
    assert wrong / 300 <= 0.05
    assert fooled_by_wilson / 300 > 0.05
