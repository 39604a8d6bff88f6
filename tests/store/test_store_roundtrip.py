import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from stored_calls import LINES, QUICK, START_US, a_call, calls, store

from costtui.facts import (
    Budget,
    Call,
    Context,
    Cost,
    CostSource,
    Exposure,
    MetricEvent,
    Quality,
    Run,
    Status,
    Step,
    Usage,
    UsageState,
)
from costtui.reading import CallQuery
from costtui.store import open_store
from costtui.store.codec import from_line, to_line
from costtui.text import plain


def read_all(path):
    with open_store(path) as opened:
        return [
            opened.reader.call(call.id)
            for call in opened.reader.calls(CallQuery(order="oldest", limit=10**6))
        ]


def printable(call: Call) -> Call:
    names = (
        "error",
        "operation",
        "service_tier",
        "prompt",
        "completion",
        "decision",
        "lead_id",
        "session_id",
        "user_id",
    )
    return replace(
        call,
        **{name: plain(getattr(call, name)) for name in names},
        tags={plain(name): plain(value) for name, value in call.tags.items()},
        usage=replace(call.usage, problems=tuple(map(plain, call.usage.problems))),
    )


@settings(max_examples=25, deadline=None, phases=QUICK)
@given(st.lists(calls(), max_size=5, unique_by=lambda call: call.key))
def test_a_call_is_read_as_it_was_written(written):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        store(path, *written)
        found = {call.key: replace(call, id=0) for call in read_all(path)} if written else {}
    assert found == {call.key: printable(call) for call in written}


@given(calls())
def test_a_call_survives_its_line_in_a_spool(call):
    assert from_line(to_line(call)) == call


def test_every_fact_survives_its_line_in_a_spool():
    facts = [
        a_call(),
        Run("r", 1, config={"temperature": 0.5}, status=Status.ERROR),
        Step("s", "r", "node", 1),
        Quality("r", 1, "s", 0.1, 0.2, 0.3, 0.4, 0.5, True, 1, 2),
        Context("c", "{}"),
        Exposure("e", "flag", 1, 0, {"kind": "user"}, {"user": "k"}, "feature", redacted=("name",)),
        MetricEvent("e", "cost", 1, 0, None, {"user": "k"}, "custom", value=1.5, redacted=()),
        Budget("b", 2, 1),
    ]
    assert [from_line(to_line(fact)) for fact in facts] == facts


def test_the_cost_lines_of_a_call_come_back_even_where_they_do_not_multiply(tmp_path):
    odd = (*LINES, LINES[0]._replace(unit="web_search", cost_nano=7))
    store(tmp_path / "s.db", a_call(cost=Cost(7, CostSource.PRICED, "p", odd)))
    assert read_all(tmp_path / "s.db")[0].cost.lines == odd


def test_a_list_of_calls_comes_without_texts(tmp_path):
    store(tmp_path / "s.db", a_call(prompt="question", completion="answer"))
    with open_store(tmp_path / "s.db") as opened:
        (call,) = opened.reader.calls(CallQuery())
        assert (call.prompt, call.completion, call.cost.lines) == ("", "", ())
        assert opened.reader.call(call.id).prompt == "question"
        assert opened.reader.call(99) is None


def test_texts_are_cut_at_a_thousand_characters_and_keep_their_lines(tmp_path):
    store(tmp_path / "s.db", a_call(prompt="a\nb\x1b[31m" + "x" * 5000))
    (call,) = read_all(tmp_path / "s.db")
    assert call.prompt.startswith("a\nb␛[31mxxx")
    assert len(call.prompt) == 1000


def test_runs_steps_and_quality_come_back_with_the_totals_of_their_calls(tmp_path):
    run = Run("run-1", START_US, "reports", Status.OK, START_US + 9, config={"model": "m"}, budget_nano=5)
    step = Step("step-1", "run-1", "extract", START_US, START_US + 5, Status.OK, detail="Extracted 5")
    quality = Quality("run-1", START_US, "reports", 0.9, 0.8, 0.7, 0.6, 0.5, True, 2, 5)
    unpriced = a_call("two", cost=Cost(None, CostSource.UNKNOWN), status=Status.ERROR, step_key="step-1")
    store(tmp_path / "s.db", run, step, a_call(step_key="step-1"), unpriced, quality)
    with open_store(tmp_path / "s.db") as opened:
        found = opened.reader.run("run-1")
        assert (found.calls, found.errors, found.unpriced, found.cost_nano) == (2, 1, 1, 450_000)
        assert (found.input_tokens, found.output_tokens) == (200, 40)
        assert (found.quality, found.quality_passed, found.config) == (0.9, True, {"model": "m"})
        assert (found.subsystem, found.status, found.ended_us) == ("reports", Status.OK, START_US + 9)
        (known,) = opened.reader.steps("run-1")
        assert (known.calls, known.cost_nano, known.unpriced, known.detail) == (2, 450_000, 1, "Extracted 5")
        assert opened.reader.quality(None) == [quality]
        assert opened.reader.runs(None) == [found]
        assert opened.reader.run("no such run") is None


def test_a_context_that_only_a_call_named_is_not_known_until_it_is_written(tmp_path):
    path = tmp_path / "s.db"
    store(path, a_call(context_id="abc"))
    with open_store(path) as opened:
        assert opened.reader.context("abc") is None
        store(path, Context("abc", '{"kind":"user"}'))
        assert opened.reader.context("abc") == Context("abc", '{"kind":"user"}')
        assert opened.reader.calls(CallQuery())[0].context_id == "abc"


def test_people_can_read_the_views(tmp_path):
    path = tmp_path / "s.db"
    store(path, a_call(lead_id="acme", prompt="hi"), a_call("two", cost=Cost(None, CostSource.UNKNOWN)))
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute(
            "SELECT started, node, status, cost_usd, cost_source, prompt FROM call_readable WHERE key = 'one'"
        ).fetchone()
        assert row == ("2026-11-18T11:00:00.000000Z", "extract", "ok", 0.00045, "priced", "hi")
        assert connection.execute(
            "SELECT node, calls, cost_usd, unpriced FROM agent_cost_summary"
        ).fetchall() == [("extract", 2, 0.00045, 1)]
        assert connection.execute("SELECT * FROM lead_cost_summary").fetchall() == [("acme", 1, 0.00045, 0)]


class Odd:
    def __str__(self) -> str:
        raise RuntimeError("never mind")


def test_malformed_calls_are_tidied_or_counted_and_the_others_are_kept(tmp_path):
    from costtui.store import open_writer

    nonsense = [
        a_call("huge", usage=Usage(10**30, -5, state=UsageState.REPORTED), latency_ms=2**70),
        a_call("negative", started_us=-(10**20), cost=Cost(-5, CostSource.PRICED)),
        a_call("surrogate \ud800", node="a\udfff\0b", error="\ud800" * 5000),
        a_call("types", node=None, tags=None, usage=None, cost=None, attempt="three", model=5),
        a_call("nan", latency_ms=float("nan"), quality=float("inf"), complexity="x"),
        a_call("deep", tags={"a": {"b": object()}}, status="nonsense", mode=7),
        a_call("odd", node=Odd()),
        "no fact at all",
        None,
    ]
    with open_writer(tmp_path / "s.db") as writer:
        writer.write(a_call("before"), *nonsense, a_call("after"))
        assert writer.flush()
        assert writer.dropped == 3
    found = {call.key: call for call in read_all(tmp_path / "s.db")}
    assert set(found) == {"before", "after", "huge", "negative", "surrogate ?", "types", "nan", "deep"}
    assert found["huge"].usage.input_tokens == 10**12
    assert found["negative"].cost.nano == 0
    with open_store(tmp_path / "s.db") as opened:
        assert opened.reader.info().dropped == 3
