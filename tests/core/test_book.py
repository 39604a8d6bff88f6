"""The live book says what the calls of its span add up to."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from costtui.book import Book
from costtui.facts import Call, Cost, CostSource, Series, Status, Usage, UsageState
from costtui.reading import Totals
from costtui.sums import Sums, series_of
from costtui.window import MINUTE_US, Span

SPAN = Span(tuple(range(0, 11 * MINUTE_US, MINUTE_US)))

calls = st.lists(
    st.builds(
        Call,
        key=st.just("k"),
        started_us=st.integers(-MINUTE_US, 12 * MINUTE_US),
        node=st.sampled_from(["plan", "write"]),
        model=st.sampled_from(["a", "b"]),
        status=st.sampled_from([Status.OK, Status.ERROR]),
        cost=st.builds(Cost, st.none() | st.integers(0, 10**12), st.sampled_from(CostSource)),
        usage=st.builds(
            Usage, st.integers(0, 10**6), st.integers(0, 10**6), state=st.sampled_from(UsageState)
        ),
        latency_ms=st.none() | st.integers(0, 100_000),
        attempt=st.integers(1, 3),
    ),
    max_size=40,
).map(lambda found: [_numbered(call, number) for number, call in enumerate(found, 1)])


def _numbered(call: Call, number: int) -> Call:
    from dataclasses import replace

    return replace(call, id=number)


def totals_of(found: Iterable[Call], cursor: int) -> Totals:
    """Add calls up the slow way."""
    series: dict[Series, Sums] = {}
    spend = [0] * SPAN.buckets
    by_node: dict[str, list[int]] = {}
    for call in found:
        if SPAN.start_us <= call.started_us < SPAN.end_us:
            series.setdefault(series_of(call), Sums()).add(call)
            if call.cost.nano is not None:
                bucket = call.started_us // MINUTE_US
                spend[bucket] += call.cost.nano
                by_node.setdefault(call.node, [0] * SPAN.buckets)[bucket] += call.cost.nano
    return Totals(cursor, series, spend, by_node)


def comparable(totals: Totals) -> object:
    return (
        {key: (sums.counters(), sums.latency.counts) for key, sums in totals.series.items()},
        list(totals.spend_nano),
        {node: list(spend) for node, spend in totals.spend_by_node.items()},
    )


@given(calls, st.integers(0, 40), st.integers(0, 40))
def test_rollups_and_deltas_add_up_to_all_calls_wherever_they_meet(
    found: list[Call], read: int, overlap: int
) -> None:
    read = min(read, len(found))
    book = Book(totals_of(found[:read], read), SPAN)
    book.add(found[max(read - overlap, 0) :])
    assert comparable(book.totals()) == comparable(totals_of(found, len(found)))
