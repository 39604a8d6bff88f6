import asyncio
import gc
import threading

import httpx
import httpx2
import pytest

from costtui.facts import CostSource, Status, UsageState
from costtui.record.autohook import instrument
from costtui.record.holds import Holds
from costtui.settings import Recording, Settings

LIBRARIES = (httpx, httpx2)
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Four score and seven"}]}


class Store:
    def __init__(self):
        from costtui.pricing import PriceBook

        self.calls = []
        self.settings = Settings()
        self.holds = Holds("", (), enabled=False)
        self.book = PriceBook.load(self.settings)

    def record(self, call, hold):
        self.calls.append(call)

    def price_book(self):
        return self.book

    def price(self, usage, provider, model, at_us, tier="", cost=None):
        return self.book.price(usage, provider=provider or None, model=model, at_us=at_us)


@pytest.fixture
def store(monkeypatch):
    store = Store()
    with instrument(settings=Settings()) as instrumentation:
        monkeypatch.setattr(instrumentation, "_open", lambda: store)
        store.instrumentation = instrumentation
        yield store
    assert instrumentation.failures == 0


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.__name__)
def library(request):
    return request.param


def asking(**facts):
    return {**BODY, **facts}


def test_a_call_is_recorded_with_tokens_cost_and_time(store, library, provider):
    with library.Client() as client:
        response = client.post(provider.url, json=BODY)
    assert response.json()["choices"][0]["message"]["content"] == "Hello"
    (call,) = store.calls
    assert (call.model, call.usage.input_tokens, call.usage.output_tokens) == ("gpt-4o-mini", 1000, 500)
    assert (call.cost.nano, call.status, call.prompt) == (450_000, Status.OK, "Four score and seven")
    assert call.key == response.json()["id"]
    assert call.latency_ms is not None
    assert call.ttft_ms is None


def test_the_functions_without_a_client_are_seen_too(store, library, provider):
    library.post(provider.url, json=BODY)
    assert len(store.calls) == 1


async def test_asynchronous_calls_are_recorded(store, library, provider):
    async with library.AsyncClient() as client:
        await asyncio.gather(*(client.post(provider.url, json=BODY) for _ in range(5)))
    assert len({call.key for call in store.calls}) == 5
    assert len({call.operation for call in store.calls}) == 5


@pytest.mark.parametrize("reading", ["iter_bytes", "iter_raw", "iter_lines", "iter_text", "read"])
def test_a_stream_passes_through_unchanged_and_is_recorded(store, library, provider, reading):
    def whole(client):
        with client.stream("POST", provider.url, json=asking(stream=True)) as response:
            return response.read() if reading == "read" else list(getattr(response, reading)())

    with library.Client() as client:
        seen = whole(client)
        (call,) = store.calls
        store.instrumentation.stop()
        assert whole(client) == seen or reading in ("iter_bytes", "iter_raw", "iter_text")
    joined = seen if isinstance(seen, bytes) else type(seen[0])().join(seen)
    assert ("[DONE]" if isinstance(joined, str) else b"[DONE]") in joined
    assert (call.usage.input_tokens, call.usage.output_tokens, call.status) == (1000, 500, Status.OK)
    assert (call.completion, call.ttft_ms is not None) == ("Hello", True)


async def test_an_asynchronous_stream_is_recorded(store, library, provider):
    async with (
        library.AsyncClient() as client,
        client.stream("POST", provider.url, json=asking(stream=True)) as response,
    ):
        lines = [line async for line in response.aiter_lines()]
    assert "data: [DONE]" in lines
    assert store.calls[0].usage.output_tokens == 500


@pytest.mark.parametrize("stream", [False, True])
def test_compressed_answers_are_read(store, library, provider, stream):
    with (
        library.Client() as client,
        client.stream("POST", provider.url, json=asking(stream=stream, how="gzip")) as response,
    ):
        assert b"gpt-4o-mini" in response.read()
    assert store.calls[0].usage.input_tokens == 1000


def test_a_stream_without_usage_is_estimated_never_zero(store, library, provider):
    with (
        library.Client() as client,
        client.stream("POST", provider.url, json=asking(stream=True, how="no usage")) as response,
    ):
        response.read()
    (call,) = store.calls
    assert (call.usage.state, call.usage.input_tokens, call.usage.output_tokens) == (
        UsageState.ESTIMATED,
        5,
        2,
    )
    assert (call.cost.source, call.status) == (CostSource.HEURISTIC, Status.OK)


def test_a_stream_that_is_cut_raises_what_it_raised_before_and_is_partial(store, library, provider):
    asked = asking(stream=True, how="cut")
    with (
        library.Client() as client,
        client.stream("POST", provider.url, json=asked) as response,
        pytest.raises(library.RemoteProtocolError),
    ):
        response.read()
    (call,) = store.calls
    assert (call.status, call.completion) == (Status.PARTIAL, "Hello")
    assert "RemoteProtocolError" in call.error


def test_a_stream_that_ends_too_early_is_partial(store, library, provider):
    with (
        library.Client() as client,
        client.stream("POST", provider.url, json=asking(stream=True, how="early end")) as response,
    ):
        response.read()
    assert store.calls[0].status == Status.PARTIAL


def test_a_stream_that_is_left_is_cancelled(store, library, provider):
    with (
        library.Client() as client,
        client.stream("POST", provider.url, json=asking(stream=True)) as response,
    ):
        next(response.iter_lines())
    assert store.calls[0].status == Status.CANCELLED


def test_a_stream_that_is_dropped_is_cancelled(store, library, provider):
    client = library.Client()
    response = client.send(client.build_request("POST", provider.url, json=asking(stream=True)), stream=True)
    next(response.iter_lines())
    response.close()
    del response
    gc.collect()
    client.close()
    assert store.calls[0].status == Status.CANCELLED


async def test_a_cancelled_request_is_cancelled(store, library, provider):
    async with library.AsyncClient() as client:
        before = provider.count
        task = asyncio.create_task(client.post(provider.url, json=asking(how="stall", seconds=60)))
        async with asyncio.timeout(60):
            while provider.count == before:
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert store.calls[0].status == Status.CANCELLED


def test_exceptions_pass_through_and_are_recorded(store, library, provider):
    with library.Client(timeout=library.Timeout(30, read=0.05)) as client, pytest.raises(library.ReadTimeout):
        client.post(provider.url, json=asking(how="stall", seconds=60))
    with pytest.raises(library.ConnectError):
        library.post("http://127.0.0.1:1/v1/chat/completions", json=BODY)
    slow, refused = store.calls
    assert (slow.status, slow.cost.nano) == (Status.ERROR, None)
    assert slow.error.startswith("ReadTimeout")
    assert refused.cost.price_ref == "not billed: never sent"


def test_retries_of_a_request_share_an_operation(store, library, provider):
    with library.Client() as client:
        for _ in range(3):
            client.post(provider.url, json=asking(how="refuse"))
        client.post(provider.url, json=BODY)
    first, second, third, other = store.calls
    assert first.operation == second.operation == third.operation != other.operation
    assert [call.attempt for call in store.calls] == [1, 2, 3, 1]
    assert (first.error, first.cost.price_ref) == ("HTTP 429: slow down", "not billed: HTTP 429")


def test_what_the_client_says_of_its_retries_counts(store, library, provider):
    with library.Client() as client:
        client.post(provider.url, json=asking(how="refuse"), headers={"x-stainless-retry-count": "0"})
        client.post(provider.url, json=asking(how="refuse"), headers={"x-stainless-retry-count": "1"})
        client.post(provider.url, json=asking(how="refuse"), headers={"x-stainless-retry-count": "0"})
    first, second, third = store.calls
    assert first.operation == second.operation != third.operation
    assert [call.attempt for call in store.calls] == [1, 2, 1]


def test_other_requests_are_not_touched(store, library, provider):
    with library.Client() as client:
        client.post(provider.url.replace("/chat/completions", "/files"), json={})
        client.get(provider.url.replace("/chat/completions", "/models"))
    assert store.calls == []


def test_bodies_that_are_streams_are_not_read(store, library, provider):
    def parts():
        yield b'{"model": "gpt-4o-mini",'
        yield b' "messages": []}'

    with library.Client() as client:
        response = client.post(provider.url, content=parts(), headers={"content-length": "40"})
    assert response.status_code == 200
    assert store.calls[0].usage.input_tokens == 1000


def test_event_hooks_and_their_order_stay(store, library, provider):
    order = []
    hooks = {
        "request": [lambda request: order.append("request")],
        "response": [lambda response: order.append("response")],
    }
    with library.Client(event_hooks=hooks) as client:
        client.post(provider.url, json=BODY)
    assert order == ["request", "response"]


def test_credentials_are_nowhere_in_what_is_kept(store, library, provider):
    url = provider.url.replace("http://", "http://user:hunter22@") + "?key=sk-in-the-url"
    with library.Client() as client:
        client.post(url, json=asking(how="refuse"), headers={"x-api-key": "sk-in-a-header"})
    assert len(store.calls) == 1
    assert not any(secret in repr(store.calls) for secret in ("hunter22", "sk-in"))


def test_calls_belong_to_the_node_of_their_thread(store, library, provider, tmp_path):
    from costtui import CostTracker

    tracker = CostTracker(tmp_path / "calls.db")
    with tracker.run("r1") as run, library.Client() as client:

        def work(name):
            with run.node("outer"), run.node(name):
                client.post(provider.url, json=BODY)

        threads = [threading.Thread(target=work, args=(f"n{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {node: total.calls for node, total in run.spent.nodes.items()} == {
            f"outer/n{n}": 1 for n in range(4)
        }
        assert run.spent.total.cost_nano == 4 * 450_000
    tracker.close()


def test_a_recorder_that_fails_never_reaches_the_program(library, provider, monkeypatch, caplog):
    with instrument(settings=Settings()) as instrumentation:
        monkeypatch.setattr(instrumentation, "_open", lambda: 1 / 0)
        assert library.post(provider.url, json=BODY).status_code == 200
    assert instrumentation.failures >= 1


def test_stopping_gives_the_library_back(library):
    before = (library.Client.send, library.AsyncClient.send)
    with instrument(settings=Settings(recording=Recording())):
        assert library.Client.send is not before[0]
    assert (library.Client.send, library.AsyncClient.send) == before


def test_a_second_call_changes_nothing(library):
    with instrument(settings=Settings()) as first:
        sending = library.Client.send
        assert instrument() is first
        assert library.Client.send is sending


def test_switched_off_it_does_nothing(library):
    before = library.Client.send
    with instrument(settings=Settings(recording=Recording(enabled=False))):
        assert library.Client.send is before


def test_a_long_stream_is_not_kept_in_memory(store, library):
    import json
    import tracemalloc

    event = b"data: " + json.dumps({"choices": [{"delta": {"content": "word " * 200}}]}).encode() + b"\n\n"

    class Endless(library.SyncByteStream):
        def __iter__(self):
            for _ in range(20_000):
                yield event

    def answer(request):
        return library.Response(200, headers={"content-type": "text/event-stream"}, stream=Endless())

    with library.Client(transport=library.MockTransport(answer)) as client:
        tracemalloc.start()
        with client.stream("POST", "https://api.openai.com/v1/chat/completions", json=BODY) as response:
            size = sum(len(part) for part in response.iter_bytes())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert size == 20_000 * len(event)
    assert peak < 1_000_000
    assert store.calls[0].usage.output_tokens == 20_000 * 250


def test_a_compressed_stream_that_is_cut_is_recorded_all_the_same(store, library):
    class Cut(library.SyncByteStream):
        def __iter__(self):
            yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff broken"

    def answer(request):
        headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
        return library.Response(200, headers=headers, stream=Cut())

    with (
        library.Client(transport=library.MockTransport(answer)) as client,
        pytest.raises(library.DecodingError),
    ):
        client.post("https://api.openai.com/v1/chat/completions", json=BODY)
    with (
        library.Client(transport=library.MockTransport(answer)) as client,
        client.stream("POST", "https://api.openai.com/v1/chat/completions", json=BODY) as response,
        pytest.raises(library.DecodingError),
    ):
        response.read()
    whole, streamed = store.calls
    assert (whole.status, streamed.status) == (Status.ERROR, Status.CANCELLED)


def test_a_forked_child_leaves_its_parents_calls_alone(store, library):
    import os

    class Slow(library.SyncByteStream):
        def __iter__(self):
            yield b"data: {}\n\n"
            child = os.fork()
            if child == 0:
                store.instrumentation.observer.finish_open()
                os._exit(len(store.calls))
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            yield b"data: [DONE]\n\n"

    def answer(request):
        return library.Response(200, headers={"content-type": "text/event-stream"}, stream=Slow())

    with (
        library.Client(transport=library.MockTransport(answer)) as client,
        client.stream("POST", "https://api.openai.com/v1/chat/completions", json=BODY) as response,
    ):
        response.read()
    assert len(store.calls) == 1
