"""Windows and their buckets."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.window import DAY_US, MINUTE_US, WINDOWS, Window, days, from_us, parse_window, resolve, to_us

NOW = to_us(datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC))
instants = st.integers(0, 4_000_000_000_000_000)


@given(st.sampled_from(WINDOWS), instants, instants)
def test_a_span_holds_now_and_the_whole_window_in_few_buckets(window: Window, now: int, first: int) -> None:
    span = resolve(window, now, first)
    assert span.start_us <= now < span.end_us
    assert span.buckets <= 250
    assert list(span.edges) == sorted(set(span.edges))
    assert all(edge % MINUTE_US == 0 for edge in span.edges)
    if window.length_us is not None:
        assert span.start_us <= now - window.length_us
    elif first <= now:
        assert span.start_us <= first


def test_a_custom_range_includes_its_last_day_in_the_zone() -> None:
    zone = ZoneInfo("Europe/Berlin")
    span = resolve(parse_window("2026-10-24..2026-10-25", zone), NOW, None)
    assert from_us(span.start_us, zone).isoformat() == "2026-10-24T00:00:00+02:00"
    assert from_us(span.end_us, zone).isoformat() == "2026-10-26T00:00:00+01:00"


@pytest.mark.parametrize("text", ["", "5h", "2026-13-01..2026-13-02", "2026-11-02..2026-11-01", "..", "a..b"])
def test_what_is_no_window_is_said_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"window|date"):
        parse_window(text, UTC)


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham"]


@pytest.mark.parametrize("name", ZONES)
@given(start=st.integers(0, 2_000_000_000_000_000), length=st.integers(1, 400 * DAY_US))
def test_days_tile_a_range_across_clock_changes(name: str, start: int, length: int) -> None:
    zone = ZoneInfo(name)
    edges = days(start, start + length, zone)
    assert edges[0] <= start < edges[1]
    assert edges[-2] < start + length <= edges[-1]
    assert all(22 * 3_600_000_000 < b - a < 26 * 3_600_000_000 for a, b in pairwise(edges))
    assert all(edge % (15 * MINUTE_US) == 0 for edge in edges)


def test_the_ends_of_the_calendar_do_not_overflow() -> None:
    assert from_us(2**63 - 1).year == 9999
    assert from_us(-(2**63)).year == 1
