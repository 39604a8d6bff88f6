import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_calls import QUICK, START_US, a_call, by_series, calls, same_sums, store

from costtui.facts import Cost, CostSource, Usage, UsageState
from costtui.store import open_store, open_writer, rollups
from costtui.sums import COUNTERS
from costtui.window import DAY_US, HOUR_US, MINUTE_US, Span

DAYS = 40


def spans():
    """Spans of any width whose borders are whole minutes, or quarters, hours, days."""

    def span(unit: int, start: int, step: int, buckets: int, shift: int) -> Span:
        first = (START_US // unit + start) * unit + shift * MINUTE_US
        return Span(tuple(first + step * unit * place for place in range(buckets + 1)))

    units = st.sampled_from([MINUTE_US, 15 * MINUTE_US, HOUR_US, DAY_US])
    return st.builds(
        span, units, st.integers(-3, 50), st.integers(1, 30), st.integers(1, 12), st.sampled_from([0, 0, 7])
    )


def expected(written, span):
    inside = [call for call in written if span.start_us <= call.started_us < span.end_us]
    spend = [
        sum(call.cost.nano or 0 for call in inside if left <= call.started_us < right)
        for left, right in zip(span.edges, span.edges[1:], strict=False)
    ]
    return by_series(inside), spend


def check(path, written, span):
    with open_store(path) as opened:
        totals = opened.reader.totals(span)
    sums, spend = expected(written, span)
    assert same_sums(dict(totals.series), sums)
    assert list(totals.spend_nano) == spend
    by_node = [sum(column) for column in zip(*totals.spend_by_node.values(), strict=True)]
    assert by_node == spend or not by_node


def check_every_level(path, written):
    """Rollups of each width and the calls that are not folded yet add up to all calls."""
    with closing(sqlite3.connect(path)) as connection:
        folded, minutes = connection.execute("SELECT folded_id, minutes_us FROM meta").fetchone()
        for level in rollups.LEVELS:
            known = [call for call in written if level > 1 or call.started_us >= minutes]
            pending = rollups.by_minute(
                connection, "c.id > ? AND c.started_us >= ?", (folded, minutes if level == 1 else 0)
            )
            counters = [0] * len(COUNTERS)
            for _, _, part in pending:
                counters = [left + right for left, right in zip(counters, part.counters, strict=True)]
            columns = ", ".join(f"coalesce(sum({name}), 0)" for name in COUNTERS)
            row = connection.execute(f"SELECT {columns} FROM rollup WHERE level = ?", (level,)).fetchone()
            total = by_series(known)
            want = [sum(column) for column in zip(*(sums.counters() for sums in total.values()), strict=True)]
            assert [left + right for left, right in zip(counters, row, strict=True)] == (want or counters)


@settings(max_examples=25, deadline=None, phases=QUICK)
@given(st.data())
def test_totals_of_any_span_are_the_sums_of_its_calls(data):
    batches = data.draw(st.lists(st.lists(calls(st.sampled_from("abcdefghijkl")), max_size=6), max_size=5))
    newest_us = START_US + data.draw(st.integers(0, DAYS)) * DAY_US
    last = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        with (
            patch.object(rollups, "FOLD_AT", data.draw(st.sampled_from([1, 3, 10**6]))),
            patch("costtui.store.batch.time.time_ns", lambda: newest_us * 1000),
            open_writer(path) as writer,
        ):
            for batch in batches:
                writer.write(*batch)
                assert writer.flush()
                last |= {call.key: call for call in batch}
            assert writer.dropped == 0
        for _ in range(3):
            check(path, last.values(), data.draw(spans()))
        check_every_level(path, last.values())


@settings(max_examples=15, deadline=None, phases=QUICK)
@given(st.lists(calls(st.sampled_from("abc")), max_size=12))
def test_runs_and_steps_hold_the_totals_of_their_calls_when_calls_are_corrected(written):
    last = {call.key: call for call in written}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        with patch.object(rollups, "FOLD_AT", 2), open_writer(path) as writer:
            for call in written:
                writer.write(call)
                writer.flush()
        with open_store(path) as opened:
            for run in opened.reader.runs(None) if written else []:
                mine = [call for call in last.values() if call.run_id == run.run_id]
                assert run.calls == len(mine)
                assert run.cost_nano == sum(call.cost.nano or 0 for call in mine)
                assert run.unpriced == sum(call.cost.nano is None for call in mine)
                assert run.input_tokens == sum(call.usage.input_tokens or 0 for call in mine)


def test_minutes_are_forgotten_after_eight_hours_and_old_odd_windows_are_read_from_calls(tmp_path):
    path = tmp_path / "s.db"
    written = [a_call(str(place), started_us=START_US + place * 10 * MINUTE_US) for place in range(200)]
    with (
        patch.object(rollups, "FOLD_AT", 50),
        patch("costtui.store.batch.time.time_ns", lambda: (START_US + 3 * DAY_US) * 1000),
    ):
        store(path, *written)
    with closing(sqlite3.connect(path)) as connection:
        (oldest,) = connection.execute("SELECT min(bucket) FROM rollup WHERE level = 1").fetchone()
        assert oldest * MINUTE_US >= written[-1].started_us - 8 * HOUR_US - 15 * MINUTE_US
    first = START_US + 7 * MINUTE_US
    check(path, written, Span(tuple(range(first, first + 3 * HOUR_US + 1, 11 * MINUTE_US))))
    check(path, written, Span((first, first + 26 * HOUR_US + MINUTE_US, first + 32 * HOUR_US)))


def test_absurd_sums_are_cut_off_instead_of_failing(tmp_path):
    path = tmp_path / "s.db"
    store(path, *(a_call(str(place)) for place in range(3)))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE call SET cost_nano = 9223372036854775807")
        connection.commit()
    with open_store(path) as opened:
        totals = opened.reader.totals(Span((START_US, START_US + HOUR_US)))
        assert totals.spend_nano[0] > 9 * 10**18


def test_totals_of_nothing(tmp_path):
    path = tmp_path / "s.db"
    store(path)
    with open_store(path) as opened:
        totals = opened.reader.totals(Span((START_US, START_US + HOUR_US, START_US + 2 * HOUR_US)))
        assert (totals.cursor, totals.series, list(totals.spend_nano)) == (0, {}, [0, 0])
        assert opened.reader.first_us() is None


@pytest.mark.parametrize("fold_at", [1, 10**6])
def test_correcting_a_call_corrects_every_total(tmp_path, fold_at):
    path = tmp_path / "s.db"
    other = a_call("other")
    better = a_call(
        cost=Cost(7, CostSource.LANGSMITH),
        node="else",
        usage=Usage(1, 1, state=UsageState.ESTIMATED),
        latency_ms=5,
    )
    with patch.object(rollups, "FOLD_AT", fold_at), open_writer(path) as writer:
        for call in (a_call(), other, better):
            writer.write(call)
            writer.flush()
    check(path, [other, better], Span((START_US, START_US + HOUR_US)))
    check_every_level(path, [other, better])
    with open_store(path) as opened:
        assert opened.reader.info().calls == 2
        assert replace(opened.reader.call(1), id=0) == better
