"""``costtui reconcile``: LangSmith's figures replace ours where it knows the calls, and nothing else changes."""

import json
import os
import time

import pytest
from langsmith_server import KEY, LangSmithServer, model_run
from recorded_runs import SETTINGS

from costtui import CostTracker
from costtui.cli import main
from costtui.errors import ProviderError, SettingsError
from costtui.facts import CostSource, UsageState
from costtui.reading import CallQuery
from costtui.record.langsmith import Account, account
from costtui.record.langsmith_api import LangSmith
from costtui.store import open_store
from costtui.window import parse_window, resolve

RESPONSE = "chatcmpl-0123456789abcdefghij"
TRACE = "0198a1b2-0000-7000-8000-0123456789ab"


@pytest.fixture
def langsmith(monkeypatch, tmp_path):
    for name in list(os.environ):
        if name.startswith(("LANGSMITH_", "LANGCHAIN_")):
            monkeypatch.delenv(name)
    with LangSmithServer() as server:
        monkeypatch.setenv("LANGCHAIN_ENDPOINT", server.url)
        monkeypatch.setenv("LANGCHAIN_API_KEY", KEY)
        monkeypatch.setenv("LANGCHAIN_PROJECT", "pipeline")
        monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
        yield server


@pytest.fixture
def store(tmp_path):
    return tmp_path / "calls.db"


@pytest.fixture
def record(store):
    """Return a function that records a run with some calls."""

    def record_run(*calls, run_id="r"):
        with CostTracker(store, settings=SETTINGS) as tracker, tracker.run(run_id, subsystem="s") as run:
            for call in calls:
                run.record_call(**{"node": "extract", "model": "gpt-4o-mini", **call})

    return record_run


def now_us():
    return time.time_ns() // 1000


def priced(**facts):
    return {
        "cost": "0.0050",
        "cost_source": CostSource.HEURISTIC,
        "input_tokens": 10,
        "output_tokens": 2,
        **facts,
    }


def stored(store, run_id="r"):
    with open_store(store) as opened:
        calls = opened.reader.calls(CallQuery(run_id=run_id, order="oldest"))
        return opened.reader.run(run_id), calls


def reconcile(store, *options, code=0):
    assert main(["reconcile", str(store), "--wait", "0", *options]) == code


def test_a_call_is_found_by_the_id_of_its_answer_and_gets_exact_tokens_and_cost(langsmith, store, record):
    record(priced(key=RESPONSE, input_tokens=8, estimated=True, prompt="Which?", completion="These."))
    langsmith.runs = [model_run("a", now_us(), response=RESPONSE, cost=0.0012345678)]
    reconcile(store)
    run, (call,) = stored(store)
    assert (call.cost.nano, call.cost.source) == (1_234_568, CostSource.LANGSMITH)
    assert (call.usage.input_tokens, call.usage.output_tokens, call.usage.state) == (
        10,
        2,
        UsageState.REPORTED,
    )
    assert (call.usage.cache_read_tokens, call.usage.reasoning_tokens) == (4, 1)
    assert (run.cost_nano, run.source_method, run.input_tokens) == (1_234_568, "langsmith", 10)
    with open_store(store) as opened:
        whole = opened.reader.call(call.id)
    assert (whole.prompt, whole.completion, whole.cost.price_ref) == ("Which?", "These.", "LangSmith price-1")


def test_the_totals_of_the_store_follow(langsmith, store, record):
    record(priced(key=RESPONSE))
    langsmith.runs = [model_run("a", now_us(), response=RESPONSE)]
    reconcile(store)
    with open_store(store) as opened:
        totals = opened.reader.totals(resolve(parse_window("1h", SETTINGS.zone), now_us(), None))
    assert sum(totals.spend_nano) == 2_000_000


def test_a_call_without_an_id_is_found_by_its_start_model_and_tokens(langsmith, store, record):
    start = now_us()
    record(priced(started_us=start), priced(started_us=start + 1_000_000, input_tokens=500))
    langsmith.runs = [
        model_run("far", start - 30_000_000, cost=9),
        model_run("other-model", start, cost=9, metadata={"ls_model_name": "gpt-4o"}, tokens=(11, 2)),
        model_run("ours", start + 20_000, cost=0.001),
        model_run("second", start + 1_020_000, cost=0.003, tokens=(500, 2)),
    ]
    reconcile(store)
    _, calls = stored(store)
    assert [call.cost.nano for call in calls] == [1_000_000, 3_000_000]


def test_the_model_may_be_the_one_that_was_asked_for(langsmith, store, record):
    start = now_us()
    record(priced(started_us=start, model="served-by-another-name", model_asked="gpt-4o-mini"))
    langsmith.runs = [model_run("a", start, cost=0.001)]
    reconcile(store)
    assert stored(store)[0].cost_nano == 1_000_000


def test_estimates_of_a_node_are_replaced_inside_the_runs_own_trace(langsmith, store, record):
    """A recorder that adds a node up knows one call where LangSmith knows each."""
    start = now_us()
    record(priced(started_us=start + 40_000_000, input_tokens=3000, estimated=True), run_id=TRACE)
    langsmith.runs = [
        model_run("a", start, trace=TRACE, cost=0.001, tokens=(1000, 20)),
        model_run("b", start + 1, trace=TRACE, cost=0.0005, tokens=(500, 10)),
        model_run("elsewhere", start, trace="another", cost=7),
    ]
    reconcile(store)
    run, (call,) = stored(store, TRACE)
    assert (run.cost_nano, run.source_method, call.usage.input_tokens) == (1_500_000, "langsmith", 1500)


def test_calls_that_were_not_recorded_are_added_once_where_the_trace_says_whose_they_are(
    langsmith, store, record
):
    start = now_us()
    record(priced(key=RESPONSE), run_id="nightly")
    label = {"costtui_run_id": "nightly"}
    langsmith.runs = [
        model_run("a", start, response=RESPONSE, metadata=label, cost=0.001),
        model_run("unseen", start, metadata=label, cost=0.004, node="plan"),
        model_run("strange", start, cost=3, node="plan"),
    ]
    reconcile(store)
    reconcile(store, "--all")
    run, calls = stored(store, "nightly")
    assert (run.calls, run.cost_nano) == (2, 5_000_000)
    assert {(call.node, call.subsystem, call.provider) for call in calls} >= {("plan", "s", "openai")}


def test_a_call_that_two_layers_traced_counts_once(langsmith, store, record):
    start = now_us()
    record(priced(key=RESPONSE), run_id=TRACE)
    langsmith.runs = [
        model_run("outer", start, trace=TRACE, cost=0.001),
        model_run("inner", start + 5, trace=TRACE, cost=0.001, response=RESPONSE, inside=["outer"]),
    ]
    reconcile(store)
    run, calls = stored(store, TRACE)
    assert (len(calls), run.cost_nano) == (1, 1_000_000)


def test_what_the_provider_charged_and_cached_answers_stay(langsmith, store, record):
    record(
        priced(key=RESPONSE, cost_source=CostSource.PROVIDER),
        {"key": "chatcmpl-cached-0123456789", "cache_hit": True, "input_tokens": 10, "output_tokens": 2},
    )
    langsmith.runs = [
        model_run("a", now_us(), response=RESPONSE, cost=9),
        model_run("b", now_us(), response="chatcmpl-cached-0123456789", cost=9),
    ]
    reconcile(store)
    run, calls = stored(store)
    assert sorted(call.cost.nano for call in calls) == [0, 5_000_000]
    assert run.source_method != "langsmith"


def test_what_langsmith_does_not_know_stays_and_is_said(langsmith, store, record, capsys):
    record(priced(key=RESPONSE), priced(started_us=now_us() - 50_000_000))
    langsmith.runs = [model_run("a", now_us(), response=RESPONSE)]
    reconcile(store)
    run, calls = stored(store)
    assert sorted(call.cost.nano for call in calls) == [2_000_000, 5_000_000]
    assert run.source_method == "heuristic"
    assert "1 call is not known to LangSmith" in capsys.readouterr().out


def test_a_cost_that_is_not_computed_yet_is_waited_for_and_never_zero(
    langsmith, store, record, monkeypatch, capsys
):
    record(priced(key=RESPONSE))
    langsmith.runs = [model_run("a", now_us(), response=RESPONSE, cost=None)]
    reconcile(store)
    assert "without a cost in LangSmith" in capsys.readouterr().out
    assert stored(store)[0].cost_nano == 5_000_000
    pauses = []

    def computed(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            langsmith.runs[0]["total_cost"] = 0.002

    monkeypatch.setattr("costtui.cli.reconcile.time.sleep", computed)
    assert main(["reconcile", str(store)]) == 0
    assert pauses == [1.0, 2.0]
    assert stored(store)[0].cost_nano == 2_000_000


def test_a_call_that_langsmith_has_not_taken_in_yet_is_waited_for(langsmith, store, record, monkeypatch):
    record(priced(key=RESPONSE))
    made = model_run("a", now_us(), response=RESPONSE)
    monkeypatch.setattr("costtui.cli.reconcile.time.sleep", lambda seconds: langsmith.runs.append(made))
    assert main(["reconcile", str(store)]) == 0
    assert stored(store)[0].cost_nano == 2_000_000


def test_two_runs_at_the_same_time_never_share_a_call(langsmith, store, record):
    start = now_us()
    for run_id in ("one", "two"):
        record(priced(started_us=start, key=RESPONSE if run_id == "two" else "k"), run_id=run_id)
    langsmith.runs = [
        model_run("a", start, response=RESPONSE, cost=0.001),
        model_run("b", start + 1000, cost=0.003),
    ]
    reconcile(store)
    assert stored(store, "one")[0].cost_nano == 3_000_000
    assert stored(store, "two")[0].cost_nano == 1_000_000
    assert langsmith.asked.count("/api/v2/runs/query") == 1


def test_a_later_run_takes_no_call_of_one_that_was_reconciled_before(langsmith, store, record):
    start = now_us()
    record(priced(started_us=start, key=RESPONSE), run_id="one")
    langsmith.runs = [model_run("a", start, response=RESPONSE, cost=0.001)]
    reconcile(store)
    record(priced(started_us=start, key="k"), run_id="two")
    reconcile(store)
    assert stored(store, "two")[0].cost_nano == 5_000_000


def test_a_dry_run_changes_nothing(langsmith, store, record, capsys):
    record(priced(key=RESPONSE))
    langsmith.runs = [model_run("a", now_us(), response=RESPONSE)]
    reconcile(store, "--dry-run", "--json")
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert (run["before_usd"], run["after_usd"], run["source"], run["changed"]) == (
        "0.005",
        "0.002",
        "langsmith",
        1,
    )
    assert stored(store)[0].cost_nano == 5_000_000


def test_a_run_that_has_langsmiths_figures_is_not_asked_for_again(langsmith, store, record, capsys):
    record(priced(key=RESPONSE))
    langsmith.runs = [model_run("a", now_us(), response=RESPONSE)]
    reconcile(store)
    asked = len(langsmith.asked)
    reconcile(store)
    assert len(langsmith.asked) == asked
    assert "no run to ask about" in capsys.readouterr().out
    reconcile(store, "--all", "--json")
    assert json.loads(capsys.readouterr().out)["runs"][0]["changed"] == 0


@pytest.mark.parametrize("new_api", [True, False])
def test_all_pages_of_either_api_are_read(langsmith, store, record, new_api, monkeypatch):
    langsmith.new_api, langsmith.page = new_api, 2
    monkeypatch.setenv("LANGCHAIN_ENDPOINT", f"{langsmith.url}/api/v1" if not new_api else langsmith.url)
    names = [f"chatcmpl-{number:020}" for number in range(5)]
    record(*(priced(key=name) for name in names))
    langsmith.runs = [model_run(name, now_us(), response=name) for name in names]
    reconcile(store)
    run, calls = stored(store)
    assert (run.cost_nano, run.source_method) == (10_000_000, "langsmith")
    assert {call.usage.cache_read_tokens for call in calls} == {4}


def test_a_busy_langsmith_is_asked_again_and_one_that_fails_changes_nothing(langsmith, store, record, capsys):
    record(priced(key=RESPONSE))
    langsmith.runs = [model_run("a", now_us(), response=RESPONSE)]
    langsmith.failures = [503, 429]
    reconcile(store)
    assert stored(store)[0].cost_nano == 2_000_000
    langsmith.failures = [422]
    reconcile(store, "--all", code=1)
    shown = capsys.readouterr()
    assert "answered 422" in shown.err
    assert "costs stay as they were recorded" in shown.err
    assert KEY not in shown.err + shown.out


def test_a_wrong_key_and_a_wrong_project_are_said_without_showing_the_key(
    langsmith, store, record, monkeypatch, capsys
):
    record(priced())
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_wrong")
    reconcile(store, code=1)
    monkeypatch.setenv("LANGSMITH_API_KEY", KEY)
    monkeypatch.setenv("LANGSMITH_PROJECT", "nonesuch")
    reconcile(store, code=1)
    shown = capsys.readouterr().err
    assert "refused the key (403)" in shown
    assert "no project 'nonesuch'" in shown
    assert "lsv2" not in shown


def test_without_a_key_it_says_what_to_set(langsmith, store, record, monkeypatch, capsys):
    record(priced())
    monkeypatch.delenv("LANGCHAIN_API_KEY")
    reconcile(store, code=2)
    assert "costs stay as they were recorded: set LANGSMITH_API_KEY" in capsys.readouterr().err


def test_an_unreachable_langsmith_is_an_error_in_words():
    pauses = []
    nobody = Account("http://127.0.0.1:9", "p", KEY)
    with (
        LangSmith(nobody, sleep=pauses.append) as api,
        pytest.raises(ProviderError, match="cannot reach") as error,
    ):
        api.calls(0, 1)
    assert pauses == [1.0, 2.0, 4.0]
    assert KEY not in str(error.value)
    assert KEY not in repr(nobody)


def test_new_names_of_the_environment_come_before_old_ones():
    found = account(
        {
            "LANGCHAIN_API_KEY": "old",
            "LANGSMITH_API_KEY": '"new"',
            "LANGSMITH_ENDPOINT": "https://eu.example/",
        }
    )
    assert (found.key, found.endpoint, found.project) == ("new", "https://eu.example", "default")
    with pytest.raises(SettingsError, match="http"):
        account({"LANGSMITH_API_KEY": "k", "LANGSMITH_ENDPOINT": "ftp://x"})


def test_a_run_that_still_goes_on_is_left_alone(langsmith, store, capsys):
    with CostTracker(store, settings=SETTINGS) as tracker, tracker.run("r") as run:
        run.record_call(model="gpt-4o-mini", cost=1)
        tracker.flush()
        reconcile(store, "--run", "r", code=1)
        reconcile(store)
    assert "still goes on" in capsys.readouterr().err
    assert langsmith.asked == []


def test_what_langchain_traces_and_its_callback_records_come_together(langsmith, store):
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.runnables import RunnableLambda
    from langchain_core.tracers.langchain import LangChainTracer
    from langsmith import Client

    from costtui.record.langchain import CostCallback

    def answers():
        for number, said in enumerate(({"id": RESPONSE}, {})):
            counts = {"input_tokens": 1000 + number, "output_tokens": 500, "total_tokens": 1500 + number}
            yield AIMessage("Hello", response_metadata=said, usage_metadata=counts)

    model = GenericFakeChatModel(messages=answers())
    graph = RunnableLambda(lambda question: [model.invoke(question), model.invoke(question)])
    with CostTracker(store, settings=SETTINGS) as tracker, tracker.run("r") as run:
        tracer = LangChainTracer(
            client=Client(api_url=langsmith.url, api_key=KEY, auto_batch_tracing=False),
            project_name="pipeline",
        )
        recorder = CostCallback(tracker.recorder, settings=SETTINGS)
        metadata = {"costtui_run_id": run.run_id}
        graph.invoke("Hi", {"callbacks": [tracer, recorder], "metadata": metadata})
    assert stored(store)[0].source_method != "langsmith"
    reconcile(store)
    run, calls = stored(store)
    assert (run.calls, run.source_method) == (2, "langsmith")
    assert sorted(call.cost.nano for call in calls) == [1_500_000, 1_501_000]
    assert sorted(call.usage.input_tokens for call in calls) == [1000, 1001]
