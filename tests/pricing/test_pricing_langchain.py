"""Usage of LangChain messages, from each of the places where it is kept."""

import json

import pytest

from costtui.facts import UsageState
from costtui.pricing import estimate_tokens, estimate_usage, read_answer, usage_from_langchain

ANTHROPIC = {
    "usage_metadata": {
        "input_tokens": 2901,
        "output_tokens": 50,
        "total_tokens": 2951,
        "input_token_details": {
            "cache_read": 1000,
            "cache_creation": 0,
            "ephemeral_5m_input_tokens": 1580,
            "ephemeral_1h_input_tokens": 300,
        },
    },
    "response_metadata": {
        "model_name": "claude-sonnet-4-5",
        "usage": {
            "input_tokens": 21,
            "cache_read_input_tokens": 1000,
            "cache_creation_input_tokens": 1880,
            "cache_creation": {"ephemeral_5m_input_tokens": 1580, "ephemeral_1h_input_tokens": 300},
            "output_tokens": 50,
        },
    },
}


@pytest.mark.parametrize("left_out", ["usage_metadata", "response_metadata", ""])
def test_both_places_of_a_message_say_the_same_and_are_never_added(left_out):
    usage = usage_from_langchain({key: value for key, value in ANTHROPIC.items() if key != left_out})
    assert (usage.input_tokens, usage.output_tokens) == (2901, 50)
    assert (usage.cache_read_tokens, usage.cache_write_tokens, usage.cache_write_1h_tokens) == (
        1000,
        1880,
        300,
    )
    assert usage.problems == ()


@pytest.mark.parametrize(
    "message",
    [
        {
            "response_metadata": {
                "token_usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
            }
        },
        {"llm_output": {"token_usage": {"prompt_tokens": 9, "completion_tokens": 2}}},
        {"token_usage": {"prompt_tokens": 9, "completion_tokens": 2}},
        {"usage_metadata": {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11}},
        {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11},
        {"response_metadata": {"model": "llama3.2", "prompt_eval_count": 9, "eval_count": 2}},
        [
            {"content": "question"},
            {"usage_metadata": {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11}},
        ],
    ],
)
def test_usage_is_found_wherever_a_message_keeps_it(message):
    usage = usage_from_langchain(message)
    assert (usage.input_tokens, usage.output_tokens) == (9, 2)


def test_a_real_message_is_read():
    messages = pytest.importorskip("langchain_core.messages")
    message = messages.AIMessage(
        "Hi",
        usage_metadata={
            "input_tokens": 9,
            "output_tokens": 5,
            "total_tokens": 14,
            "input_token_details": {"cache_read": 4},
            "output_token_details": {"reasoning": 3},
        },
    )
    usage = usage_from_langchain(message)
    assert (usage.input_tokens, usage.cache_read_tokens, usage.reasoning_tokens) == (9, 4, 3)


@pytest.mark.parametrize(
    "message", [{}, None, "text", [], {"usage_metadata": None, "response_metadata": None}]
)
def test_a_message_without_usage_is_missing(message):
    assert usage_from_langchain(message).state == UsageState.MISSING


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("abcd", 1), ("abcde", 2), ("日本語", 3), ("\ud800", 1)]
)
def test_an_estimate_is_a_quarter_of_the_bytes(text, tokens):
    assert estimate_tokens(text) == tokens


def test_an_estimate_of_a_side_that_is_not_there_is_not_known():
    usage = estimate_usage(None, "four")
    assert (usage.input_tokens, usage.output_tokens, usage.state) == (None, 1, UsageState.ESTIMATED)


MESSAGE = {
    "content": "hi",
    "id": "run-1",
    "response_metadata": {
        "token_usage": {
            "prompt_tokens": 100,
            "completion_tokens": 20,
            "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 60},
        },
        "model_name": "gpt-4o",
        "finish_reason": "stop",
    },
    "usage_metadata": {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120},
}


@pytest.mark.parametrize(
    "saved",
    [
        MESSAGE,
        {"lc": 1, "type": "constructor", "id": ["langchain", "AIMessage"], "kwargs": MESSAGE},
        {"type": "ai", "data": MESSAGE},
        {"messages": [{"type": "human", "content": "q"}, MESSAGE]},
        {
            "generations": [[{"text": "hi", "message": {"kwargs": MESSAGE}}]],
            "llm_output": {
                "token_usage": MESSAGE["response_metadata"]["token_usage"],
                "model_name": "gpt-4o",
            },
        },
    ],
    ids=["as it is", "dumped", "history", "state of a graph", "result"],
)
def test_a_message_saved_as_json_is_read_like_the_answer_it_was_made_of(saved):
    answer = read_answer(json.dumps(saved))
    assert (answer.provider, answer.model, answer.finish, answer.text) == ("openai", "gpt-4o", "stop", "hi")
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (100, 20)
    assert (answer.usage.cache_read_tokens, answer.usage.state) == (60, UsageState.REPORTED)


def test_a_message_of_a_stream_has_only_the_summary():
    saved = {
        "response_metadata": {"model_name": "gemini-2.5-flash"},
        "usage_metadata": {
            "input_tokens": 10,
            "output_tokens": 322,
            "total_tokens": 332,
            "output_token_details": {"reasoning": 300},
        },
    }
    answer = read_answer(saved)
    assert (answer.provider, answer.model) == ("google", "gemini-2.5-flash")
    assert (answer.usage.output_tokens, answer.usage.reasoning_tokens) == (322, 300)
