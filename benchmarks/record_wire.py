"""What watching a program's requests to models costs each of them, with recording into a real store and through the relay."""

import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks.measure import Measure
from costtui.facts import Budget, Period
from costtui.llm.exchange import Origin
from costtui.record.autohook.asked import Asked
from costtui.record.autohook.asker import Asker
from costtui.record.autohook.inside import instrument
from costtui.record.autohook.listen import Listener
from costtui.record.autohook.outside import Plan, Recording
from costtui.record.autohook.patch import patch, unpatch
from costtui.record.autohook.relay import Relay
from costtui.record.autohook.watch import Observer
from costtui.record.recorder import Recorder
from costtui.record.run import OpenRun
from costtui.settings import Settings

URL = "https://api.openai.com/v1/chat/completions"
BODY = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "word " * 500}]}
ANSWER = {
    "model": "gpt-4o-mini",
    "choices": [{"message": {"role": "assistant", "content": "word " * 300}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 510, "completion_tokens": 310, "total_tokens": 820},
}
EVENTS = [
    f"data: {json.dumps({'id': 'x', 'choices': [{'index': 0, 'delta': {'content': 'word '}}], 'usage': None})}\n\n".encode()
] * 500
ROUNDS = 400
STREAMS = 30


class Stream(httpx.SyncByteStream):
    """A stream of events, one chunk each."""

    def __iter__(self) -> Any:
        """Yield the events."""
        yield from EVENTS


def run() -> list[Measure]:
    """Measure one call and one event of a stream: alone, watched, recorded, relayed."""
    numbers = iter(range(10**9))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("accept") == "text/event-stream":
            return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Stream())
        return httpx.Response(200, json={"id": f"chatcmpl-0123456789abcdef{next(numbers):09d}", **ANSWER})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        call, stream = _call(client), _stream(client)
        alone_us, alone_stream_us = _times_us(call, ROUNDS), _times_us(stream, STREAMS)
        recorded_us, recorded_stream_us = _recorded(call, stream)
        limited_us = _limited(call)
        relayed_us = _relayed(call)
    added = median(recorded_us) - median(alone_us)
    worst = _p99(recorded_us) - _p99(alone_us)
    per_event = (median(recorded_stream_us) - median(alone_stream_us)) / len(EVENTS)
    return [
        Measure("watch and record a call, added", added, "µs", goal="≤ 1 ms", against="the call alone"),
        Measure("the same at p99", worst, "µs", goal="≤ 1 ms", against="the call alone"),
        Measure(
            "the same with a budget that it reserves on, added",
            median(limited_us) - median(alone_us),
            "µs",
            goal="≤ 1 ms",
            against="the call alone",
        ),
        Measure("share of a call of 300 ms", added / 3_000, "%", goal="≤ 1 %"),
        Measure(
            "watch an event of a stream, added", per_event, "µs", goal="≤ 50 µs", against="the stream alone"
        ),
        Measure(
            "watch and relay a call, added",
            median(relayed_us) - median(alone_us),
            "µs",
            goal="≤ 1 ms",
            against="the call alone",
        ),
        Measure(
            "ask the recorder for room before a call, from outside", median(_asked()), "µs", goal="≤ 2 ms"
        ),
    ]


def _call(client: httpx.Client) -> Callable[[], object]:
    return lambda: client.post(URL, json=BODY)


def _stream(client: httpx.Client) -> Callable[[], object]:
    def read() -> None:
        with client.stream("POST", URL, json=BODY, headers={"accept": "text/event-stream"}) as response:
            for _ in response.iter_bytes():
                pass

    return read


def _recorded(call: Callable[[], object], stream: Callable[[], object]) -> tuple[list[float], list[float]]:
    with tempfile.TemporaryDirectory() as directory:
        recorder = Recorder(str(Path(directory) / "calls.db"), settings=Settings())
        recorder.price_book()
        with instrument(recorder, settings=Settings()):
            call()
            times = _times_us(call, ROUNDS), _times_us(stream, STREAMS)
        recorder.close()
    return times


def _limited(call: Callable[[], object]) -> list[float]:
    budget = Budget("day", 10**15, 10**15, period=Period.DAY)
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(budgets=(budget,))
        recorder = Recorder(str(Path(directory) / "calls.db"), settings=settings)
        recorder.price_book()
        with instrument(recorder, settings=settings):
            call()
            times = _times_us(call, ROUNDS)
        recorder.close()
    return times


def _relayed(call: Callable[[], object]) -> list[float]:
    with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as listening:
        path = os.path.join(directory, "relay")  # noqa: PTH118
        listening.bind(path)
        listening.listen()
        threading.Thread(target=_swallow, args=(listening,), daemon=True).start()
        patch(httpx, Observer(Relay(path).send, {}))
        try:
            call()
            return _times_us(call, ROUNDS)
        finally:
            unpatch(httpx)


def _asked() -> list[float]:
    """Return how long a program under ``costtui run`` waits for the answer, by the clock."""
    asked = Asked("openai", "gpt-4o-mini", 510, 310, Origin(run_id="r"))
    with tempfile.TemporaryDirectory() as directory:
        settings = Settings(budgets=(Budget("run", 10**15, 10**15),))
        recorder = Recorder(str(Path(directory) / "calls.db"), settings=settings)
        recording = Recording(Plan(("program",), "r"))
        recording.run = OpenRun(recorder, "r").begin()
        recorder.price_book()
        with Listener(recording) as listener:
            listener.start()
            asker = Asker(listener.path)
            times = []
            for _ in range(ROUNDS):
                started = time.perf_counter_ns()
                asker.release(asker.reserve(asked, None), None)
                times.append((time.perf_counter_ns() - started) / 1000)
            asker.close()
            listener.drain(5.0)
        recorder.close()
    return times


def _swallow(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        while connection.recv(1 << 20):
            pass


def _times_us(work: Callable[[], object], rounds: int) -> list[float]:
    """Return the processor time of each round in this thread: what other programs do meanwhile is not in it."""
    times = []
    for _ in range(rounds):
        started = time.thread_time_ns()
        work()
        times.append((time.thread_time_ns() - started) / 1000)
    return times


def _p99(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]
