"""The Try page's calls through the real SDK, tap, client and store: the historical incident, from end to end."""

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from costtui.attribution.contexts import individuals
from costtui.attribution.live import Attribution
from costtui.attribution.verdicts import Verdict
from costtui.facts import Budget, Period
from costtui.launchdarkly.sample import sample_context, sample_flags
from costtui.launchdarkly.trial import allow_listed, with_user_id
from costtui.money import nano
from costtui.pricing.overrides import PriceOverride
from costtui.reading import CallQuery
from costtui.settings import Settings
from costtui.store import open_store
from costtui.trials import application
from costtui.trials.trials import Trials
from costtui.view.matrix import Grid
from costtui.view.trial import SIMULATED, Ask, Tally

CONFIG = Ask(config="ai-config")
BUG = Ask(config="ai-config", legacy=True)


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(str(tmp_path / "try.db"), Settings(time_zone="UTC"), {})


def line_of(call: str) -> int:
    """Where the application of the incident does something."""
    lines = Path(application.__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if call in line)


def fire(trials: Trials, ask: Ask):
    pieces: list[str] = []
    return trials.fire(ask, pieces.append, threading.Event()), "".join(pieces)


def test_the_historical_incident_flips_the_verdict_and_names_user(trials, tmp_path):
    bad, _ = fire(trials, BUG)
    assert (bad.verdict, bad.tone) == ("▲ attributes differ  +user", "error")
    assert "'user'" in bad.report
    assert f"evaluated at costtui/trials/application.py:{line_of('self._experiment.serve(')}\n" in bad.report
    assert f"tracked at costtui/trials/application.py:{line_of('self._experiment.track(')}\n" in bad.report
    good, answer = fire(trials, CONFIG)
    assert (good.verdict, good.tone) == ("✓ attributed", "ok")
    assert answer.strip()
    with open_store(tmp_path / "try.db") as opened:
        calls = opened.reader.calls(CallQuery())
        assert {(call.node, call.provider, call.config_key, call.variation_key) for call in calls} == {
            ("try", "simulated", "ai-config", "motherduck-ai")
        }
        assert opened.reader.context(calls[0].context_id) is not None
        live = Attribution(opened.reader)
        while live.advance():
            pass
        assert {group.verdict for group in live.report.groups} == {
            Verdict.ATTRIBUTES_DIFFER,
            Verdict.ATTRIBUTED,
        }
        assert live.report.cost_nano


def test_a_plan_says_what_is_served_and_spends_nothing(trials, tmp_path):
    plan = trials.plan(Ask(config="ai-config", context="premium"))
    assert (plan.model, plan.variation) == ("simulated/Llama-3.2-3B", "webllm")
    assert plan.most_nano == 0
    assert "no key" in plan.note
    served = trials.plan(CONFIG)
    assert (served.variation, served.parameters) == ("motherduck-ai", "1,000 tokens, temperature 0.7")


def test_a_model_without_a_key_is_not_called(trials):
    plan = trials.plan(Ask(model="openai/gpt-4o"))
    assert "OPENAI_API_KEY" in plan.problem
    outcome, answer = fire(trials, Ask(model="openai/gpt-4o"))
    assert "OPENAI_API_KEY" in outcome.problem
    assert answer == ""


def test_a_call_without_a_config_tracks_nothing(trials):
    outcome, _ = fire(trials, Ask())
    assert outcome.verdict == ""
    assert outcome.figures[0].value == "$0.00"


def test_a_cancelled_call_ends_at_once_and_is_recorded(trials, tmp_path):
    stopped = threading.Event()
    outcome = trials.fire(Ask(), lambda _: stopped.set(), stopped)
    assert "cancelled" in outcome.problem
    with open_store(tmp_path / "try.db") as opened:
        assert [call.status.value for call in opened.reader.calls(CallQuery())] == ["cancelled"]


def test_the_simulated_model_and_the_sample_config_are_always_at_hand(trials):
    choices = trials.choices()
    assert SIMULATED in [name for name, _ in choices.models]
    assert "ai-config" in [name for name, _ in choices.configs]
    assert [name for name, _ in choices.contexts][:3] == ["trial", "starter", "premium"]


def test_the_allow_list_leaves_out_nothing_but_user():
    tracked = sample_context("premium")
    evaluated = individuals(allow_listed(tracked))
    assert {kind: set(inner) - set(evaluated[kind]) for kind, inner in individuals(tracked).items()} == {
        "user": {"user"},
        "session": set(),
        "organization": set(),
    }
    assert with_user_id(tracked) == tracked


def test_a_context_without_the_attribute_gets_it_where_the_bug_is_on():
    assert with_user_id({"kind": "user", "key": "u1", "plan": "pro"}) == {
        "kind": "user",
        "key": "u1",
        "plan": "pro",
        "user": "u1",
    }
    assert with_user_id({"kind": "device", "key": "d1"}) == {"kind": "device", "key": "d1"}


def test_a_verdict_comes_with_the_events_that_were_sent_and_both_variations(trials):
    bad, _ = fire(trials, BUG)
    sent = [
        line.split() for line in bad.report.partition("sent (event, context, what)\n")[2].splitlines()[:3]
    ]
    assert [(words[0], words[2]) for words in sent] == [
        ("usage", "ai-config"),
        ("exposure", "ai-config"),
        ("metric", "ai_cost_per_request"),
    ]
    evaluated, tracked = sent[1][1], sent[2][1]
    assert evaluated != tracked
    assert "the evaluated context is served motherduck-ai (FALLTHROUGH, in experiment)" in bad.report
    assert "the tracking context would be served the same" in bad.report


def test_a_tracking_context_that_would_be_served_something_else_is_told(tmp_path):
    project = sample_flags()
    clause = {
        "contextKind": "user",
        "attribute": "user",
        "op": "in",
        "values": ["starter-user"],
        "negate": False,
    }
    project["flags"]["ai-config"]["rules"].insert(0, {"id": "pilot", "clauses": [clause], "variation": 1})
    (tmp_path / "flags.json").write_text(json.dumps(project))
    environment = {"COSTTUI_FLAGS": str(tmp_path / "flags.json")}
    trials = Trials(str(tmp_path / "try.db"), Settings(time_zone="UTC"), environment)
    bad, _ = fire(trials, BUG)
    assert "the evaluated context is served motherduck-ai" in bad.report
    assert "the tracking context would be served webllm (RULE_MATCH pilot)" in bad.report


def test_a_series_is_counted_and_summed_up(trials, tmp_path):
    tallies: list[Tally] = []
    outcome = trials.fire(replace(CONFIG, repeat=3), lambda _: None, threading.Event(), tallies.append)
    assert [(tally.done, tally.total, tally.errors) for tally in tallies] == [(1, 3, 0), (2, 3, 0), (3, 3, 0)]
    assert [figure.label for figure in outcome.figures] == ["calls", "cost", "p50", "tokens", "tracked"]
    assert (outcome.verdict, outcome.tone) == ("3 of 3 ✓ attributed", "ok")
    with open_store(tmp_path / "try.db") as opened:
        assert len(opened.reader.calls(CallQuery())) == 3


def test_a_cancelled_series_keeps_what_is_done(trials, tmp_path):
    stopped = threading.Event()

    def count(tally: Tally) -> None:
        if tally.done == 2:
            stopped.set()

    outcome = trials.fire(replace(CONFIG, repeat=50), lambda _: None, stopped, count)
    assert outcome.report.startswith("cancelled after 2 calls; they are kept")
    assert outcome.verdict == "2 of 2 ✓ attributed"
    with open_store(tmp_path / "try.db") as opened:
        ended = [call.status.value for call in opened.reader.calls(CallQuery())]
    assert ended.count("ok") == 2


def test_a_series_ends_where_a_budget_has_no_more_room(tmp_path):
    free = PriceOverride("paid", "simulated", {"input": 0, "output": nano("40")}, origin="test")
    budget = Budget("tiny", nano("0.002"), nano("0.002"), period=Period.DAY)
    settings = Settings(time_zone="UTC", budgets=(budget,), prices=(free,))
    trials = Trials(str(tmp_path / "try.db"), settings, {})
    ask = Ask(model="simulated/paid", max_tokens=30, repeat=20)
    outcome = trials.fire(ask, lambda _: None, threading.Event())
    assert "budget 'tiny' has no room" in outcome.report
    assert 1 <= int(outcome.figures[0].value) <= 3


def test_nothing_is_left_running_after_a_trial(trials):
    before = set(threading.enumerate())
    fire(trials, CONFIG)
    left = [
        thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith("costtui")
    ]
    assert left == []


def test_a_call_is_recorded_for_a_context_of_the_settings_with_its_json_types(tmp_path):
    kinds = {"user": {"key": "u-17", "seats": 12, "beta": True, "plan": "pro"}}
    settings = Settings(time_zone="UTC", contexts={"acme": kinds})
    trials = Trials(str(tmp_path / "try.db"), settings, {})
    outcome, _ = fire(trials, replace(CONFIG, context="acme"))
    assert outcome.verdict == "✓ attributed"
    with open_store(tmp_path / "try.db") as opened:
        (call,) = opened.reader.calls(CallQuery())
        context = opened.reader.context(call.context_id)
    assert call.user_id == "u-17"
    assert json.loads(context.canonical) == {"kind": "user", **kinds["user"]}


class Models(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"data": [{"id": "qwen"}, {"id": "evil\\u001b[31m"}]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def test_a_local_server_is_offered_with_its_models(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Models)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    environment = {"OLLAMA_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1"}
    try:
        choices = Trials(str(tmp_path / "x.db"), Settings(time_zone="UTC"), environment).choices()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    names = [name for name, _ in choices.models]
    assert "ollama/qwen" in names
    assert all(name.isprintable() for name in names)
    assert choices.hint.startswith("at hand: ollama")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"_ldMeta": "x"}, "what it serves is no AI Config"),
        ({"messages": [{"role": "alien", "content": 5}]}, "what it serves is no AI Config"),
        ({"model": {"name": "m", "custom": {"costPerInputToken": "inf", "costPerOutputToken": 1e300}}}, ""),
        ({"model": {"name": "m", "parameters": {"maxTokens": "many", "temperature": "hot"}}}, ""),
        ({"model": None, "provider": None}, ""),
    ],
)
def test_a_flag_that_holds_nonsense_is_told_or_served_as_far_as_it_goes(tmp_path, change, problem):
    project = sample_flags()
    project["flags"]["ai-config"]["variations"][0] |= change
    (tmp_path / "flags.json").write_text(json.dumps(project))
    environment = {"COSTTUI_FLAGS": str(tmp_path / "flags.json")}
    trials = Trials(str(tmp_path / "try.db"), Settings(time_zone="UTC"), environment)
    outcome, _ = fire(trials, CONFIG)
    assert problem in outcome.problem
    assert problem in trials.plan(CONFIG).problem
    assert bool(outcome.problem) == bool(problem)
    (cell,) = trials.grid(Grid(contexts=("trial",), configs=("ai-config",))).cells
    assert problem in cell.problem
