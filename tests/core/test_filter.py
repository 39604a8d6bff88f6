"""Filters as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.filter import Filter, Term, Value, parse_filter

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
    found = parse_filter(text)
    assert found.text == text.strip()
    assert passes(text) == all(passes_alone(term) for term in found.terms)


def passes_alone(term: Term) -> bool:
    return Filter((term,)).matches(ROW.get, lambda: " ".join(str(value) for value in ROW.values()))
