"""What a comparison comes to, in a sentence, for every way in which it can end."""

import pytest

from costtui.analysis.answer import answer
from costtui.analysis.compare import compare
from costtui.analysis.outcome import Outcome


def arm(name: object, nano: int | None, count: int = 60, failing: int = 0) -> list[Outcome]:
    return [
        Outcome(
            f"{name}-{place}",
            f"{name}-{place}",
            0,
            None if nano is None else nano + 3 * (place % 7),
            1.0,
            succeeded=int(place >= failing),
            config={"model": name},
        )
        for place in range(count)
    ]


def sentence(*arms: list[Outcome], baseline: str = "a") -> str:
    return answer(compare([one for arm in arms for one in arm], "model", baseline=baseline))


def test_the_cheapest_is_named_with_how_it_succeeds() -> None:
    found = sentence(arm("a", 1000), arm("b", 500), arm("c", 700))
    assert found.startswith("b is 4")
    assert "% cheaper than a" in found
    assert found.endswith("; whether it succeeds as often cannot be said yet.")
    many = sentence(arm("a", 1000, 9000), arm("b", 500, 9000))
    assert many.endswith(", and it succeeds as often.")


def test_cheaper_but_worse_is_said_as_such() -> None:
    found = sentence(arm("a", 1000, 300), arm("b", 500, 300, failing=150))
    assert ", but it succeeds less often: b is " in found
    found = sentence(arm("a", 1000, 300, failing=150), arm("b", 500, 300))
    assert ", and it succeeds more often: b is " in found


def test_a_baseline_that_is_the_cheapest_is_named() -> None:
    assert sentence(arm("a", 500), arm("b", 1000)).startswith("a is the cheapest: b is 9")
    assert sentence(arm("a", 500), arm("b", 1500), arm("c", 2000)) == "a is the cheapest: b and c cost more."


def test_equal_costs_have_no_winner() -> None:
    found = sentence(arm("a", 1000), arm("b", 1001))
    assert found == "No winner: b and a cost the same, as far as it matters."


def test_few_units_say_what_is_missing() -> None:
    assert sentence(arm("a", 1000), arm("b", 500, 3)) == ("No winner yet: b needs at least 2 more runs.")
    assert sentence(arm("a", 500), arm("b", 5000), arm("c", 500, 2)) == (
        "a is cheaper than b; c needs at least 3 more runs."
    )
    several = sentence(arm("a", 1000), *(arm(name, 500, 3) for name in "bcde"))
    assert several == "No winner yet: not enough data on 4 others."


@pytest.mark.parametrize("arms", [[arm("a", 1)], [arm("a", 1), arm("b", None)]])
def test_what_cannot_be_compared_is_said(arms: list[list[Outcome]]) -> None:
    assert "compare" in sentence(*arms)


def test_a_free_group_is_the_cheapest() -> None:
    free = [
        Outcome(f"f{place}", f"f{place}", 0, 0, 1.0, succeeded=1, config={"model": "f"})
        for place in range(60)
    ]
    assert sentence(arm("a", 1000), free).startswith("f is free")
