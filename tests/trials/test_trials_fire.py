"""The Try page's calls through the real SDK, tap, client and store: the historical incident, from end to end."""

import threading
from pathlib import Path

import pytest

from costtui.attribution.contexts import individuals
from costtui.attribution.live import Attribution
from costtui.attribution.verdicts import Verdict
from costtui.launchdarkly.sample import sample_context
from costtui.launchdarkly.trial import allow_listed, with_user_id
from costtui.reading import CallQuery
from costtui.settings import Settings
from costtui.store import open_store
from costtui.trials.trials import Trials
from costtui.view.trial import SIMULATED, Ask

CONFIG = Ask(config="ai-config")
BUG = Ask(config="ai-config", legacy=True)


@pytest.fixture
def trials(tmp_path: Path) -> Trials:
    return Trials(str(tmp_path / "try.db"), Settings(time_zone="UTC"), {})


def fire(trials: Trials, ask: Ask):
    pieces: list[str] = []
    return trials.fire(ask, pieces.append, threading.Event()), "".join(pieces)


def test_the_historical_incident_flips_the_verdict_and_names_user(trials, tmp_path):
    bad, _ = fire(trials, BUG)
    assert (bad.verdict, bad.tone) == ("▲ attributes differ  +user", "error")
    assert "'user'" in bad.report
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
