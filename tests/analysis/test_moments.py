"""Ratios from sums say what the ratios over all units say."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from costtui.analysis.moments import Moments
from costtui.analysis.stats import ratio_of

UNITS = st.lists(st.tuples(st.integers(0, 10**12), st.integers(1, 500)), min_size=2, max_size=40)


def of(units):
    moments = Moments()
    for top, bottom in units:
        moments.add(top, bottom)
    return moments


@given(UNITS)
def test_sums_give_the_ratio_that_the_units_give(units):
    known = ratio_of({str(number): (float(top), float(bottom)) for number, (top, bottom) in enumerate(units)})
    found = of(units).ratio()
    assert found.units == known.units
    assert found.value == approx(known.value, rel=1e-12)
    assert found.error == approx(known.error, rel=1e-6, abs=1e-6 * known.value)


@given(UNITS, UNITS)
def test_merged_sums_are_the_sums_of_all(left, right):
    merged = of(left)
    merged.merge(of(right))
    assert merged == of([*left, *right])


def test_equal_units_have_no_error_however_large_they_are():
    assert of([(10**15 + 1, 1)] * 50).ratio().error == 0.0


def test_one_unit_or_none_says_nothing_of_the_error():
    assert of([]).ratio().error == inf
    assert of([(5, 2)]).ratio() == ratio_of({"a": (5.0, 2.0)})
