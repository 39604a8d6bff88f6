"""What leads cost is what their calls add up to: folded, pending, replaced, at any border, and of older stores."""

import sqlite3
from dataclasses import replace
from random import Random

import pytest
from stored_calls import START_US, a_call, as_version_2, store

from costtui.facts import Call, Cost, CostSource
from costtui.reading import LeadReader, LeadTotals
from costtui.several import SeveralOpened
from costtui.store import open_store, open_writer, rollups
from costtui.store.connect import SCHEMA_VERSION
from costtui.window import HOUR_US, MINUTE_US, Span

SPANS = {
    "of whole hours": Span(
        (START_US // HOUR_US * HOUR_US - 5 * HOUR_US, START_US // HOUR_US * HOUR_US + 9 * HOUR_US)
    ),
    "with borders inside hours": Span((START_US - 100 * MINUTE_US, START_US + 201 * MINUTE_US)),
    "inside one hour": Span((START_US + 2 * MINUTE_US, START_US + 9 * MINUTE_US)),
}


def calls(number: int, seed: int = 1) -> list[Call]:
    random = Random(seed)
    return [
        a_call(
            f"{seed}-{index}",
            started_us=START_US + random.randrange(-6 * HOUR_US, 10 * HOUR_US),
            lead_id=random.choice(["", "ada", "bob", "chloé", "dörte"]),
            cost=Cost(random.choice([None, 5, 1_000_000]), CostSource.PRICED),
        )
        for index in range(number)
    ]


def expected(found: list[Call], span: Span) -> dict[str, tuple[int, int, int]]:
    totals: dict[str, tuple[int, int, int]] = {}
    for call in found:
        if call.lead_id and span.start_us <= call.started_us < span.end_us:
            number, cost, unpriced = totals.get(call.lead_id, (0, 0, 0))
            totals[call.lead_id] = (
                number + 1,
                cost + (call.cost.nano or 0),
                unpriced + (call.cost.nano is None),
            )
    return totals


def by_lead(totals: LeadTotals) -> dict[str, tuple[int, int, int]]:
    return {lead.lead_id: (lead.calls, lead.cost_nano, lead.unpriced) for lead in totals.dearest}


@pytest.mark.parametrize("span", SPANS.values(), ids=SPANS)
def test_leads_cost_what_their_calls_cost_folded_or_not_and_replaced_or_not(tmp_path, monkeypatch, span):
    monkeypatch.setattr(rollups, "FOLD_AT", 50)
    path, found = tmp_path / "s.db", calls(180)
    for first in range(0, 180, 60):
        store(path, *found[first : first + 60])
    changed = [replace(call, lead_id="eve", cost=Cost(7, CostSource.PRICED)) for call in found[::9]]
    store(path, *changed)
    now = {call.key: call for call in [*found, *changed]}
    with open_store(path) as opened:
        assert isinstance(opened.reader, LeadReader)
        totals = opened.reader.leads(span)
    wanted = expected(list(now.values()), span)
    assert by_lead(totals) == wanted
    assert totals.number == len(wanted)
    assert totals.cost_nano == sum(cost for _, cost, _ in wanted.values())
    assert [lead.cost_nano for lead in totals.dearest] == sorted(
        (cost for _, cost, _ in wanted.values()), reverse=True
    )


def test_of_many_leads_the_dearest_are_told_and_all_are_counted(tmp_path):
    path = tmp_path / "s.db"
    store(path, *(a_call(str(n), lead_id=f"lead-{n}", cost=Cost(n, CostSource.PRICED)) for n in range(30)))
    with open_store(path) as opened:
        totals = opened.reader.leads(SPANS["of whole hours"], 3)
    assert [lead.lead_id for lead in totals.dearest] == ["lead-29", "lead-28", "lead-27"]
    assert (totals.number, totals.cost_nano) == (30, sum(range(30)))


def test_a_store_of_the_first_schema_is_read_as_it_is_and_brought_up_to_date_by_a_writer(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(rollups, "FOLD_AT", 50)
    path, found = tmp_path / "s.db", calls(120)
    store(path, *found)
    as_version_2(path)
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE lead_rollup")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    span = SPANS["with borders inside hours"]
    with open_store(path) as opened:
        assert by_lead(opened.reader.leads(span)) == expected(found, span)
    with open_writer(path):
        pass
    with open_store(path) as opened:
        assert opened.reader.info().schema_version == SCHEMA_VERSION
        assert by_lead(opened.reader.leads(span)) == expected(found, span)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT sum(calls) FROM lead_rollup").fetchone()[0] > 0
    connection.close()


def test_leads_of_several_stores_are_added_up(tmp_path):
    found = [calls(40, seed) for seed in (1, 2)]
    for index, part in enumerate(found):
        store(tmp_path / f"{index}.db", *part)
    span = SPANS["of whole hours"]
    with SeveralOpened(open_store(tmp_path / f"{index}.db") for index in range(2)) as opened:
        totals = opened.reader.leads(span)
    assert by_lead(totals) == expected([*found[0], *found[1]], span)
    assert totals.number == len(totals.dearest)


def test_a_store_without_leads_has_none(tmp_path):
    store(tmp_path / "s.db", a_call())
    with open_store(tmp_path / "s.db") as opened:
        assert opened.reader.leads(SPANS["of whole hours"]) == LeadTotals()
