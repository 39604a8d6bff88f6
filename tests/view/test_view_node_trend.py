"""Where a node is going: trends in words, and the times at which it cost far more than usual, with their calls."""

from dataclasses import replace

import pytest
from sample_store import MINUTE, NOW_US, MemoryReader, sample_sources

from costtui.facts import Call, Cost, CostSource, Status
from costtui.view.calls import CallsRequest
from costtui.view.node import NodePage, NodeRequest
from costtui.view.node_trend import trend_span
from costtui.view.nodes import NodesRequest
from costtui.window import QUARTER_US, WINDOWS, Span, resolve

QUARTERS = 40


def a_call(number: int, at_us: int, nano: int, *, failed: bool = False) -> Call:
    return Call(
        f"call-{number}",
        at_us,
        node="extract",
        provider="openai",
        model="gpt-4o",
        cost=Cost(nano, CostSource.PRICED),
        status=Status.ERROR if failed else Status.OK,
        latency_ms=100,
        id=number + 1,
    )


def calls(dear: range = range(0), failing: range = range(0), rise: float = 0.0) -> list[Call]:
    """Return ten calls in each quarter of the last ten hours."""
    start = NOW_US // QUARTER_US * QUARTER_US - (QUARTERS - 1) * QUARTER_US
    found = []
    for quarter in range(QUARTERS):
        for place in range(10):
            usual = 1_000_000 * (1 + 0.05 * ((7 * quarter + 3 * place) % 5)) * (1 + rise * quarter)
            nano = round(usual * (5 if quarter in dear else 1))
            failed = quarter in failing and place < 4
            at_us = start + quarter * QUARTER_US + place * MINUTE // 2
            found.append(a_call(len(found), at_us, 0 if failed else nano, failed=failed))
    return found


def page_of(found: list[Call], window: int = 2) -> NodePage:
    return NodeRequest("extract").build(sample_sources(found, window=WINDOWS[window]))


def lines(page: NodePage) -> dict[str, dict[str, str]]:
    return {row.key: {name: cell.text for name, cell in row.cells.items()} for row in page.trend}


def test_a_quiet_node_is_stable_and_nothing_is_marked() -> None:
    page = page_of(calls())
    found = lines(page)
    assert list(found) == ["cost per call", "success rate"]
    assert found["cost per call"]["verdict"] == found["success rate"]["verdict"] == "stable"
    assert found["success rate"]["value"] == "100 %"
    assert "% in 40 quarter hours (not significant, p = " in found["cost per call"]["words"]
    assert page.per_call.marks == ()


def test_a_rising_cost_and_more_failures_are_degrading_with_their_change() -> None:
    found = lines(page_of(calls(failing=range(25, 40), rise=0.02)))
    assert found["cost per call"]["verdict"] == "degrading"
    assert found["cost per call"]["words"].startswith("+7")
    assert found["cost per call"]["words"].endswith("% in 40 quarter hours (p < 0.0001)")
    assert found["success rate"]["verdict"] == "degrading"
    assert found["success rate"]["value"] == "60 %"


def test_few_buckets_are_insufficient_and_say_what_to_do() -> None:
    found = lines(page_of(calls()[-30:]))
    assert found["cost per call"]["verdict"] == "insufficient data"
    assert found["cost per call"]["words"] == "needs 5 quarter hours, has 3 with calls: ] widens the window"


def test_an_unusual_time_is_marked_and_leads_to_its_calls() -> None:
    found = calls(dear=range(30, 33))
    page = page_of(found)
    (key,) = set(lines(page)) - {"cost per call", "success rate"}
    line = lines(page)[key]
    assert line["what"] == "! 10:45–11:30"
    assert line["verdict"] == "5 × the usual"
    assert line["words"].endswith("; 30 calls")
    edges = page.per_call.edges_us
    assert [edges[place] for place in page.per_call.marks] == [
        int(key) + number * QUARTER_US for number in range(3)
    ]
    target = page.trend_target(key)
    assert target.between is not None
    opened = CallsRequest(target.filter, between=target.between).build(sample_sources(found))
    assert {row.key for row in opened.table} == {str(call.id) for call in found[300:330]}


def test_failures_that_were_not_billed_make_no_node_unusually_cheap() -> None:
    page = page_of(calls(failing=range(30, 40)))
    assert page.per_call.marks == ()


def test_the_nodes_page_marks_what_was_unusual_in_its_window_only() -> None:
    def mark(window: int) -> str:
        sources = sample_sources(calls(dear=range(30, 33)), window=WINDOWS[window])
        (row,) = NodesRequest().build(sources).table
        assert row.cells["node"].text == ("! extract" if row.cells["unusual"].text else "extract")
        return row.cells["unusual"].text

    assert mark(2).startswith("! 5.")
    assert mark(0) == ""
    (shown,) = NodesRequest("unusual>2").build(sample_sources(calls(dear=range(30, 33)))).table
    assert shown.key == "extract"


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)
def test_a_trend_looks_at_the_window_and_further_back_in_whole_quarter_hours(window) -> None:
    span = resolve(window, NOW_US, NOW_US - 900 * 86_400_000_000)
    found = trend_span(span, NOW_US)
    assert all(edge % QUARTER_US == 0 for edge in found.edges)
    assert found.start_us < span.start_us
    assert found.edges[-2] <= NOW_US < found.end_us
    assert found.buckets <= 260
    assert len({right - left for left, right in zip(found.edges, found.edges[1:], strict=False)}) == 1


def test_a_window_of_the_past_ends_where_it_ends() -> None:
    start = NOW_US // QUARTER_US * QUARTER_US - 50 * QUARTER_US
    assert trend_span(Span((start, start + QUARTER_US)), NOW_US).end_us == start + QUARTER_US


def test_a_store_without_trends_says_so() -> None:
    class Plain:
        """A reader that offers no more than it must."""

        def __init__(self, inner: MemoryReader) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            if name == "tallies":
                raise AttributeError(name)
            return getattr(self._inner, name)

    sources = sample_sources()
    page = NodeRequest("extract").build(replace(sources, reader=Plain(sources.reader)))  # type: ignore[arg-type]
    assert page.trend == ()
