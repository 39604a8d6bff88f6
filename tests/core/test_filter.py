"""Filters as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.filter import Value, parse_filter

ROW: dict[str, Value] = {"node": "extract", "cost": 0.02, "model": "gpt 4", "error": None}


def passes(text: str) -> bool:
    return parse_filter(text).matches(ROW.get, lambda: " ".join(str(value) for value in ROW.values()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("node:EXT", True),
        ("node=ext", False),
        ("node=extract", True),
        ("!node:extract", False),
        ("cost>0.01", True),
        ("cost>$0.01 cost<=0.02", True),
        ("cost<0.01", False),
        ('model:"gpt 4"', True),
        ("tract", True),
        ("!tract", False),
        ("cost>abc", False),
        ("nothing:x", False),
        ("error:", False),
    ],
)
def test_terms(text: str, expected: bool) -> None:
    assert passes(text) is expected


@given(st.text())
def test_every_text_is_a_filter(text: str) -> None:
    passes(text)
