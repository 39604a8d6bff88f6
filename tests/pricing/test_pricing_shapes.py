"""Usage blocks of every provider, cut to what counts, and what they mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.facts import UsageState
from costtui.pricing import PriceBook, read_answer, read_usage
from costtui.pricing.shapes import SHAPES

# name, block, provider, (input, cache read, cache write, of it 1 h, output, reasoning), units
BLOCKS = [
    (
        "openai chat with cache and reasoning",
        {
            "prompt_tokens": 2006,
            "completion_tokens": 300,
            "total_tokens": 2306,
            "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 256},
        },
        "openai",
        (2006, 1920, 0, 0, 300, 256),
        {},
    ),
    (
        "openai chat whose details are null",
        {"prompt_tokens": 8, "completion_tokens": 2, "total_tokens": 10, "prompt_tokens_details": None},
        "openai",
        (8, 0, 0, 0, 2, 0),
        {},
    ),
    (
        "openai chat with cache writes",
        {
            "prompt_tokens": 3000,
            "completion_tokens": 1,
            "prompt_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 500},
        },
        "openai",
        (3000, 1000, 500, 0, 1, 0),
        {},
    ),
    (
        "openai responses",
        {
            "input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10},
            "output_tokens": 20,
            "output_tokens_details": {"reasoning_tokens": 5},
            "total_tokens": 120,
        },
        "openai",
        (100, 60, 10, 0, 20, 5),
        {},
    ),
    (
        "openai realtime",
        {
            "total_tokens": 110,
            "input_tokens": 80,
            "output_tokens": 30,
            "input_token_details": {
                "cached_tokens": 40,
                "text_tokens": 50,
                "audio_tokens": 30,
                "cached_tokens_details": {"audio_tokens": 20},
            },
            "output_token_details": {"audio_tokens": 25},
        },
        "openai",
        (80, 40, 0, 0, 30, 0),
        {"input_audio_tokens": 30, "cache_audio_read_tokens": 20, "output_audio_tokens": 25},
    ),
    ("openai embeddings", {"prompt_tokens": 9, "total_tokens": 9}, "openai", (9, 0, 0, 0, 0, 0), {}),
    (
        "anthropic with both kinds of cache writes",
        {
            "input_tokens": 21,
            "cache_read_input_tokens": 1000,
            "cache_creation_input_tokens": 1880,
            "cache_creation": {"ephemeral_5m_input_tokens": 1580, "ephemeral_1h_input_tokens": 300},
            "output_tokens": 50,
            "server_tool_use": {"web_search_requests": 2},
        },
        "anthropic",
        (2901, 1000, 1880, 300, 50, 0),
        {"web_searches": 2},
    ),
    ("anthropic without cache", {"input_tokens": 5, "output_tokens": 7}, "anthropic", (5, 0, 0, 0, 7, 0), {}),
    (
        "anthropic's keys with openai's meaning",
        {"input_tokens": 19, "cache_read_input_tokens": 14, "output_tokens": 1, "total_tokens": 20},
        "",
        (19, 14, 0, 0, 1, 0),
        {},
    ),
    (
        "gemini with cache, tools and thoughts",
        {
            "promptTokenCount": 100,
            "cachedContentTokenCount": 64,
            "candidatesTokenCount": 10,
            "thoughtsTokenCount": 30,
            "toolUsePromptTokenCount": 7,
            "totalTokenCount": 147,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 60},
                {"modality": "AUDIO", "tokenCount": 40},
            ],
            "cacheTokensDetails": [
                {"modality": "AUDIO", "tokenCount": 24},
                {"modality": "TEXT", "tokenCount": 40},
            ],
        },
        "google",
        (107, 64, 0, 0, 40, 30),
        {"input_audio_tokens": 40, "cache_audio_read_tokens": 24},
    ),
    (
        "gemini in the snake case of its SDK",
        {
            "prompt_token_count": 4,
            "candidates_token_count": 2,
            "thoughts_token_count": 3,
            "total_token_count": 9,
        },
        "vertex_ai",
        (4, 0, 0, 0, 5, 3),
        {},
    ),
    (
        "gemini's openai endpoint, which hides thoughts in the total",
        {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 45},
        "google",
        (10, 0, 0, 0, 35, 30),
        {},
    ),
    (
        "bedrock converse",
        {
            "inputTokens": 10,
            "outputTokens": 4,
            "totalTokens": 114,
            "cacheReadInputTokens": 60,
            "cacheWriteInputTokens": 40,
            "cacheDetails": [{"ttl": "1h", "inputTokens": 30}, {"ttl": "5m", "inputTokens": 10}],
        },
        "aws",
        (110, 60, 40, 30, 4, 0),
        {},
    ),
    (
        "cohere, which bills less than it read",
        {
            "billed_units": {"input_tokens": 377, "output_tokens": 90},
            "tokens": {"input_tokens": 577},
            "cached_tokens": 576,
        },
        "cohere",
        (377, 0, 0, 0, 90, 0),
        {},
    ),
    (
        "cohere rerank",
        {"billed_units": {"search_units": 1}},
        "cohere",
        (0, 0, 0, 0, 0, 0),
        {"rerank_searches": 1},
    ),
    (
        "deepseek with its own cache counts",
        {
            "prompt_tokens": 12,
            "completion_tokens": 3,
            "total_tokens": 15,
            "prompt_cache_hit_tokens": 8,
            "prompt_cache_miss_tokens": 4,
        },
        "deepseek",
        (12, 8, 0, 0, 3, 0),
        {},
    ),
    (
        "mistral",
        {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25, "num_cached_tokens": 16},
        "mistral",
        (20, 16, 0, 0, 5, 0),
        {},
    ),
    (
        "groq",
        {
            "queue_time": 0.01,
            "prompt_tokens": 18,
            "completion_tokens": 26,
            "total_tokens": 44,
            "total_time": 0.02,
        },
        "groq",
        (18, 0, 0, 0, 26, 0),
        {},
    ),
    (
        "xai, whose reasoning is beside the completion",
        {
            "prompt_tokens": 32,
            "completion_tokens": 9,
            "total_tokens": 135,
            "completion_tokens_details": {"reasoning_tokens": 94},
        },
        "xai",
        (32, 0, 0, 0, 103, 94),
        {},
    ),
    (
        "perplexity",
        {
            "prompt_tokens": 20,
            "completion_tokens": 100,
            "total_tokens": 120,
            "citation_tokens": 30,
            "reasoning_tokens": 50,
            "num_search_queries": 4,
        },
        "perplexity-ai",
        (20, 0, 0, 0, 180, 50),
        {"output_citation_tokens": 30, "web_searches": 4},
    ),
    (
        "ollama",
        {"prompt_eval_count": 26, "eval_count": 298, "eval_duration": 4},
        "ollama",
        (26, 0, 0, 0, 298, 0),
        {},
    ),
    (
        "llama on bedrock",
        {"prompt_token_count": 5, "generation_token_count": 6},
        "aws",
        (5, 0, 0, 0, 6, 0),
        {},
    ),
    (
        "bedrock's invocation metrics",
        {"inputTokenCount": 5, "outputTokenCount": 6, "cacheReadInputTokenCount": 10},
        "aws",
        (15, 10, 0, 0, 6, 0),
        {},
    ),
    (
        "anthropic, compacted on the way",
        {
            "input_tokens": 10,
            "output_tokens": 5,
            "iterations": [
                {
                    "type": "compaction",
                    "input_tokens": 900,
                    "cache_read_input_tokens": 3,
                    "output_tokens": 40,
                },
                {"type": "fallback_message", "input_tokens": 70, "output_tokens": 0},
                {"type": "message", "input_tokens": 10, "output_tokens": 5},
            ],
        },
        "anthropic",
        (913, 3, 0, 0, 45, 0),
        {},
    ),
    (
        "transcription by the second",
        {"type": "duration", "seconds": 61},
        "openai",
        (0, 0, 0, 0, 0, 0),
        {"audio_seconds": 61},
    ),
]


@pytest.mark.parametrize(
    ("block", "provider", "expected", "units"), [row[1:] for row in BLOCKS], ids=[row[0] for row in BLOCKS]
)
def test_a_usage_block_has_one_canonical_meaning(block, provider, expected, units):
    usage = read_usage(block, provider=provider)
    assert (
        usage.input_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    ) == expected
    assert usage.units == units
    assert usage.state == UsageState.REPORTED
    assert usage.problems == ()


@pytest.mark.parametrize(
    ("block", "given", "output", "problem"),
    [
        (
            {"prompt_tokens": -5, "completion_tokens": 3},
            None,
            3,
            "prompt_tokens is no number of tokens: '-5'",
        ),
        ({"prompt_tokens": 10**9999, "completion_tokens": 3}, None, 3, "a number of astronomical size"),
        ({"prompt_tokens": 10**30, "completion_tokens": 3}, None, 3, "prompt_tokens is no number of tokens"),
        ({"prompt_tokens": True, "completion_tokens": 3}, None, 3, "prompt_tokens is no number of tokens"),
        ({"prompt_tokens": "many", "completion_tokens": 3}, None, 3, "prompt_tokens is no number of tokens"),
        (
            {"prompt_tokens": float("nan"), "completion_tokens": 3},
            None,
            3,
            "prompt_tokens is no number of tokens",
        ),
        (
            {"prompt_tokens": {"a": 1}, "completion_tokens": 3},
            None,
            3,
            "prompt_tokens is no number of tokens",
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 9},
            5,
            3,
            "5 input + 3 output tokens are not the total of 9",
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 50}},
            5,
            3,
            "50 cached tokens, but only 5 input tokens",
        ),
        (
            {
                "prompt_tokens": 5,
                "completion_tokens": 3,
                "total_tokens": 8,
                "completion_tokens_details": {"reasoning_tokens": 50},
            },
            5,
            3,
            "50 reasoning tokens, but only 3 output tokens",
        ),
        ({"completion_tokens": 3}, None, 3, "input tokens are not reported"),
    ],
)
def test_nonsense_is_named_and_never_raises(block, given, output, problem):
    usage = read_usage(block, provider="openai")
    assert (usage.input_tokens, usage.output_tokens) == (given, output)
    assert any(problem in found for found in usage.problems)


def test_iterations_within_iterations_are_not_followed():
    block: dict[str, object] = {"type": "compaction", "input_tokens": 1, "output_tokens": 1}
    for _ in range(5000):
        block = {"type": "compaction", "input_tokens": 1, "output_tokens": 1, "iterations": [block]}
    assert read_usage(block).input_tokens == 2


def test_counts_as_text_or_whole_floats_are_counts():
    usage = read_usage({"prompt_tokens": "12", "completion_tokens": 3.0})
    assert (usage.input_tokens, usage.output_tokens, usage.problems) == (12, 3, ())


def test_a_count_that_is_missing_comes_out_of_the_total():
    assert read_usage({"prompt_tokens": 5, "total_tokens": 9}).output_tokens == 4
    assert read_usage({"total_tokens": 9}).input_tokens == 9


@pytest.mark.parametrize("block", [{}, {"prompt_tokens": None}, {"id": "req_1"}, {"usage": 5}])
def test_a_block_without_counts_is_missing_not_zero(block):
    usage = read_usage(block)
    assert usage.state == UsageState.MISSING
    assert usage.input_tokens is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "cost": 0.00095}}, 950_000),
        ({"usage": {"prompt_tokens": 1, "completion_tokens": 1, "cost": 0}}, 0),
        (
            {
                "usage": {
                    "prompt_tokens": 1,
                    "cost": 0.0001,
                    "is_byok": True,
                    "cost_details": {"upstream_inference_cost": 0.002},
                }
            },
            2_100_000,
        ),
        ({"usage": {"prompt_tokens": 1, "cost": {"total_cost": 0.006}}}, 6_000_000),
        ({"usage": {"prompt_tokens": 1, "cost_in_usd_ticks": 37_756_000}}, 3_775_600),
        ({"usage": {"prompt_tokens": 1, "cost": "free"}}, None),
        ({"usage": {"prompt_tokens": 1, "cost": -1}}, None),
        ({"usage": {"prompt_tokens": 1, "cost": float("inf")}}, None),
    ],
)
def test_the_providers_own_figure_is_read_and_a_genuine_zero_is_one(body, expected):
    assert read_answer(body).provider_cost_nano == expected


@pytest.mark.parametrize(
    ("body", "tier"),
    [
        ({"service_tier": "flex", "usage": {"prompt_tokens": 1}}, "flex"),
        ({"usage": {"input_tokens": 1, "output_tokens": 1, "service_tier": "batch"}}, "batch"),
        (
            {"usage": {"input_tokens": 1, "output_tokens": 1, "service_tier": "standard", "speed": "fast"}},
            "fast",
        ),
        ({"usageMetadata": {"promptTokenCount": 1, "trafficType": "ON_DEMAND_PRIORITY"}}, "priority"),
        (
            {"custom_id": "a", "response": {"status_code": 200, "body": {"usage": {"prompt_tokens": 1}}}},
            "batch",
        ),
        (
            {"custom_id": "a", "result": {"type": "succeeded", "message": {"usage": {"input_tokens": 1}}}},
            "batch",
        ),
    ],
)
def test_the_service_tier_is_read_wherever_it_stands(body, tier):
    assert read_answer(body).service_tier == tier


KEYS = sorted(
    {
        key
        for shape in SHAPES
        for path in (*shape.marks, *shape.input_sum, *shape.cache_read)
        for key in path.split(".")
    }
    | {
        "usage",
        "message",
        "response",
        "delta",
        "id",
        "model",
        "object",
        "type",
        "choices",
        "content",
        "text",
        "error",
        "status",
        "output",
        "timings",
    }
    | {
        "candidates",
        "parts",
        "usageMetadata",
        "promptTokensDetails",
        "iterations",
        "cost",
        "action",
        "results",
        "meta",
        "predictions",
    }
)
NUMBERS = st.integers(-5, 10**12) | st.floats() | st.booleans() | st.none() | st.text(max_size=5)
JSON = st.recursive(
    NUMBERS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)
BLOCK = st.dictionaries(
    st.sampled_from(KEYS), NUMBERS | st.dictionaries(st.sampled_from(KEYS), NUMBERS), max_size=8
)


@given(BLOCK, st.sampled_from(["", "openai", "x-ai", "perplexity", "google", "aws"]))
def test_whatever_a_block_holds_usage_keeps_its_invariants(block, provider):
    usage = read_usage(block, provider=provider)
    assert (
        usage.cache_read_tokens + usage.cache_write_tokens <= (usage.input_tokens or 0)
        or usage.input_tokens is None
    )
    assert 0 <= usage.cache_write_1h_tokens <= usage.cache_write_tokens
    assert usage.reasoning_tokens >= 0
    assert usage.output_tokens is None or usage.reasoning_tokens <= usage.output_tokens
    assert (
        min(
            usage.input_tokens or 0,
            usage.output_tokens or 0,
            usage.cache_read_tokens,
            *usage.units.values(),
            0,
        )
        == 0
    )


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8))
def test_whatever_an_answer_holds_it_is_read_and_priced(body):
    for form in (json.dumps(body), json.dumps([body, body]), f"data: {json.dumps(body)}\n\n"):
        answer = read_answer(form)
        cost = PriceBook().price(
            answer.usage,
            provider=answer.provider,
            model=answer.model or "gpt-4o",
            at_us=1_795_348_800_000_000,
            service_tier=answer.service_tier,
            provider_cost_nano=answer.provider_cost_nano,
        )
        assert cost.nano is None or cost.nano >= 0


@pytest.mark.parametrize(
    "document",
    [
        {"prompt_tokens": 100, "completion_tokens": 20, "model": "gpt-4o"},
        {"model": "kimi-k2", "choices": [{"usage": {"prompt_tokens": 100, "completion_tokens": 20}}]},
    ],
    ids=["a usage block alone", "in a choice, as Moonshot streams it"],
)
def test_usage_is_found_where_few_providers_keep_it(document):
    usage = read_answer(document).usage
    assert (usage.input_tokens, usage.output_tokens, usage.state) == (100, 20, UsageState.REPORTED)
