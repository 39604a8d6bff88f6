"""Why spend changed: parts that add up, the time that is compared, and bars that join."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_store import MINUTE, NOW_US, MemoryReader, sample_calls, sample_sources

from costtui.facts import Cost
from costtui.view.change import ChangeRequest, earlier
from costtui.view.waterfall import Scale
from costtui.window import HOUR_US, WINDOWS, Span, from_us, parse_window, to_us

HOUR = WINDOWS[1]


def sources(window=HOUR, calls=None):
    calls = sample_calls(hours=6) if calls is None else calls
    found = sample_sources(calls, window=window)
    return replace(found, reader=MemoryReader(calls))


def test_the_parts_lead_from_what_it_was_to_what_it_is():
    page = ChangeRequest().build(sources())
    amounts = [row.cells["amount"].sort for row in page.table]
    assert amounts[0] + sum(amounts[1:-1]) == pytest.approx(amounts[-1])
    total = page.found.total
    assert sum(total.effects.values()) == total.after_nano - total.before_nano
    assert [row.key for row in page.table][0::9] == ["before", "now"]


def test_what_is_behind_a_part_adds_up_to_it():
    page = ChangeRequest().build(sources())
    for name, nano in page.found.total.effects.items():
        behind = sum(row.cells["part"].sort for row in page.behind(name))
        assert behind == pytest.approx(nano / 1e9, abs=1e-9)
    whole = sum(row.cells["part"].sort for row in page.behind("before"))
    assert whole == pytest.approx(page.found.total.nano / 1e9)


def test_exported_rows_add_up_to_the_last_nano_dollar():
    page = ChangeRequest().build(sources())
    for row in page.rows():
        parts = [value for name, value in row.items() if name.endswith("_nano")][2:]
        assert sum(parts) == row["after_nano"] - row["before_nano"]


def test_a_price_that_doubled_is_told_as_price():
    old = [call for call in sample_calls(hours=2) if call.cost.nano]
    shifted = [replace(call, started_us=NOW_US - 30 * MINUTE) for call in old]
    before = [replace(call, started_us=NOW_US - 90 * MINUTE, id=call.id + 10_000) for call in old]
    dear = [replace(call, cost=Cost(call.cost.nano * 2, call.cost.source, "", ())) for call in shifted]
    page = ChangeRequest().build(sources(calls=[*before, *dear]))
    effects = page.found.total.effects
    assert effects["price"] == page.found.total.nano > 0
    assert "(100 %)" in page.sentence
    assert "mostly price (+" in page.sentence


def test_nothing_before_and_nothing_now_are_said_in_words():
    calls = [replace(call, started_us=NOW_US - 10 * MINUTE) for call in sample_calls(20)]
    page = ChangeRequest().build(sources(calls=calls))
    assert page.sentence.startswith("Spend rose by $")
    assert page.found.total.effects["volume"] + page.found.total.effects["nodes"] == page.found.total.nano
    empty = ChangeRequest().build(sources(calls=[]))
    assert empty.sentence.startswith("Nothing of a known cost was spent")
    assert not empty.behind("volume")
    assert len(empty.table) == 10


def test_the_time_before_is_as_long_as_what_has_passed_of_the_window():
    now = sources()
    before = earlier(now, "before")
    assert before.end_us == now.span.start_us
    passed = NOW_US - now.span.start_us
    assert 0 <= before.end_us - before.start_us - passed < MINUTE


def test_a_day_earlier_is_the_same_time_of_day_where_clocks_were_changed():
    berlin = ZoneInfo("Europe/Berlin")
    start = to_us(datetime(2026, 10, 25, 9, tzinfo=berlin))
    now = replace(sources(), span=Span((start, start + HOUR_US)), now_us=start + HOUR_US, zone=berlin)
    before = earlier(now, "day")
    assert from_us(before.start_us, berlin) == datetime(2026, 10, 24, 9, tzinfo=berlin)
    assert start - before.start_us == 25 * HOUR_US
    assert from_us(earlier(now, "week").start_us, berlin).isoformat() == "2026-10-18T09:00:00+02:00"


def test_a_window_that_lies_in_the_past_is_compared_with_as_much_time():
    found = sources(parse_window("2026-11-20..2026-11-21", UTC))
    before = earlier(found, "before")
    assert before.end_us - before.start_us == found.span.end_us - found.span.start_us


def test_the_past_is_read_once_for_a_request_that_stays():
    request, found = ChangeRequest(), sources(WINDOWS[2])
    reads = []
    reader = found.reader
    found = replace(
        found,
        reader=type("Counting", (), {"totals": lambda _, span: reads.append(span) or reader.totals(span)})(),
    )
    assert request.build(found).sentence == request.build(found).sentence
    assert len(reads) == 1
    request.build(replace(found, now_us=NOW_US + MINUTE))
    assert len(reads) == 2
    assert request == ChangeRequest() and hash(request) == hash(ChangeRequest())


@pytest.mark.parametrize(
    ("start", "end", "bar"),
    [
        (0, 10, "█████"),
        (0, 3, "█▌"),
        (3, 6, " ▐█"),
        (5, 6, "  ▐"),
        (6, 3, " ▐█"),
        (4, 4, ""),
        (4, 4.1, "  ▌"),
        (10, 9.9, "    ▐"),
    ],
)
def test_a_bar_at_half_a_cell(start, end, bar):
    assert Scale(0, 10, 5).bar(start, end) == bar


@given(st.floats(-1e15, 1e15), st.floats(-1e15, 1e15), st.integers(1, 60))
def test_no_bar_is_wider_than_its_scale(start, end, cells):
    assert len(Scale(min(start, end, 0), max(start, end), cells).bar(start, end)) <= cells
