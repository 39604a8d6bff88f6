"""The own mathematics against scipy's."""

from math import exp, inf, isclose, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from means import mean_of

from costtui.analysis import distributions, stats
from costtui.analysis.stats import Estimate

scipy_stats = pytest.importorskip("scipy.stats")

VALUES = st.lists(st.floats(0.01, 1000), min_size=3, max_size=40)


@given(st.floats(-40, 40), st.floats(1, 5000))
def test_students_tail_is_scipys(t: float, df: float) -> None:
    assert isclose(distributions.t_sf(t, df), scipy_stats.t.sf(t, df), rel_tol=1e-8, abs_tol=1e-12)


@given(st.floats(0.0005, 0.9995), st.floats(1, 5000))
@settings(max_examples=60)
def test_students_quantile_is_scipys(p: float, df: float) -> None:
    assert isclose(distributions.t_quantile(p, df), scipy_stats.t.ppf(p, df), rel_tol=1e-6, abs_tol=1e-9)


@given(st.floats(0, 300), st.integers(1, 60))
def test_chi_squares_tail_is_scipys(x: float, df: int) -> None:
    assert isclose(distributions.chi2_sf(x, df), scipy_stats.chi2.sf(x, df), rel_tol=1e-8, abs_tol=1e-12)


def test_the_normal_limit_of_student_is_the_normal() -> None:
    assert isclose(distributions.t_quantile(0.975, inf), 1.959963984540054)
    assert isclose(distributions.t_sf(1.959963984540054, inf), 0.025)
    assert isclose(distributions.t_sf(-1.0, inf), scipy_stats.norm.sf(-1.0))


@given(VALUES, VALUES)
@settings(max_examples=60)
def test_welch_is_scipys(a: list[float], b: list[float]) -> None:
    if len(set(a)) < 2 or len(set(b)) < 2 or max(a) - min(a) < 1e-3 or max(b) - min(b) < 1e-3:
        return
    ours = stats.difference(mean_of(a), mean_of(b))
    theirs = scipy_stats.ttest_ind(b, a, equal_var=False)
    span = theirs.confidence_interval(0.95)
    assert isclose(ours.p_value, theirs.pvalue, rel_tol=1e-6, abs_tol=1e-9)
    assert isclose(ours.low, span.low, rel_tol=1e-6, abs_tol=1e-6)
    assert isclose(ours.high, span.high, rel_tol=1e-6, abs_tol=1e-6)


@given(st.integers(0, 300), st.integers(0, 300))
@settings(max_examples=50)
def test_wilson_is_scipys(hits: int, misses: int) -> None:
    if hits + misses == 0:
        return
    theirs = scipy_stats.binomtest(hits, hits + misses).proportion_ci(method="wilson")
    low, high = distributions.wilson(hits, hits + misses)
    assert isclose(low, theirs.low, abs_tol=1e-9)
    assert isclose(high, theirs.high, abs_tol=1e-9)


def test_the_sample_ratio_is_scipys_chi_square() -> None:
    theirs = scipy_stats.chisquare([5100, 4900, 2000], [6000 * 2 * 0.4, 6000 * 2 * 0.4, 6000 * 2 * 0.2])
    assert isclose(stats.sample_ratio([5100, 4900, 2000], [40, 40, 20]), theirs.pvalue, rel_tol=1e-8)


def test_newcombes_interval_is_the_published_one() -> None:
    # Newcombe 1998, table II, example a: 56/70 against 48/80, method 10: 0.0524 to 0.3339
    found = stats.rate_difference((48, 80), (56, 70))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)


def test_a_ratio_with_one_item_per_unit_is_the_mean() -> None:
    values = [3.0, 5.5, 1.25, 9.0, 4.0]
    ratio = stats.ratio_of({str(number): (value, 1.0) for number, value in enumerate(values)})
    mean = mean_of(values)
    assert ratio.units == mean.units
    assert isclose(ratio.value, mean.value)
    assert isclose(ratio.error, mean.error)
    assert isclose(mean.error, scipy_stats.sem(values))


def test_a_difference_within_units_is_the_paired_t_test() -> None:
    a, b = [3.0, 5.5, 1.25, 9.0, 4.0], [3.5, 5.0, 2.25, 9.5, 5.0]
    units_a = {str(number): (value, 1.0) for number, value in enumerate(a)}
    units_b = {str(number): (value, 1.0) for number, value in enumerate(b)}
    covariance = stats.covariance_of(units_a, units_b)
    found = stats.difference(stats.ratio_of(units_a), stats.ratio_of(units_b), covariance=covariance)
    paired = mean_of([right - left for left, right in zip(a, b, strict=True)])
    assert isclose(found.value, paired.value)
    half = distributions.t_quantile(0.975, _welch(a, b)) * paired.error
    assert isclose((found.high - found.low) / 2, half)


def _welch(a: list[float], b: list[float]) -> float:
    return float(scipy_stats.ttest_ind(b, a, equal_var=False).df)


def test_the_lift_is_the_delta_method_on_the_logarithm() -> None:
    a, b = mean_of([10.0, 12.0, 11.0, 9.0]), mean_of([8.0, 9.0, 8.5, 7.0])
    error = sqrt((a.error / a.value) ** 2 + (b.error / b.value) ** 2)
    found = stats.lift(a, b)
    assert isclose(found.value, b.value / a.value - 1)
    assert found.low < -1 + (1 + found.value) * exp(-1.96 * error) < found.value < found.high
    back = stats.lift(b, a)
    assert isclose((1 + back.low) * (1 + found.high), 1)  # whoever is the baseline


def test_the_posterior_agrees_with_a_simulation() -> None:
    a, b = stats.Sample(50, 10.0, 0.5), stats.Sample(50, 9.5, 0.4)
    found = stats.posterior(a, b)
    gaps = scipy_stats.norm.rvs(-0.5, sqrt(0.41), size=200_000, random_state=1)
    assert isclose(found.lower, (gaps < 0).mean(), abs_tol=0.005)
    assert isclose(found.loss, gaps.clip(min=0).mean(), abs_tol=0.005)


@pytest.mark.parametrize("function", [stats.difference, stats.lift, stats.sequential])
def test_one_unit_or_none_says_nothing(function: object) -> None:
    for a, b in (([], []), ([1.0], [2.0]), ([0.0, 0.0], [1.0, 2.0]), ([1.0, 2.0], [3.0])):
        found = function(mean_of(a), mean_of(b))  # type: ignore[operator]
        assert isinstance(found, Estimate)
        if function is not stats.difference or len(b) < 2:
            assert found.p_value == 1.0
            assert not found.significant


def test_identical_values_without_variance_are_no_difference() -> None:
    same = mean_of([2.0, 2.0, 2.0])
    found = stats.sequential(same, same)
    assert (found.low, found.high, found.significant) == (0.0, 0.0, False)


def test_quantiles_are_scipys() -> None:
    values = [1.0, 4.0, 9.0, 16.0, 25.0, 36.0]
    for fraction in (0.0, 0.1, 0.5, 0.95, 1.0):
        assert isclose(
            stats.quantile(values, fraction), scipy_stats.mstats.mquantiles(values, fraction, 1, 1)[0]
        )
