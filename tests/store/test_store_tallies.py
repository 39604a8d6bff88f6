"""How nodes did over time is what their calls add up to, folded or pending, in buckets of any width."""

from random import Random

import pytest
from stored_calls import START_US, a_call, store

from costtui.facts import Call, Cost, CostSource, Status
from costtui.reading import Tally, TallyReader
from costtui.several import SeveralOpened
from costtui.store import open_store, rollups
from costtui.window import DAY_US, HOUR_US, QUARTER_US, Span

DAY = START_US // DAY_US * DAY_US
SPANS = {
    "quarter hours": Span(tuple(range(DAY, DAY + DAY_US + 1, QUARTER_US))),
    "hours": Span(tuple(range(DAY - HOUR_US, DAY + DAY_US + 1, HOUR_US))),
    "six hours": Span(tuple(range(DAY, DAY + DAY_US + 1, 6 * HOUR_US))),
    "days": Span(tuple(range(DAY - DAY_US, DAY + 2 * DAY_US + 1, DAY_US))),
    "uneven": Span((DAY, DAY + QUARTER_US, DAY + 3 * HOUR_US, DAY + 20 * HOUR_US)),
}

FREE = Cost(0, CostSource.PRICED)


def calls(number: int, seed: int = 1) -> list[Call]:
    random = Random(seed)
    return [
        a_call(
            f"{seed}-{index}",
            started_us=DAY + random.randrange(DAY_US),
            node=random.choice(["extract", "judge", ""]),
            model=random.choice(["gpt-4o", "gpt-4o-mini"]),
            status=Status.OK,
            cost=Cost(random.choice([None, 0, 5, 1_000_000]), CostSource.PRICED),
        )
        for index in range(number)
    ] + [
        a_call(f"{seed}-failed-{index}", started_us=DAY + index * HOUR_US, status=Status.ERROR, cost=FREE)
        for index in range(20)
    ]


def expected(found: list[Call], span: Span) -> dict[str, list[Tally]]:
    tallies: dict[str, list[Tally]] = {}
    for call in found:
        for place, (left, right) in enumerate(zip(span.edges, span.edges[1:], strict=False)):
            if left <= call.started_us < right:
                own = tallies.setdefault(call.node, [Tally()] * span.buckets)
                failed = call.status == Status.ERROR
                own[place] += Tally(1, failed, call.cost.nano is not None and not failed, call.cost.nano or 0)
    return tallies


@pytest.mark.parametrize("span", SPANS.values(), ids=SPANS)
def test_tallies_are_what_the_calls_add_up_to(tmp_path, monkeypatch, span):
    monkeypatch.setattr(rollups, "FOLD_AT", 50)
    path, found = tmp_path / "s.db", calls(180)
    for first in range(0, len(found), 60):
        store(path, *found[first : first + 60])
    with open_store(path) as opened:
        assert isinstance(opened.reader, TallyReader)
        assert opened.reader.tallies(span) == expected(found, span)
        assert opened.reader.tallies(span, "judge") == {"judge": expected(found, span)["judge"]}
        assert opened.reader.tallies(span, "nobody") == {}


def test_a_failure_that_was_billed_says_what_a_call_costs(tmp_path):
    path = tmp_path / "s.db"
    store(path, a_call("billed", status=Status.ERROR, cost=Cost(7, CostSource.PRICED)))
    with open_store(path) as opened:
        (tally,) = opened.reader.tallies(Span((DAY, DAY + DAY_US)))["extract"]
    assert tally == Tally(1, 1, 1, 7)


def test_stores_that_are_open_together_add_up(tmp_path):
    span, both = SPANS["hours"], (calls(40, 1), calls(40, 2))
    for number, found in enumerate(both):
        store(tmp_path / f"{number}.db", *found)
    with SeveralOpened([open_store(tmp_path / f"{number}.db") for number in range(2)]) as opened:
        assert opened.reader.tallies(span) == expected([*both[0], *both[1]], span)
