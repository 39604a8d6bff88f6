"""Percentiles with a known error."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from costtui.histogram import Histogram, merged

latencies = st.lists(st.integers(0, 10_000_000), min_size=1, max_size=60)
fractions = st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.99, 1.0])


def histogram(values: list[int]) -> Histogram:
    result = Histogram()
    for value in values:
        result.add(value)
    return result


@given(latencies, fractions)
def test_a_percentile_is_within_one_percent_of_the_exact_one(values: list[int], fraction: float) -> None:
    exact = sorted(values)[max(ceil(fraction * len(values)), 1) - 1]
    found = histogram(values).percentile(fraction)
    assert found is not None
    assert abs(found - exact) <= 0.01 * exact * (1 + 1e-9)


@given(latencies, latencies)
def test_merging_is_counting_together(left: list[int], right: list[int]) -> None:
    assert merged([histogram(left), histogram(right)]) == histogram(left + right)


@given(latencies)
def test_what_is_taken_away_again_leaves_nothing(values: list[int]) -> None:
    result = histogram(values)
    for value in values:
        result.add(value, -1)
    assert result == Histogram()
    assert result.percentile(0.5) is None


@given(st.lists(st.integers(0, 10_000_000)))
def test_the_stored_form_reads_back(values: list[int]) -> None:
    assert Histogram.decode(histogram(values).encode()) == histogram(values)
