"""Our dataclasses mean what the standard library's mean."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.dataclass import dataclass
from costtui.facts import Call, Cost, CostSource, Usage

Decorator = Callable[..., Any]


def point(decorator: Decorator, **options: bool) -> Any:
    @decorator(**options)
    class Point:
        """A class with every kind of field that the house has."""

        kind: ClassVar[str] = "point"
        x: int
        y: int = 2
        tags: list[str] = dataclasses.field(default_factory=list)
        secret: str = dataclasses.field(default="s3cret", repr=False)

        @property
        def sum(self) -> int:
            return self.x + self.y

    return Point


OPTIONS: list[dict[str, bool]] = [
    {"frozen": True, "slots": True},
    {"frozen": True},
    {"slots": True},
    {},
]


@pytest.mark.parametrize("options", OPTIONS)
@given(x=st.integers(), y=st.integers(), tags=st.lists(st.text()))
def test_values_texts_and_equality_are_those_of_the_standard_library(
    options: dict[str, bool], x: int, y: int, tags: list[str]
) -> None:
    ours, standard = point(dataclass, **options), point(dataclasses.dataclass, **options)
    made, expected = ours(x, tags=tags), standard(x, tags=tags)
    assert dataclasses.asdict(made) == dataclasses.asdict(expected)
    assert repr(made).partition("(")[2] == repr(expected).partition("(")[2]
    assert "s3cret" not in repr(made)
    assert made.sum == expected.sum
    assert (made == ours(x, y, tags)) == (expected == standard(x, y, tags))
    assert made != expected
    assert dataclasses.replace(made, y=y) == ours(x, y, tags)
    assert ours.__match_args__ == standard.__match_args__


@pytest.mark.parametrize("options", OPTIONS)
def test_copies_and_pickles_are_equal(options: dict[str, bool]) -> None:
    call = Call("k", 7, cost=Cost(3, CostSource.PRICED), usage=Usage(4))
    assert pickle.loads(pickle.dumps(call)) == call
    made = point(dataclass, **options)(1, tags=["a"])
    assert copy.copy(made) == made
    assert copy.deepcopy(made) == made
    assert copy.deepcopy(made).tags is not made.tags


@pytest.mark.parametrize("options", OPTIONS)
def test_a_default_that_is_made_is_made_for_each(options: dict[str, bool]) -> None:
    ours = point(dataclass, **options)
    assert ours(1).tags == []
    assert ours(1).tags is not ours(1).tags


@pytest.mark.parametrize("slots", [True, False])
def test_what_is_frozen_cannot_be_altered_and_can_be_a_key(slots: bool) -> None:
    call = point(dataclass, frozen=True, slots=slots)(1, tags=())
    with pytest.raises(dataclasses.FrozenInstanceError, match="'y'"):
        call.y = 3
    with pytest.raises(dataclasses.FrozenInstanceError, match="'y'"):
        del call.y
    assert hash(call) == hash(dataclasses.replace(call))


def test_what_can_be_altered_is_no_key() -> None:
    made = point(dataclass, slots=True)(1)
    made.y = 5
    assert made.sum == 6
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)


def test_slots_take_no_other_attribute() -> None:
    with pytest.raises(AttributeError):
        point(dataclass, slots=True)(1).other = 1


def test_a_missing_value_is_an_error_that_names_it() -> None:
    with pytest.raises(TypeError, match=r"'x'"):
        point(dataclass, frozen=True, slots=True)()


def test_methods_of_the_class_itself_are_kept() -> None:
    @dataclass(frozen=True, slots=True)
    class Own:
        """Has a text of its own."""

        x: int

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = object.__hash__

    assert repr(Own(1)) == "own"
    assert Own(1) == Own(2)


def test_an_option_that_is_not_supported_is_refused() -> None:
    with pytest.raises(TypeError, match="all compared"):

        @dataclass(frozen=True, slots=True)
        class Odd:
            """Has a field that would not be compared."""

            x: int = dataclasses.field(default=0, compare=False)
