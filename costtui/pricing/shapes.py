"""What each provider calls its tokens: one row per shape of a usage block."""

from dataclasses import dataclass, field
from enum import Enum


class Cached(Enum):
    """Whether the count of input tokens holds the cached ones."""

    INSIDE = 1
    APART = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a usage block keeps its counts; of several paths, those under ``*_sum`` add up, else the first wins."""

    name: str
    marks: tuple[str, ...]
    """The block has this shape if it has one of these keys."""
    input_sum: tuple[str, ...]
    output_sum: tuple[str, ...]
    cached: Cached = Cached.INSIDE
    cache_read: tuple[str, ...] = ()
    cache_write: tuple[str, ...] = ()
    cache_write_5m: tuple[str, ...] = ()
    cache_write_1h: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ()
    total: tuple[str, ...] = ()
    units: dict[str, tuple[str, ...]] = field(default_factory=dict)


ANTHROPIC = Shape(
    "anthropic",
    ("cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation", "server_tool_use"),
    input_sum=("input_tokens",),
    output_sum=("output_tokens",),
    cached=Cached.APART,
    cache_read=("cache_read_input_tokens",),
    cache_write=("cache_creation_input_tokens",),
    cache_write_5m=("cache_creation.ephemeral_5m_input_tokens",),
    cache_write_1h=("cache_creation.ephemeral_1h_input_tokens",),
    reasoning=("output_tokens_details.thinking_tokens",),
    total=("total_tokens",),
    units={"web_searches": ("server_tool_use.web_search_requests",)},
)

CHAT = Shape(
    "openai chat",
    ("prompt_tokens", "completion_tokens"),
    input_sum=("prompt_tokens",),
    output_sum=("completion_tokens",),
    cache_read=(
        "prompt_tokens_details.cached_tokens",
        "prompt_token_details.cached_tokens",
        "prompt_cache_hit_tokens",
        "num_cached_tokens",
        "cached_tokens",
        "cached_prompt_text_tokens",
        "cache_read_input_tokens",
    ),
    cache_write=(
        "prompt_tokens_details.cache_write_tokens",
        "prompt_tokens_details.cache_creation_tokens",
        "cache_creation_input_tokens",
    ),
    reasoning=("completion_tokens_details.reasoning_tokens", "reasoning_tokens"),
    total=("total_tokens",),
    units={
        "input_audio_tokens": ("prompt_tokens_details.audio_tokens",),
        "input_audio_seconds": ("prompt_audio_seconds",),
        "output_audio_tokens": ("completion_tokens_details.audio_tokens",),
        "output_citation_tokens": ("citation_tokens",),
        "web_searches": ("num_search_queries", "server_tool_use.web_search_requests"),
    },
)

RESPONSES = Shape(
    "openai responses",
    ("input_tokens", "output_tokens"),
    input_sum=("input_tokens",),
    output_sum=("output_tokens",),
    cache_read=(
        "input_tokens_details.cached_tokens",
        "input_token_details.cached_tokens",
        "input_token_details.cache_read",
        "input_tokens_details.cache_read_input_tokens",
    ),
    cache_write=("input_tokens_details.cache_write_tokens", "input_token_details.cache_creation"),
    cache_write_5m=("input_token_details.ephemeral_5m_input_tokens",),
    cache_write_1h=("input_token_details.ephemeral_1h_input_tokens",),
    reasoning=("output_tokens_details.reasoning_tokens", "output_token_details.reasoning"),
    total=("total_tokens",),
    units={
        "input_audio_tokens": ("input_token_details.audio_tokens", "input_token_details.audio"),
        "input_image_tokens": ("input_tokens_details.image_tokens", "input_token_details.image_tokens"),
        "cache_audio_read_tokens": ("input_token_details.cached_tokens_details.audio_tokens",),
        "cache_image_read_tokens": ("input_token_details.cached_tokens_details.image_tokens",),
        "output_audio_tokens": ("output_token_details.audio_tokens", "output_token_details.audio"),
        "output_image_tokens": ("output_tokens_details.image_tokens",),
        "web_searches": ("tool_calls_details.search_web.invocation",),
    },
)

SHAPES: tuple[Shape, ...] = (
    Shape(
        "gemini",
        ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "totalTokenCount"),
        input_sum=("promptTokenCount", "toolUsePromptTokenCount"),
        output_sum=("candidatesTokenCount", "thoughtsTokenCount"),
        cache_read=("cachedContentTokenCount",),
        reasoning=("thoughtsTokenCount",),
        total=("totalTokenCount",),
    ),
    Shape(
        "gemini interactions",
        ("total_input_tokens", "total_output_tokens"),
        input_sum=("total_input_tokens", "total_tool_use_tokens"),
        output_sum=("total_output_tokens", "total_thought_tokens"),
        cache_read=("total_cached_tokens",),
        reasoning=("total_thought_tokens",),
        total=("total_tokens",),
    ),
    Shape(
        # Cohere bills fewer tokens than it processed, and its cached_tokens count the processed ones.
        "cohere",
        ("billed_units",),
        input_sum=("billed_units.input_tokens",),
        output_sum=("billed_units.output_tokens",),
        units={"rerank_searches": ("billed_units.search_units",)},
    ),
    Shape(
        "cohere, unbilled",
        ("tokens",),
        input_sum=("tokens.input_tokens",),
        output_sum=("tokens.output_tokens",),
        cache_read=("cached_tokens",),
    ),
    CHAT,
    Shape(
        "bedrock converse",
        ("inputTokens", "outputTokens"),
        input_sum=("inputTokens",),
        output_sum=("outputTokens",),
        cached=Cached.APART,
        cache_read=("cacheReadInputTokens", "cacheReadInputTokenCount"),
        cache_write=("cacheWriteInputTokens", "cacheWriteInputTokenCount"),
        total=("totalTokens",),
    ),
    Shape(
        "bedrock metrics",
        ("inputTokenCount", "outputTokenCount"),
        input_sum=("inputTokenCount",),
        output_sum=("outputTokenCount",),
        cached=Cached.APART,
        cache_read=("cacheReadInputTokenCount",),
        cache_write=("cacheWriteInputTokenCount",),
    ),
    Shape(
        "ollama",
        ("prompt_eval_count", "eval_count"),
        input_sum=("prompt_eval_count",),
        output_sum=("eval_count",),
    ),
    Shape(
        "llama on bedrock",
        ("prompt_token_count", "generation_token_count"),
        input_sum=("prompt_token_count",),
        output_sum=("generation_token_count",),
    ),
    Shape(
        "titan on bedrock",
        ("inputTextTokenCount",),
        input_sum=("inputTextTokenCount",),
        output_sum=("outputTextTokenCount", "totalOutputTextTokenCount"),
    ),
    Shape(
        "watsonx",
        ("input_token_count", "generated_token_count"),
        input_sum=("input_token_count",),
        output_sum=("generated_token_count",),
    ),
    ANTHROPIC,
    RESPONSES,
    Shape("total only", ("total_tokens",), input_sum=(), output_sum=(), total=("total_tokens",)),
    Shape(
        "ocr",
        ("pages_processed",),
        input_sum=(),
        output_sum=(),
        units={"input_document_pages": ("pages_processed",)},
    ),
    Shape("duration", ("seconds",), input_sum=(), output_sum=(), units={"audio_seconds": ("seconds",)}),
)
"""All shapes; the first that fits is taken."""
