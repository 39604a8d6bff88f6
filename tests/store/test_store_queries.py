import tempfile
from pathlib import Path

from call_values import call_field, call_texts
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_calls import QUICK, START_US, a_call, calls, store

from costtui.call_fields import NUMBER_FIELDS, TEXT_FIELDS
from costtui.facts import Cost, CostSource
from costtui.filter import Filter, Term, parse_filter
from costtui.reading import CallQuery
from costtui.store import open_store
from costtui.window import MINUTE_US, Span

hints = st.sampled_from(
    ["a", "Ä", "ä", "openai", "", "run-1", "0.5", "1", "priced", "smart", "%", "_", "\\", "'", '"']
)
texts = (
    hints
    | st.integers(0, 10**7).map(str)
    | st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=3)
)
terms = st.builds(
    Term,
    st.sampled_from([*TEXT_FIELDS, *NUMBER_FIELDS, "tag.a", "tag.ß", "nonsense"]),
    st.sampled_from([":", "=", ">", "<", ">=", "<="]),
    texts,
    st.booleans(),
) | st.builds(Term, st.just(""), st.just(":"), texts, st.booleans())


def found_keys(path, query):
    with open_store(path) as opened:
        return [call.key for call in opened.reader.calls(query)]


@settings(max_examples=25, deadline=None, phases=QUICK)
@given(st.lists(calls(), min_size=1, max_size=6, unique_by=lambda call: call.key), st.data())
def test_the_store_and_the_predicate_agree_on_every_filter(written, data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        store(path, *written)
        with open_store(path) as opened:
            stored = opened.reader.calls(CallQuery())
            for _ in range(12):
                where = Filter(tuple(data.draw(st.lists(terms, min_size=1, max_size=2))))
                found = {call.key for call in opened.reader.calls(CallQuery(where=where))}
                assert found == {
                    call.key
                    for call in stored
                    if where.matches(
                        lambda name, call=call: call_field(call, name), lambda call=call: call_texts(call)
                    )
                }, where


def test_filters_as_people_type_them(tmp_path):
    path = tmp_path / "s.db"
    store(
        path,
        a_call("cheap", cost=Cost(10, CostSource.PRICED), tags={"Tier": "Gold"}),
        a_call("dear", cost=Cost(20_000_000, CostSource.PROVIDER), error="Timeout after 30 s", node="plan"),
        a_call("unpriced", cost=Cost(None, CostSource.UNKNOWN), latency_ms=None),
    )
    for text, keys in {
        "cost>0.01": ["dear"],
        "!cost>0.01": ["unpriced", "cheap"],
        "timeout": ["dear"],
        "node:plan source:prov": ["dear"],
        "tag.tier:gold": ["cheap"],
        "gold": ["cheap"],
        "latency>=800": ["dear", "cheap"],
        "source=unknown": ["unpriced"],
        'error:"after 30"': ["dear"],
        "no such word": [],
        "'; DROP TABLE call; --": [],
    }.items():
        assert found_keys(path, CallQuery(where=parse_filter(text))) == keys, text


def test_orders_pages_and_limits(tmp_path):
    path = tmp_path / "s.db"
    written = [
        a_call(
            str(place),
            started_us=START_US + (place * 7 % 10) * MINUTE_US,
            cost=Cost(place * 3 % 10, CostSource.PRICED),
            latency_ms=(place * 9) % 10,
            node="ab"[place % 2],
            run_id=f"run-{place % 3}",
        )
        for place in range(10)
    ]
    store(path, *written)
    newest = sorted(written, key=lambda call: -call.started_us)
    assert found_keys(path, CallQuery()) == [call.key for call in newest]
    assert found_keys(path, CallQuery(order="oldest")) == [call.key for call in newest[::-1]]
    assert found_keys(path, CallQuery(order="cost", limit=1)) == ["3"]
    assert found_keys(path, CallQuery(order="latency", limit=1)) == ["1"]
    assert found_keys(path, CallQuery(nodes=("a",))) == [call.key for call in newest if call.node == "a"]
    assert found_keys(path, CallQuery(run_id="run-1")) == [
        call.key for call in newest if call.run_id == "run-1"
    ]
    assert found_keys(path, CallQuery(run_id="run-1", nodes=("b",))) == [
        call.key for call in newest if call.run_id == "run-1" and call.node == "b"
    ]
    assert found_keys(path, CallQuery(nodes=("none",))) == []
    span = Span((START_US + 2 * MINUTE_US, START_US + 5 * MINUTE_US))
    assert found_keys(path, CallQuery(span=span)) == [call.key for call in newest[5:8]]
    with open_store(path) as opened:
        pages, before = [], None
        while page := opened.reader.calls(CallQuery(limit=3, before_id=before)):
            pages += [call.key for call in page]
            before = page[-1].id
    assert pages == [call.key for call in newest]
