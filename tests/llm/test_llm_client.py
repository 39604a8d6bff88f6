import asyncio
import json

import httpx
import pytest
from llm_answers import chat_answer, sse

from costtui.errors import BudgetExceeded, ProviderError
from costtui.facts import CostSource, Mode, Status, UsageState
from costtui.llm import LLMClient, LLMConfig
from costtui.settings import Calling, Settings

OPENAI = LLMConfig(agent_type="extract", lead_id="acme", provider="openai", model="gpt-4o-mini")


def answering(*responses):
    """Return a handler that gives these answers in turn, the last one for ever."""
    left = list(responses)
    seen = []

    def handler(request):
        seen.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    handler.seen = seen
    return handler


def ok(**facts):
    return lambda: httpx.Response(200, json=chat_answer(**facts))


def failing(status, **headers):
    return lambda: httpx.Response(status, headers=headers, json={"error": {"message": "no", "type": "bad"}})


def stream_of(*events, done=True):
    headers = {"content-type": "text/event-stream"}
    return lambda: httpx.Response(200, headers=headers, content=sse(*events, done=done))


CHUNKS = (
    {
        "id": "chatcmpl-0123456789abcdefghij",
        "model": "gpt-4o-mini",
        "choices": [{"delta": {"content": "Hel"}}],
    },
    {"choices": [{"delta": {"content": "lo"}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}},
)


async def test_a_call_returns_the_answer_with_tokens_and_cost_and_is_recorded(make_client, store):
    client = make_client(answering(ok(prompt=1000, completion=500)))
    answer = await client.complete("Say hello", OPENAI)
    assert (answer.response, answer.tokens_in, answer.tokens_out) == ("Hello", 1000, 500)
    assert answer.cost.nano == 450_000
    assert str(answer.cost_usd) == "0.000450000"
    (call,) = store.calls
    assert (call.node, call.lead_id, call.provider, call.status) == ("extract", "acme", "openai", Status.OK)
    assert (call.prompt, call.completion, call.mode) == ("Say hello", "Hello", Mode.PASSTHROUGH)
    assert call.key == answer.call_id == "chatcmpl-0123456789abcdefghij"


async def test_the_request_is_what_the_provider_expects(make_client):
    handler = answering(ok())
    client = make_client(handler)
    await client.complete(
        [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}], OPENAI
    )
    (request,) = handler.seen
    body = json.loads(request.content)
    assert str(request.url) == "https://api.openai.com/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-very-secret-key"
    assert body == {
        "model": "gpt-4o-mini",
        "messages": [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}],
        "max_tokens": 1000,
        "temperature": 0.7,
    }


async def test_retries_share_an_operation_and_each_attempt_is_stored_once(make_client, store):
    client = make_client(answering(failing(429, **{"retry-after": "2"}), failing(500), ok()))
    answer = await client.complete("x", OPENAI)
    assert answer.attempts == 3
    assert [call.status for call in store.calls] == [Status.ERROR, Status.ERROR, Status.OK]
    assert [call.attempt for call in store.calls] == [1, 2, 3]
    assert len({call.operation for call in store.calls}) == 1
    assert len({call.key for call in store.calls}) == 3
    assert client.waits[0] == 2.0
    assert 0.5 <= client.waits[1] <= 1.0


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_passing_faults_are_tried_again(make_client, status):
    client = make_client(answering(failing(status), ok()))
    assert (await client.complete("x", OPENAI)).attempts == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_other_errors_are_clear_and_not_tried_again(make_client, store, status):
    handler = answering(failing(status))
    client = make_client(handler)
    with pytest.raises(ProviderError, match=f"openai answered {status} for gpt-4o-mini: bad: no"):
        await client.complete("x", OPENAI)
    assert len(handler.seen) == len(store.calls) == 1
    assert store.calls[0].error == f"HTTP {status}: no"


async def test_a_rejected_call_costs_nothing_and_its_tokens_are_not_known(make_client, store):
    client = make_client(answering(failing(400)))
    with pytest.raises(ProviderError):
        await client.complete("x", OPENAI)
    (call,) = store.calls
    assert call.usage.state == UsageState.MISSING
    assert call.usage.input_tokens is None
    assert (call.cost.nano, call.cost.price_ref) == (0, "not billed: HTTP 400")


async def test_retries_end(make_client, store):
    client = make_client(answering(failing(503)), calling=Calling(attempts=2))
    with pytest.raises(ProviderError, match="after 2 attempts"):
        await client.complete("x", OPENAI)
    assert len(store.calls) == 2


async def test_a_provider_that_asks_to_wait_too_long_is_an_error_now(make_client):
    client = make_client(answering(failing(429, **{"retry-after": "3600"})))
    with pytest.raises(ProviderError, match="asks to wait 3600"):
        await client.complete("x", OPENAI)
    assert client.waits == []


async def test_a_timeout_is_not_tried_again_because_it_may_have_been_billed(make_client, store):
    handler = answering(httpx.ReadTimeout("slow"))
    client = make_client(handler)
    with pytest.raises(ProviderError, match="did not answer in time"):
        await client.complete("x", OPENAI)
    assert len(handler.seen) == 1
    assert store.calls[0].cost.nano is None
    assert store.calls[0].cost.source == CostSource.UNKNOWN


async def test_a_refused_connection_is_tried_again(make_client, store):
    client = make_client(answering(httpx.ConnectError("refused"), ok()))
    assert (await client.complete("x", OPENAI)).response == "Hello"
    assert store.calls[0].cost.price_ref == "not billed: never sent"


async def test_an_answer_that_is_no_json_is_a_clear_error(make_client):
    client = make_client(answering(httpx.Response(200, text="<html>login</html>")))
    with pytest.raises(ProviderError, match="no JSON: '<html>login</html>'; is base_url right"):
        await client.complete("x", OPENAI)


async def test_a_key_that_an_error_repeats_is_neither_shown_nor_stored(make_client, store):
    client = make_client(
        answering(httpx.Response(401, json={"error": {"message": "wrong key sk-very-secret-key"}}))
    )
    with pytest.raises(ProviderError) as raised:
        await client.complete("x", OPENAI)
    assert "sk-very" not in str(raised.value)
    assert "***" in str(raised.value)
    assert "sk-very" not in repr(store.calls)


async def test_a_missing_key_names_the_variable_to_set(make_client):
    client = make_client(answering(ok()), environment={})
    with pytest.raises(ProviderError, match="set OPENAI_API_KEY"):
        await client.complete("x", OPENAI)


async def test_an_unknown_provider_names_the_known_ones(make_client):
    client = make_client(answering(ok()))
    with pytest.raises(
        ProviderError, match=r"no provider is named 'acme'; known are anthropic, .*providers.acme"
    ):
        await client.complete("x", LLMConfig(provider="acme", model="m"))


async def test_passthrough_needs_a_provider_and_a_model(make_client):
    client = make_client(answering(ok()))
    with pytest.raises(ProviderError, match="passthrough needs provider and model"):
        await client.complete("x")


async def test_a_stream_comes_piece_by_piece_and_ends_with_the_completion(make_client, store):
    client = make_client(answering(stream_of(*CHUNKS)))
    chunks = [chunk async for chunk in client.stream("x", OPENAI)]
    assert "".join(chunk.text for chunk in chunks) == "Hello"
    last = chunks[-1].completion
    assert (last.response, last.tokens_in, last.cost.nano) == ("Hello", 1000, 450_000)
    assert last.ttft_ms is not None
    assert store.calls[0].status == Status.OK


async def test_a_stream_asks_for_its_usage(make_client):
    handler = answering(stream_of(*CHUNKS))
    client = make_client(handler)
    async for _ in client.stream("x", OPENAI):
        pass
    assert json.loads(handler.seen[0].content)["stream_options"] == {"include_usage": True}


async def test_a_stream_without_usage_is_estimated_never_zero(make_client, store):
    client = make_client(answering(stream_of(*CHUNKS[:2])))
    chunks = [chunk async for chunk in client.stream("Four score and seven years ago", OPENAI)]
    usage = chunks[-1].completion.usage
    assert (usage.state, usage.input_tokens, usage.output_tokens) == (UsageState.ESTIMATED, 8, 2)
    assert store.calls[0].cost.source == CostSource.HEURISTIC


async def test_a_stream_that_breaks_off_is_an_error_and_partly_billed(make_client, store):
    client = make_client(answering(stream_of(CHUNKS[0], done=False)))
    with pytest.raises(ProviderError, match="broke off the stream"):
        async for _ in client.stream("Four score", OPENAI):
            pass
    (call,) = store.calls
    assert call.status == Status.PARTIAL
    assert call.usage.state == UsageState.ESTIMATED
    assert call.completion == "Hel"


async def test_an_error_inside_a_stream_is_raised(make_client, store):
    error = {"error": {"type": "overloaded_error", "message": "Overloaded"}}
    client = make_client(answering(stream_of(error, done=False)))
    with pytest.raises(ProviderError, match="Overloaded"):
        async for _ in client.stream("x", OPENAI):
            pass
    assert store.calls[0].status == Status.ERROR


async def test_a_cancelled_stream_is_recorded_with_what_came(make_client, store):
    class Slow(httpx.AsyncByteStream):
        async def __aiter__(self):
            for chunk in CHUNKS:
                yield sse(chunk, done=False).encode()

    headers = {"content-type": "text/event-stream"}
    client = make_client(answering(lambda: httpx.Response(200, headers=headers, stream=Slow())))
    stream = client.stream("x", OPENAI)
    assert (await anext(stream)).text == "Hel"
    await stream.aclose()
    (call,) = store.calls
    assert (call.status, call.completion, call.usage.output_tokens) == (Status.CANCELLED, "Hel", 1)


async def test_a_cancelled_call_is_recorded(make_client, store):
    started = asyncio.Event()

    async def handler(request):
        started.set()
        await asyncio.sleep(60)

    client = make_client(handler)
    task = asyncio.create_task(client.complete("x", OPENAI))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.calls[0].status == Status.CANCELLED


async def test_a_recorder_that_fails_never_reaches_the_caller(make_client, store):
    def broken(call):
        raise OSError("disk full")

    store.record = broken
    client = make_client(answering(ok()))
    assert (await client.complete("x", OPENAI)).response == "Hello"
    assert client.ledger.failures == 1


async def test_the_same_request_is_answered_from_the_cache_for_nothing(make_client, store):
    handler = answering(ok(prompt=1000, completion=500))
    client = make_client(handler)
    await client.complete("Say  hello\n", OPENAI)
    hit = await client.complete("Say hello", OPENAI)
    assert (hit.response, hit.cache_hit, hit.cost.nano) == ("Hello", True, 0)
    assert len(handler.seen) == 1
    assert (store.calls[1].cache_hit, store.calls[1].saved_nano) == (True, 450_000)
    assert store.calls[0].key != store.calls[1].key


async def test_other_parameters_are_another_request(make_client):
    handler = answering(ok())
    client = make_client(handler)
    await client.complete("x", OPENAI)
    await client.complete("x", OPENAI, temperature=0.1)
    await client.complete("x", OPENAI, cache=False)
    assert len(handler.seen) == 3


async def test_the_cache_can_be_switched_off(make_client):
    handler = answering(ok())
    client = make_client(handler, calling=Calling(cache=False))
    await client.complete("x", OPENAI)
    await client.complete("x", OPENAI)
    assert len(handler.seen) == 2


async def test_money_is_set_aside_before_the_call_and_settled_with_its_record(make_client, store):
    client = make_client(answering(ok(prompt=1000, completion=500)))
    await client.complete("Four score and seven", OPENAI, max_tokens=1000)
    (claim,) = store.claims
    assert claim.estimate_nano >= 600_000
    assert (claim.node, claim.lead_id, claim.model) == ("extract", "acme", "gpt-4o-mini")
    assert store.settled == [("hold-1", store.calls[0].key)]


async def test_money_stays_set_aside_through_all_attempts_of_a_call(make_client, store):
    client = make_client(answering(ok()), calling=Calling(timeout_s=1000, attempts=4))
    await client.complete("x", OPENAI)
    assert store.leases[0] >= 4 * 1000


async def test_a_budget_without_room_stops_the_call_before_money_is_spent(make_client, store):
    store.refusal = BudgetExceeded("budget 'day' has no room")
    handler = answering(ok())
    client = make_client(handler)
    with pytest.raises(BudgetExceeded):
        await client.complete("x", OPENAI)
    assert handler.seen == []


async def test_of_several_attempts_the_last_one_ends_the_reservation(make_client, store):
    client = make_client(answering(failing(500), failing(500), ok()))
    await client.complete("x", OPENAI)
    assert len(store.claims) == 1
    assert store.settled == [("hold-1", store.calls[2].key)]


async def test_a_reservation_is_settled_when_the_call_fails(make_client, store):
    client = make_client(answering(failing(400)))
    with pytest.raises(ProviderError):
        await client.complete("x", OPENAI)
    assert store.settled == [("hold-1", store.calls[0].key)]


async def test_a_call_that_is_given_up_between_two_attempts_gives_its_money_back(make_client, store):
    async def cancelled(seconds):
        raise asyncio.CancelledError

    client = make_client(answering(failing(500)))
    client._sleep = cancelled
    with pytest.raises(asyncio.CancelledError):
        await client.complete("x", OPENAI)
    assert (store.settled, store.released) == ([], ["hold-1"])


async def test_an_answer_from_the_cache_needs_no_money(make_client, store):
    client = make_client(answering(ok()))
    for _ in range(2):
        await client.complete("x", OPENAI)
    assert len(store.claims) == 1


async def test_the_router_chooses_by_complexity_and_says_why(make_client, store):
    client = make_client(answering(ok(prompt=1000, completion=500, model="gpt-5.4-mini")))
    answer = await client.complete("Hi there", LLMConfig(mode="smart_router"))
    assert "simple" in answer.decision
    assert "no key for google" in answer.decision
    assert "less than gpt-5.5" in answer.decision
    assert store.calls[0].mode == Mode.SMART_ROUTER
    assert store.calls[0].complexity == pytest.approx(0.025)
    assert answer.saving_nano > 0


async def test_feedback_is_averaged_and_stored_with_the_call(make_client, store):
    client = make_client(answering(ok()))
    answer = await client.complete("x", OPENAI)
    assert client.record_feedback(answer.call_id, 1.0) == 1.0
    assert client.record_feedback(answer.call_id, 0.5) == 0.75
    rated = store.calls[-1]
    assert (rated.key, rated.quality, rated.feedback_count) == (answer.call_id, 0.75, 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        client.record_feedback(answer.call_id, 2)


def test_the_synchronous_face_gives_the_same_answers(make_client, store):
    client = make_client(answering(ok(), stream_of(*CHUNKS)))
    assert client.complete_sync("x", OPENAI).response == "Hello"
    assert "".join(chunk.text for chunk in client.stream_sync("y", OPENAI)) == "Hello"
    assert len(store.calls) == 2


def test_a_synchronous_stream_that_is_left_is_closed(make_client, store):
    client = make_client(answering(stream_of(*CHUNKS)))
    stream = client.stream_sync("y", OPENAI)
    next(stream)
    stream.close()
    assert len(store.calls) == 1


def test_calls_land_in_the_store(tmp_path):
    from costtui.reading import CallQuery
    from costtui.store import open_store

    path = tmp_path / "calls.db"
    transport = httpx.MockTransport(answering(ok()))
    environment = {"OPENAI_API_KEY": "k"}
    with LLMClient(path, settings=Settings(), environment=environment, transport=transport) as client:
        client.complete_sync("x", OPENAI)
    with open_store(path) as opened:
        (call,) = opened.reader.calls(CallQuery())
    assert (call.node, call.model, call.lead_id) == ("extract", "gpt-4o-mini", "acme")


def test_feedback_in_the_store_teaches_the_next_client(tmp_path):
    path = tmp_path / "calls.db"
    transport = httpx.MockTransport(answering(ok()))
    environment = {"OPENAI_API_KEY": "k"}
    with LLMClient(path, settings=Settings(), environment=environment, transport=transport) as client:
        client.record_feedback(client.complete_sync("x", OPENAI).call_id, 0.8)
    with LLMClient(path, settings=Settings(), environment=environment, transport=transport) as client:
        ratings = client.planner.router().evidence.ratings
    assert ratings["extract", "openai/gpt-4o-mini"].mean == pytest.approx(0.8)


def test_inside_a_run_calls_belong_to_its_nodes_and_obey_its_budget(tmp_path):
    from costtui import CostTracker

    transport = httpx.MockTransport(answering(ok(prompt=1_000_000, completion=500_000)))
    tracker = CostTracker(tmp_path / "calls.db")
    client = LLMClient(settings=Settings(), environment={"OPENAI_API_KEY": "k"}, transport=transport)
    config = LLMConfig(provider="openai", model="gpt-4o-mini")
    with client, tracker.run("r1", budget_usd="0.40") as run:
        with run.node("write"):
            client.complete_sync("x", config, cache=False)
            assert run.spent.total.cost_nano == 450_000_000
            with pytest.raises(BudgetExceeded):
                client.complete_sync("x", config, cache=False)
        assert run.spent.nodes["write"].calls == 1
    tracker.close()
