from costtui.analysis.whatif import total, what_if, what_if_totals
from costtui.facts import Call, Cost, CostSource, Usage, UsageState
from costtui.sums import Sums, series_of


def call(key: str, node: str, nano: int | None, tokens: int | None, **more: object) -> Call:
    usage = Usage(tokens, 10, state=more.pop("state", UsageState.REPORTED))  # type: ignore[arg-type]
    source = CostSource.UNKNOWN if nano is None else CostSource.PRICED
    return Call(key, 5, node=node, usage=usage, cost=Cost(nano, source), **more)  # type: ignore[arg-type]


CALLS = [
    call("1", "a", 1000, 100),
    call("2", "a", 3000, 300, state=UsageState.ESTIMATED),
    call("3", "b", None, 100),
    call("4", "b", 0, 100, cache_hit=True),
    call("5", "b", 500, None),
]


def price(usage: Usage, at_us: int) -> int | None:
    return None if usage.input_tokens is None else usage.input_tokens * 2


def test_traffic_is_priced_again_by_node() -> None:
    found = what_if(CALLS, price)
    assert (found["a"].actual_nano, found["a"].other_nano, found["a"].saved_nano) == (4000, 800, 3200)
    assert found["a"].estimated == 1


def test_what_cannot_be_priced_is_left_out_of_both_sides() -> None:
    found = what_if(CALLS, price)["b"]
    assert (found.calls, found.actual_nano, found.other_nano, found.left_out) == (1, 0, 0, 2)


def test_totals_give_what_their_calls_give() -> None:
    series = {series_of(CALLS[0]): Sums.of(CALLS[:2])}
    assert what_if_totals(series, price, 5) == what_if(CALLS[:2], price)
    assert total(what_if(CALLS, price).values()).saved_nano == 3200
    assert total([]).calls == 0
