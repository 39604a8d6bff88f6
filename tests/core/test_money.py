"""Money is exact."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui import money

amounts = st.integers(min_value=-(10**18), max_value=10**18)


@given(amounts)
def test_dollars_and_back_is_the_same_amount(nano: int) -> None:
    assert money.nano(money.usd(nano)) == nano


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_cost_is_the_exact_quotient_rounded_half_to_even(tokens: int, rate: int) -> None:
    assert money.cost(tokens, rate) == round(Fraction(tokens * rate, 1_000_000))


@pytest.mark.parametrize(
    ("dollars", "nano"),
    [("0.28", 280_000_000), (0.1, 100_000_000), (5, 5_000_000_000), (Decimal("1e-9"), 1), ("2.5e-9", 2)],
)
def test_amounts_are_read_from_text_floats_and_decimals(dollars: Decimal | str | float, nano: int) -> None:
    assert money.nano(dollars) == nano


@pytest.mark.parametrize("nonsense", ["", "abc", "nan", float("inf"), float("nan"), "1e30", None, [], "$1"])
def test_what_is_no_amount_is_refused(nonsense: object) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        money.nano(nonsense)  # type: ignore[arg-type]
