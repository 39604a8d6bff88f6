"""Golden usage and cost of answers recorded from the providers' real APIs; figures checked by hand."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from costtui.facts import Usage, UsageState
from costtui.pricing import PriceBook, read_answer
from costtui.window import to_us

SHARED = Path(__file__).parents[3] / "shared" / "fixtures"
REAL = SHARED / "provider-responses" / "real.jsonl"
LLAMA = SHARED / "llama-cpp"
AT_US = to_us(datetime(2026, 11, 22, 12, tzinfo=UTC))

# One row per recorded answer, in the order of the file:
# provider, model, input, cache read, cache write, output, reasoning, cost in nano-dollars on 2026-11-22.
# 7,178,250 = 4 × $3 + 1,163 × $3.75 + 187 × $15, each per million; and so on.
RECORDED = [
    ("anthropic", "claude-3-5-sonnet-20240620", 1167, 0, 1163, 187, 0, 7_178_250),
    ("anthropic", "claude-2.1", 19, 0, 0, 22, 0, 680_000),
    ("anthropic", "claude-haiku-4-5-20251001", 2187, 0, 0, 335, 0, 3_862_000),
    ("anthropic", "claude-3-5-sonnet-20240620", 1169, 0, 1165, 201, 0, 7_395_750),
    ("anthropic", "claude-sonnet-4-6", 13, 0, 0, 5, 0, 114_000),
    ("azure", "gpt-5-nano-2025-08-07", 11, 0, 0, 203, 192, 81_750),
    ("azure", "text-embedding-3-large", 8, 0, 0, 0, 0, 1_040),
    ("azure", "gpt-5-nano", None, 0, 0, None, 0, None),
    ("aws", "claude-3-haiku-48k-20240307", 16, 0, 0, 27, 0, 37_750),
    ("cohere", "command-r-08-2024", 377, 0, 0, 90, 0, 110_550),
    ("cohere", "command-r-08-2024", 12, 0, 0, 36, 0, 23_400),
    ("deepseek", "deepseek-chat", 12, 0, 0, 89, 0, 101_140),
    ("google", "models/gemini-2.5-flash", 1090, 0, 1090, 0, 0, 327_000),
    ("google", "gemini-2.5-flash", 7, 0, 0, 24, 20, 62_100),
    ("google", "gemini-2.5-flash", 20, 0, 0, 10, 0, 31_000),
    ("google", "gemini-2.5-flash", 10, 0, 0, 20, 0, 53_000),
    ("google", "gemini-2.5-flash", 10, 0, 0, 20, 0, 53_000),
    ("google", "", None, 0, 0, None, 0, None),
    ("google", "gemini-2.5-flash-lite", 266, 0, 0, 60, 57, 50_600),
    ("google", "gemini-2.5-flash", 277, 0, 0, 694, 570, 1_818_100),
    ("google", "gemini-2.5-flash", None, 0, 0, 90, 67, 225_000),
    ("google", "gemini-3.8-flash", 9, 0, 0, 1648, 808, 6_186_750),
    ("groq", "llama3-8b-8192", 18, 0, 0, 26, 0, 2_980),
    ("groq", "llama3-8b-8192", 18, 0, 0, 73, 0, 6_740),
    ("openai", "gpt-4o-mini", 381, 0, 0, 88, 0, 109_950),
    ("openai", "gpt-4o-mini-2024-07-18", 20, 1, 0, 4, 3, 5_325),
    ("openai", "gpt-5.1-2025-11-13", 29, 0, 0, 85, 19, 886_250),
    ("openai", "gpt-5-nano-2025-08-07", 11, 0, 0, 202, 192, 81_350),
    ("openai", "text-embedding-3-small", 9, 0, 0, 0, 0, 180),
    (
        "openai",
        "gpt-4o-mini-2024-07-18",
        20,
        0,
        0,
        15,
        0,
        12_000 + 10_000_000,
    ),  # and a web search: $10 per 1,000
    ("openai", "dall-e-2", None, 0, 0, None, 0, None),
    ("openai", "", None, 0, 0, None, 0, None),
    ("openai", "non-existent-embedding-model", None, 0, 0, None, 0, None),
    ("openai", "gpt-4o-mini-2024-07-18", 22, 0, 0, 6, 0, 6_900),
    ("openai", "gpt-5.1-2025-11-13", 29, 0, 0, 92, 10, 956_250),
    ("openai", "gpt-5.4-2026-03-05", 2498, 0, 0, 229, 221, 9_680_000),
    ("openai", "gpt-4o-mini", 381, 0, 0, 88, 0, 109_950),
    ("google", "gemini-2.5-flash", 11, 0, 0, 207, 190, 520_800),
    ("google", "gemini-2.5-flash", 11, 0, 0, 248, 232, 623_300),
]

# file, input, cache read, output, state
LLAMA_CPP = [
    ("anthropic_messages.json", 44, 0, 12, UsageState.REPORTED),
    ("anthropic_messages_stream.sse", 27, 22, 5, UsageState.REPORTED),
    ("chat_cached_1.json", 78, 0, 8, UsageState.REPORTED),
    ("chat_cached_2.json", 78, 73, 8, UsageState.REPORTED),
    ("chat_stream_include_usage.sse", 27, 22, 6, UsageState.REPORTED),
    ("chat_stream_no_usage.sse", 27, 22, 3, UsageState.ESTIMATED),
    ("responses.json", 26, 1, 8, UsageState.REPORTED),
]

needs_recordings = pytest.mark.skipif(not REAL.exists(), reason="the shared recordings are not here")


def figures(usage: Usage) -> tuple[int | None, ...]:
    return (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    )


def recordings() -> list[dict[str, object]]:
    if not REAL.exists():
        return [{} for _ in RECORDED]
    return [json.loads(line) for line in REAL.read_text().splitlines()]


@needs_recordings
def test_every_recording_has_its_row():
    assert len(recordings()) == len(RECORDED)


@needs_recordings
@pytest.mark.parametrize(("record", "expected"), zip(recordings(), RECORDED, strict=False))
def test_a_recorded_answer_has_the_usage_and_cost_on_its_bill(record, expected):
    provider, model, *counts, nano = expected
    request = json.loads(record["request"] or "null") or {}
    answer = read_answer(record["body"], url=record["url"], model=request.get("model"))
    cost = PriceBook().price(
        answer.usage,
        provider=answer.provider,
        model=answer.model,
        at_us=AT_US,
        service_tier=answer.service_tier,
    )
    assert (answer.provider, answer.model) == (provider, model)
    assert figures(answer.usage) == tuple(counts)
    assert cost.nano == nano
    assert sum(line.cost_nano for line in cost.lines) == (nano or 0)
    assert bool(answer.error) == (record["status"] >= 400)


@needs_recordings
@pytest.mark.parametrize("record", recordings())
def test_an_answer_tells_its_tokens_without_any_hint(record):
    with_hints = read_answer(record["body"], provider=record["provider"], url=record["url"])
    assert figures(read_answer(record["body"]).usage) == figures(with_hints.usage)


@needs_recordings
@pytest.mark.parametrize(
    "record",
    [record for record in recordings() if record.get("sse") and str(record["body"]).count("data:") > 3],
)
def test_a_recorded_stream_is_complete_and_half_of_it_is_not(record):
    body = record["body"]
    assert read_answer(body).complete
    half = read_answer(body[: body.index("data:", len(body) // 3) + 40])
    assert not half.complete


@pytest.mark.skipif(not LLAMA.exists(), reason="the shared recordings are not here")
@pytest.mark.parametrize(("name", "given", "cached", "output", "state"), LLAMA_CPP)
def test_a_local_llama_cpp_server_is_read_in_each_of_its_dialects(name, given, cached, output, state):
    answer = read_answer((LLAMA / name).read_bytes())
    assert (answer.usage.input_tokens, answer.usage.cache_read_tokens) == (given, cached)
    assert (answer.usage.output_tokens, answer.usage.state) == (output, state)
    assert answer.model == "gemma-3-270m"
    cost = PriceBook().price(answer.usage, provider=answer.provider, model=answer.model, at_us=AT_US)
    assert cost.nano is None  # nobody declared it free
