"""Pricing a call and reading an answer, against the price library that the book stands on."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from benchmarks.measure import Measure
from costtui.facts import Usage, UsageState
from costtui.pricing import PriceBook, read_answer
from costtui.window import to_us

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
BODY = json.dumps(
    {
        "id": "msg_1",
        "type": "message",
        "model": "claude-sonnet-4-5",
        "content": [{"type": "text", "text": "x" * 1000}],
        "usage": {"input_tokens": 6000, "cache_read_input_tokens": 4000, "output_tokens": 2000},
    }
)
STREAM = "".join(
    f"data: {json.dumps(event)}\n\n"
    for event in (
        *(
            {"model": "gpt-4o", "choices": [{"delta": {"content": "token "}}], "usage": None}
            for _ in range(500)
        ),
        {"model": "gpt-4o", "choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 500}},
    )
)


def run() -> list[Measure]:
    """Measure the price book and the reader; takes a few seconds."""
    import genai_prices

    usage = Usage(10_000, 2_000, 4_000, state=UsageState.REPORTED)
    theirs = genai_prices.Usage(input_tokens=10_000, output_tokens=2_000, cache_read_tokens=4_000)
    book, at_us = PriceBook(), to_us(AT)

    def ours() -> object:
        return book.price(usage, provider="anthropic", model="claude-sonnet-4-5", at_us=at_us)

    def library() -> object:
        return genai_prices.calc_price(
            theirs, "claude-sonnet-4-5", provider_id="anthropic", genai_request_timestamp=AT
        )

    priced, calculated = _best_us(ours, 20_000), _best_us(library, 2_000)
    parsed, read = _best_us(lambda: json.loads(BODY), 20_000), _best_us(lambda: read_answer(BODY), 5_000)
    stream = _best_us(lambda: read_answer(STREAM), 20)
    return [
        Measure(
            "price a call, rates known",
            priced,
            "µs",
            priced / calculated,
            "≤ 0.1 ×",
            "genai-prices calc_price",
        ),
        Measure("read an answer (1 kB)", read, "µs", read / parsed, "", "json.loads of it"),
        Measure("read a stream (500 events)", stream / 500, "µs per event"),
    ]


def _best_us(work: Callable[[], object], times: int) -> float:
    """Return the microseconds of one piece of work: the best of five rounds, since other processes only add."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, (time.perf_counter() - start) / times)
    return best * 1e6


if __name__ == "__main__":
    for measure in run():
        print(measure)
