"""The pure parts of drawing: columns, order, cutting, the view of a list, plots and time axes."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from costtui.ui.widgets.columns import GAP, Column, fit_columns, sort_rows
from costtui.ui.widgets.fit import cut, fit, wrap
from costtui.ui.widgets.plot import area, nice_ceiling, resample
from costtui.ui.widgets.time_axis import time_ticks
from costtui.ui.widgets.viewport import Viewport
from costtui.view.spark import spark
from costtui.view.table import Cell, Row
from costtui.window import to_us

COLUMNS = (
    Column("node", "node"),
    Column("cost", "cost", 8, "right"),
    Column("p95", "p95", 7, "right", 1),
    Column("errors", "errors", 7, "right", 3),
)


def rows(*values):
    return [Row(str(index), {"cost": Cell("", value)}) for index, value in enumerate(values)]


def test_wide_tables_show_every_column_and_the_flexible_one_takes_the_rest():
    slots = fit_columns(COLUMNS, 60)
    assert [slot.column.id for slot in slots] == ["node", "cost", "p95", "errors"]
    assert sum(slot.width for slot in slots) + GAP * 3 == 60


def test_columns_leave_by_priority():
    assert [slot.column.id for slot in fit_columns(COLUMNS, 34)] == ["node", "cost", "p95"]
    assert [slot.column.id for slot in fit_columns(COLUMNS, 20)] == ["node", "cost"]
    assert [slot.column.id for slot in fit_columns(COLUMNS, 1)] == ["node", "cost"]


def test_unknown_values_come_last_whichever_way_rows_are_ordered():
    given_rows = rows(2, None, 3, 1, float("nan"))
    assert [row.key for row in sort_rows(given_rows, "cost", descending=True)] == ["2", "0", "3", "1", "4"]
    assert [row.key for row in sort_rows(given_rows, "cost", descending=False)] == ["3", "0", "2", "1", "4"]


def test_equal_rows_keep_their_order_both_ways():
    given_rows = rows(1, 1, 2, 1)
    assert [row.key for row in sort_rows(given_rows, "cost", descending=False)] == ["0", "1", "3", "2"]
    assert [row.key for row in sort_rows(given_rows, "cost", descending=True)] == ["2", "0", "1", "3"]


def test_numbers_and_texts_in_one_column_are_ordered_apart():
    assert [row.key for row in sort_rows(rows("b", 2, "a", 1), "cost", descending=False)] == list("3120")


def test_a_column_that_no_row_has_leaves_the_order():
    assert [row.key for row in sort_rows(rows(2, 1), "nothing", descending=True)] == ["0", "1"]


@given(st.text(), st.integers(-1, 30), st.sampled_from(["left", "right"]))
def test_fitted_text_has_exactly_its_width(text, width, align):
    text = "".join(letter for letter in text if letter.isprintable())
    assert cell_len(fit(text, width, align)) == max(width, 0)


@given(st.text(), st.integers(0, 30))
def test_cut_text_is_never_wider_than_asked(text, width):
    assert cell_len(cut("".join(letter for letter in text if letter.isprintable()), width)) <= width


@given(st.text(st.characters(categories=["L", "N", "Zs"])), st.integers(2, 30))
def test_wrapped_lines_fit_and_no_word_is_lost(text, width):
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrapping_breaks_at_spaces_and_keeps_paragraphs():
    assert wrap("one two three\n\nfour", 7) == ["one two", "three", "", "four"]
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]


@given(
    st.integers(0, 50),
    st.integers(-3, 20),
    st.lists(st.tuples(st.sampled_from("mbsr"), st.integers(-60, 60))),
)
def test_cursor_and_view_never_leave_the_list(count, height, steps):
    view = Viewport()
    view.resize(count, height)
    for kind, amount in steps:
        match kind:
            case "m":
                view.move_to(amount)
            case "b":
                view.move_to(view.cursor + amount)
            case "s":
                view.scroll_by(amount)
            case "r":
                view.resize(abs(amount), height)
        assert 0 <= view.cursor <= max(view.count - 1, 0)
        assert 0 <= view.top <= view.last_top
        if kind in "mb":
            assert view.cursor_visible
        thumb = view.thumb()
        assert thumb is None or 0 <= thumb[0] <= view.height - thumb[1]


def test_a_spark_shows_little_as_little_and_nothing_as_blank():
    assert spark([0, 1, 0, 100, 50], 5) == " ▁ █▅"
    assert spark([0, 0], 3) == ""
    assert spark([1, 1, 4, 4], 2) == "▃█"


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=40), st.integers(1, 60))
def test_a_spark_is_no_wider_than_asked_for_any_values(values, width):
    drawn = spark(values, width)
    assert len(drawn) in (0, min(width, len(values)))
    assert ("█" in drawn) == any(values)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=90), st.integers(1, 40))
def test_no_peak_vanishes_in_few_columns(values, width):
    assert max(resample(values, width)) == max(values)


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_the_top_of_an_axis_is_round_and_near(value):
    top = nice_ceiling(value)
    assert value * (1 - 1e-9) <= top <= value * 2.5 * (1 + 1e-9)
    assert round(top / 10 ** math.floor(math.log10(top) + 1e-9), 6) in (1, 2, 2.5, 5, 10)


def test_the_area_is_full_below_its_values():
    grid = area([4, 0], 1, 2, 4.0)
    assert grid == [[0x47], [0x47 | 0x80]]


BERLIN = ZoneInfo("Europe/Berlin")


def axis(start: str, end: str, width: int):
    ends = [to_us(datetime.fromisoformat(text).replace(tzinfo=BERLIN)) for text in (start, end)]
    return time_ticks(*ends, BERLIN, width)


def test_an_axis_of_hours_is_labelled_at_round_local_times():
    assert axis("2026-11-22T08:05", "2026-11-22T14:05", 60) == [
        (9, "09:00"), (19, "10:00"), (29, "11:00"), (39, "12:00"), (49, "13:00"),
    ]  # fmt: skip


def test_an_axis_of_days_is_labelled_with_dates():
    assert [label for _, label in axis("2026-11-01T00:00", "2026-11-29T00:00", 60)][:2] == ["Nov 1", "Nov 8"]


def test_days_with_a_clock_change_begin_at_midnight():
    ticks = axis("2026-10-23T00:00", "2026-10-28T00:00", 121)
    assert [tick for tick in ticks if "Oct" in tick[1]] == [
        (0, "Oct 23"), (24, "Oct 24"), (48, "Oct 25"), (73, "Oct 26"), (97, "Oct 27"),
    ]  # fmt: skip
    assert {label for _, label in ticks if "Oct" not in label} == {"12:00"}


@pytest.mark.parametrize(
    "end", ["2026-11-22T08:00", "2026-11-22T08:01", "2026-12-22T08:00", "2099-01-01T00:00"]
)
@pytest.mark.parametrize("width", [0, 1, 7, 30, 200])
def test_labels_never_touch_nor_leave_the_axis(end, width):
    free = 0
    for cell, label in axis("2026-11-22T08:00", end, width):
        assert cell >= free
        free = cell + len(label) + 1
        assert free <= width + 1
