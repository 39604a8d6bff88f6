"""Figures as people read them."""

import pytest

from costtui import format as fmt
from costtui.money import nano


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        ("0", "$0.00"),
        ("0.0015", "$0.0015"),
        ("0.00001234", "$0.000012"),
        ("0.000000001", "<$0.000001"),
        ("0.099", "$0.0990"),
        ("12.3", "$12.30"),
        ("1234", "$1.23k"),
        ("-0.5", "-$0.50"),
        ("2500000", "$2.5M"),
    ],
)
def test_money_shows_as_many_digits_as_matter(dollars: str, text: str) -> None:
    assert fmt.money(nano(dollars)) == text


def test_what_is_not_known_is_never_a_zero() -> None:
    assert {fmt.money(None), fmt.tokens(None), fmt.duration(None), fmt.percent(1, 0)} == {fmt.UNKNOWN}


def test_a_figure_carries_its_precision() -> None:
    assert fmt.figure(nano("1.24"), estimated=2, unpriced=3) == "≈$1.24 +3 unpriced"
    assert fmt.figure(nano("1.24")) == "$1.24"


def test_exact_money_hides_no_digit() -> None:
    assert fmt.exact_money(nano("1234.000000001")) == "$1,234.000000001"
    assert fmt.exact_money(nano("4.4178191")) == "$4.4178191"


@pytest.mark.parametrize(
    ("ms", "text"),
    [(0, "0 ms"), (999.6, "1.0 s"), (59_960, "1 m 00 s"), (200_000, "3 m 20 s"), (7_500_000, "2 h 05 m")],
)
def test_durations(ms: float, text: str) -> None:
    assert fmt.duration(ms) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0.2s"), (9.96, "10s"), (59, "59s"), (61, "1m"), (7200, "2h"), (3 * 86400, "3d")],
)
def test_ages(seconds: float, text: str) -> None:
    assert fmt.age(int(seconds * 1e6)) == text
