from hypothesis import given, settings
from hypothesis import strategies as st

from costtui.analysis.decompose import EFFECTS, Rates, decompose
from costtui.facts import Series
from costtui.sums import Sums


def sums(**counters: int) -> Sums:
    made = Sums()
    for name, value in counters.items():
        setattr(made, name, value)
    return made


def priced(calls: int, per_call: int, tokens: int = 1000, **more: int) -> Sums:
    return sums(calls=calls, cost_nano=calls * per_call, input_tokens=calls * tokens, **more)


EXTRACT, JUDGE = Series("extract", "openai", "gpt-4o"), Series("judge", "openai", "gpt-4o")
MINI = Series("extract", "openai", "gpt-4o-mini")


def only(name: str, nano: int) -> dict[str, int]:
    return {**dict.fromkeys(EFFECTS, 0), name: nano}


def test_more_of_the_same_is_volume() -> None:
    found = decompose({EXTRACT: priced(10, 70)}, {EXTRACT: priced(25, 70)}).total
    assert (found.before_nano, found.after_nano) == (700, 1750)
    assert found.effects == only("volume", 1050)


def test_a_new_price_is_price() -> None:
    assert decompose({EXTRACT: priced(10, 70)}, {EXTRACT: priced(10, 90)}).total.effects == only("price", 200)


def test_longer_prompts_are_tokens() -> None:
    after = {EXTRACT: priced(10, 140, tokens=2000)}
    assert decompose({EXTRACT: priced(10, 70)}, after).total.effects == only("tokens", 700)


def test_cached_input_is_cache() -> None:
    before = {EXTRACT: sums(calls=10, input_tokens=10_000, cost_nano=10_000)}
    after = {EXTRACT: sums(calls=10, input_tokens=10_000, cache_read_tokens=5_000, cost_nano=5_500)}
    assert decompose(before, after).total.effects == only("cache", -4500)


def test_retries_are_retries() -> None:
    after = {EXTRACT: priced(15, 70, retries=5)}
    assert decompose({EXTRACT: priced(10, 70)}, after).total.effects == only("retries", 350)


def test_calls_that_lost_their_price_are_unpriced() -> None:
    after = {EXTRACT: sums(calls=10, unpriced=10, input_tokens=10_000)}
    assert decompose({EXTRACT: priced(10, 70)}, after).total.effects == only("unpriced", -700)


def test_another_model_for_the_same_node_is_the_models() -> None:
    found = decompose({EXTRACT: priced(10, 100)}, {MINI: priced(10, 10)})
    assert found.total.effects == only("models", -900)
    assert [(change.nano) for change in found.groups.values()] == [-1000, 100]


def test_a_new_node_is_in_nodes_and_the_rest_in_volume() -> None:
    found = decompose({EXTRACT: priced(10, 100)}, {EXTRACT: priced(10, 100), JUDGE: priced(10, 300)}).total
    assert found.effects["nodes"] + found.effects["volume"] == 3000
    assert found.effects["nodes"] < 3000


def test_from_nothing_everything_is_volume() -> None:
    assert decompose({}, {EXTRACT: priced(10, 100)}).total.effects == only("volume", 1000)
    assert decompose({}, {}).total.nano == 0


def test_the_reference_prices_split_tokens_and_price() -> None:
    before = {EXTRACT: sums(calls=1, input_tokens=100, output_tokens=100, cost_nano=500)}
    after = {EXTRACT: sums(calls=1, input_tokens=100, output_tokens=200, cost_nano=900)}
    true = decompose(before, after, lambda _p, _m: Rates(input=1, output=4)).total.effects
    assert true == only("tokens", 400)


COUNT = st.integers(0, 10**6)
SERIES = st.builds(Series, node=st.sampled_from("ab"), provider=st.just("p"), model=st.sampled_from("xyz"))


@st.composite
def any_sums(draw: st.DrawFn) -> Sums:
    calls = draw(st.integers(0, 10**6))
    tokens = draw(COUNT)
    return sums(
        calls=calls,
        retries=draw(st.integers(0, calls)),
        unpriced=draw(st.integers(0, calls)),
        input_tokens=tokens,
        cache_read_tokens=draw(st.integers(0, tokens)),
        cache_write_tokens=draw(COUNT),
        output_tokens=draw(COUNT),
        cost_nano=draw(st.integers(0, 10**18)),
    )


@given(st.dictionaries(SERIES, any_sums()), st.dictionaries(SERIES, any_sums()))
@settings(max_examples=300)
def test_the_parts_add_up_to_the_nano_dollar(before: dict[Series, Sums], after: dict[Series, Sums]) -> None:
    found = decompose(before, after)
    spent = [sum(part.cost_nano for part in side.values()) for side in (before, after)]
    assert [found.total.before_nano, found.total.after_nano] == spent
    assert sum(found.total.effects.values()) == spent[1] - spent[0]
    for change in found.groups.values():
        assert sum(change.effects.values()) == change.nano


@given(st.dictionaries(SERIES, any_sums()), st.dictionaries(SERIES, any_sums()))
def test_the_way_back_is_the_way_there_with_other_signs(
    before: dict[Series, Sums], after: dict[Series, Sums]
) -> None:
    there, back = decompose(before, after).total, decompose(after, before).total
    scale = there.before_nano + there.after_nano
    for name in EFFECTS:
        assert abs(there.effects[name] + back.effects[name]) <= 16 + 1e-9 * scale
