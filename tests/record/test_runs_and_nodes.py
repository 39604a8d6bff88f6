import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from recorded_runs import SETTINGS

import costtui
from costtui import BudgetExceeded, CostTracker
from costtui.facts import Call, CostSource, Status, UsageState


def test_a_run_with_nodes_is_timed_recorded_and_ended(recorded):
    with recorded.tracker.run("r", subsystem="support", config={"temperature": 0.2}) as run:
        with recorded.tracker.node("extract") as node:
            node.record_call(model="gpt-4", input_tokens=1_000_000, output_tokens=500_000)
            node.detail = "Extracted 5 requirements"
        assert run.cost_usd == 60
    stored = recorded.run("r")
    assert (stored.status, stored.subsystem, stored.config) == (Status.OK, "support", {"temperature": 0.2})
    assert (stored.calls, stored.cost_nano) == (1, 60_000_000_000)
    assert stored.ended_us >= stored.started_us
    (step,) = recorded.steps("r")
    assert (step.node, step.status, step.detail) == ("extract", Status.OK, "Extracted 5 requirements")
    assert (step.calls, step.cost_nano) == (1, 60_000_000_000)
    (call,) = recorded.calls("r")
    assert (call.node, call.step_key, call.subsystem) == ("extract", step.key, "support")
    assert call.cost.source == CostSource.PRICED


def test_a_run_is_in_the_store_before_it_ends(recorded):
    with recorded.tracker.run("r"), recorded.tracker.node("n"):
        assert recorded.run("r").status == Status.RUNNING
        assert [step.status for step in recorded.steps("r")] == [Status.RUNNING]


def test_a_node_executed_twice_is_two_steps(recorded):
    with recorded.tracker.run("r"):
        for _ in range(2):
            with recorded.tracker.node("extract") as node:
                node.record_call(model="m", cost=0.5)
    assert [(step.node, step.cost_nano) for step in recorded.steps("r")] == [("extract", 500_000_000)] * 2
    assert recorded.run("r").cost_nano == 1_000_000_000


def test_nodes_inside_nodes_have_a_path(recorded):
    with recorded.tracker.run("r"), recorded.tracker.node("outer"), recorded.tracker.node("inner"):
        assert recorded.tracker.record_call(model="m", cost=1).node == "outer/inner"
    assert [step.node for step in recorded.steps("r")] == ["outer", "outer/inner"]


def test_a_body_that_raises_ends_step_and_run_as_errors_and_the_error_goes_on(recorded):
    with (
        pytest.raises(ValueError, match="nonsense"),
        recorded.tracker.run("r"),
        recorded.tracker.node("extract"),
    ):
        raise ValueError("nonsense")
    run = recorded.run("r")
    assert (run.status, run.error) == (Status.ERROR, "ValueError: nonsense")
    (step,) = recorded.steps("r")
    assert (step.status, step.error) == (Status.ERROR, "ValueError: nonsense")
    assert step.ended_us is not None


async def test_a_cancelled_task_ends_its_run_as_cancelled(recorded):
    begun = asyncio.Event()

    async def work():
        async with recorded.tracker.run("r"), recorded.tracker.node("slow"):
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert recorded.run("r").status == Status.CANCELLED
    assert recorded.steps("r")[0].status == Status.CANCELLED


async def test_tasks_at_the_same_time_keep_their_runs_and_nodes_apart(recorded):
    tracker = recorded.tracker

    async def inner(number):
        async with tracker.node(f"inner-{number}"):
            await asyncio.sleep(0)
            tracker.record_call(model="m", cost=number)

    async def work(number):
        async with tracker.run(f"r{number}", subsystem=f"s{number}"), tracker.node("outer"):
            await asyncio.gather(*(inner(each) for each in range(3)))

    await asyncio.gather(*(work(number) for number in range(4)))
    for number in range(4):
        calls = recorded.calls(f"r{number}")
        assert sorted(call.node for call in calls) == [f"outer/inner-{each}" for each in range(3)]
        assert {call.subsystem for call in calls} == {f"s{number}"}


def test_threads_with_runs_of_their_own_keep_them_apart(recorded):
    barrier = threading.Barrier(4)

    def work(number):
        with recorded.tracker.run(f"r{number}"):
            barrier.wait(10)
            with recorded.tracker.node("n") as node:
                node.record_call(model="m", cost=number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    for number in range(4):
        assert [call.cost.nano for call in recorded.calls(f"r{number}")] == [number * 10**9]


def test_a_thread_that_knows_of_no_run_records_into_the_only_one(recorded):
    with recorded.tracker.run("r"):
        thread = threading.Thread(target=lambda: recorded.tracker.record_call(model="m", cost=1))
        thread.start()
        thread.join()
    assert len(recorded.calls("r")) == 1


def test_a_thread_that_knows_of_no_run_among_several_guesses_none(recorded):
    with recorded.tracker.run("a"), recorded.tracker.run("b"):
        thread = threading.Thread(target=lambda: recorded.tracker.record_call(model="m", cost=1))
        thread.start()
        thread.join()
    assert [call.run_id for call in recorded.calls()] == [""]


def test_a_node_handed_to_a_thread_records_there(recorded):
    with recorded.tracker.run("r"), recorded.tracker.node("outer") as outer:

        def work():
            with outer.node("inner") as inner:
                inner.record_call(model="m", cost=1)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    (call,) = recorded.calls("r")
    assert call.node == "outer/inner"


def test_many_threads_lose_and_double_nothing(recorded):
    with recorded.tracker.run("r") as run:

        def work(_):
            for _ in range(50):
                run.record_call(model="m", cost="0.001")

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        assert run.spent.total.calls == 400
    stored = recorded.run("r")
    assert (stored.calls, stored.cost_nano) == (400, 400 * 1_000_000)


def test_outside_of_any_run_a_node_still_names_its_calls(recorded):
    with recorded.tracker.node("outer"), recorded.tracker.node("inner"):
        recorded.tracker.record_call(model="m", cost=1)
    recorded.tracker.record_call(model="m", cost=1)
    assert [(call.run_id, call.node) for call in recorded.calls()] == [("", "outer/inner"), ("", "")]


def test_labels_of_run_and_node_are_those_of_its_calls(recorded):
    tracker = recorded.tracker
    with (
        tracker.run("r", lead_id="acme", tags={"tier": "pro"}),
        tracker.node("n", session_id="s1", tags={"step": "1"}) as node,
    ):
        node.record_call(model="m", cost=1, user_id="u1", tags={"try": "2"})
        node.record(Call(key="ready-made", started_us=1, model="m"))
    calls = {call.key: call for call in recorded.calls("r")}
    second = calls.pop("ready-made")
    (first,) = calls.values()
    assert (first.lead_id, first.session_id, first.user_id) == ("acme", "s1", "u1")
    assert first.tags == {"tier": "pro", "step": "1", "try": "2"}
    assert (second.lead_id, second.tags) == ("acme", {"tier": "pro", "step": "1"})


def test_a_run_may_have_a_budget_of_its_own(recorded):
    with pytest.raises(BudgetExceeded), recorded.tracker.run("r", budget_usd="0.50"):
        recorded.tracker.record_call(model="m", cost="0.50")
        with recorded.tracker.node("next"):
            pytest.fail("the body must not run")
    run = recorded.run("r")
    assert run.budget_nano == 500_000_000
    assert run.status == Status.ERROR
    assert "exceeded" in run.error


def test_a_raw_answer_gives_tokens_model_and_key_and_replaces_itself(recorded):
    answer = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"message": {"role": "assistant", "content": "Paris"}}],
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 10,
            "total_tokens": 1010,
            "prompt_tokens_details": {"cached_tokens": 400},
        },
    }
    for body in (answer, json.dumps(answer)):
        call = recorded.tracker.record_call(answer=body, provider="openai", latency_ms=900)
    assert (call.key, call.model, call.completion) == ("chatcmpl-1", "gpt-4o-mini-2024-07-18", "Paris")
    assert (call.usage.input_tokens, call.usage.cache_read_tokens) == (1000, 400)
    assert call.cost.nano == 600 * 150 + 400 * 75 + 10 * 600
    assert len(recorded.calls()) == 1


def test_the_model_that_answered_is_told_from_the_one_that_was_asked_for(recorded):
    answer = {"id": "x", "model": "gpt-4o-2024-08-06", "choices": [], "usage": {"prompt_tokens": 1}}
    call = recorded.tracker.record_call(answer=answer, model="gpt-4o", provider="openai")
    assert (call.model, call.model_asked) == ("gpt-4o-2024-08-06", "gpt-4o")


def test_two_trackers_keep_their_stores_apart(recorded, tmp_path):
    with CostTracker(tmp_path / "other.db", settings=SETTINGS) as other:
        with other.node("theirs"), recorded.tracker.node("ours"):
            recorded.tracker.record_call(model="m", cost=1)
            other.record_call(model="m", cost=2)
        with other.run("their-run"):
            recorded.tracker.record_call(model="m", cost=3)
    assert [(call.node, call.run_id, call.cost.nano) for call in recorded.calls()] == [
        ("ours", "", 10**9),
        ("", "", 3 * 10**9),
    ]


def test_an_answer_that_cannot_be_read_is_still_a_call(recorded):
    call = recorded.tracker.record_call(answer=b"<html>", provider="openai", model="gpt-4o")
    assert call.usage.state == UsageState.MISSING
    assert call.cost.nano is None
    assert len(recorded.calls()) == 1


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"error": "HTTP 503"}, Status.ERROR),
        ({"error": "the caller left", "status": Status.CANCELLED}, Status.CANCELLED),
        ({}, Status.OK),
    ],
)
def test_a_call_with_an_error_has_failed_unless_it_says_otherwise(recorded, facts, status):
    assert (
        recorded.tracker.record_call(model="gpt-4", input_tokens=1, output_tokens=1, **facts).status == status
    )


def test_without_counts_tokens_are_estimated_from_the_texts_and_marked(recorded):
    call = recorded.tracker.record_call(
        model="gpt-4", provider="openai", prompt="x" * 400, completion="y" * 40
    )
    assert (call.usage.input_tokens, call.usage.output_tokens) == (100, 10)
    assert call.usage.state == UsageState.ESTIMATED
    assert call.cost.source == CostSource.HEURISTIC


def test_an_answer_from_the_response_cache_costs_nothing_and_says_what_it_saved(recorded):
    call = recorded.tracker.record_call(
        model="gpt-4", provider="openai", input_tokens=1000, output_tokens=0, cache_hit=True
    )
    assert (call.cost.nano, call.saved_nano) == (0, 30_000_000)


def test_the_least_exact_source_is_that_of_the_run(recorded):
    with recorded.tracker.run("r") as run:
        run.record_call(model="m", cost=1)
        run.record_call(model="gpt-4", provider="openai", input_tokens=10, output_tokens=1)
    assert recorded.run("r").source_method == "priced"


def test_the_module_level_run_and_node_use_the_tracker_around_them(tmp_path):
    with CostTracker(tmp_path / "calls.db", settings=SETTINGS) as tracker:
        with costtui.run("r", subsystem="s"), costtui.node("a"), costtui.node("b") as node:
            node.record_call(model="m", cost=1)
        assert tracker.get_recent_runs()[0].node_costs == {"a/b": 1.0}


def test_the_module_level_node_uses_the_store_of_the_settings_otherwise(tmp_path, monkeypatch):
    from costtui.record import default
    from costtui.store import open_store

    monkeypatch.setenv("COSTTUI_STORE", str(tmp_path / "mine.db"))
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    monkeypatch.setattr(default, "_default", None)
    with costtui.node("a") as node:
        node.record_call(model="m", cost=1)
    default.tracker().close()
    with open_store(tmp_path / "mine.db") as opened:
        assert opened.reader.info().calls == 1


def test_absurd_facts_are_recorded_and_harm_no_other_call(recorded):
    absurd = (
        {"model": "gpt-4", "input_tokens": -5, "output_tokens": 2**80, "latency_ms": -1},
        {"model": "\udc80\x00", "prompt": "\udcff" * 3, "tags": {"a": None, "b": 7}},
        {"model": "m", "cost": -1, "error": "[red]\x1b[31m"},
        {"model": None, "cost": 10**9},
        {"model": "m", "cost": 1},
    )
    with (
        recorded.tracker.run(12, config={"client": object(), "nan": float("nan")}),
        recorded.tracker.node(None),
    ):
        for facts in absurd:
            with suppress(BudgetExceeded):
                recorded.tracker.record_call(**facts)
    assert len(recorded.calls("12")) == 5
    assert recorded.run("12").status == Status.OK
