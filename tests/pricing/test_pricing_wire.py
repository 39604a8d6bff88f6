"""Answers as they come over the wire: streams, frames, lines, arrays, and all of them cut off."""

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costtui.errors import PayloadError
from costtui.facts import UsageState
from costtui.pricing import read_answer
from costtui.pricing.wire import CUT_OFF


def sse(*events: object) -> str:
    return "".join(f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n" for event in events)


def frame(payload: object, headers: bytes = b"\x05:type\x07\x00\x01x") -> bytes:
    """Return one message of application/vnd.amazon.eventstream."""
    body = json.dumps(payload).encode()
    prelude = (16 + len(headers) + len(body)).to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    start = prelude + zlib.crc32(prelude).to_bytes(4, "big") + headers + body
    return start + zlib.crc32(start).to_bytes(4, "big")


CHAT = sse(
    {
        "id": "c1",
        "model": "gpt-4o",
        "choices": [{"delta": {"content": "Hel"}, "finish_reason": None}],
        "usage": None,
    },
    {
        "id": "c1",
        "model": "gpt-4o",
        "choices": [{"delta": {"content": "lo"}, "finish_reason": "stop"}],
        "usage": None,
    },
    {
        "id": "c1",
        "model": "gpt-4o",
        "choices": [],
        "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
    },
    "[DONE]",
)
MESSAGES = sse(
    {
        "type": "message_start",
        "message": {
            "id": "m1",
            "model": "claude-x",
            "usage": {"input_tokens": 5, "cache_read_input_tokens": 14, "output_tokens": 1},
        },
    },
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}},
    {"type": "message_stop"},
)
INVOKE = [
    frame({"bytes": base64.b64encode(json.dumps(event).encode()).decode(), "p": "abc"})
    for event in (
        {
            "type": "message_start",
            "message": {
                "id": "msg_bdrk_1",
                "model": "claude-3-haiku",
                "usage": {"input_tokens": 8, "output_tokens": 1},
            },
        },
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
        {
            "type": "message_stop",
            "amazon-bedrock-invocationMetrics": {"inputTokenCount": 8, "outputTokenCount": 4},
        },
    )
]
CONVERSE = [
    frame({"contentBlockIndex": 0, "delta": {"text": "Hi"}}),
    frame({"stopReason": "end_turn"}),
    frame({"metrics": {"latencyMs": 5}, "usage": {"inputTokens": 8, "outputTokens": 4, "totalTokens": 12}}),
]


def test_a_chat_stream_gives_its_last_usage_and_its_text():
    answer = read_answer(CHAT.replace("\n", "\r\n").encode())
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (9, 2)
    assert (answer.text, answer.finish, answer.complete, answer.response_id) == ("Hello", "stop", True, "c1")


def test_start_and_delta_of_a_message_stream_are_merged():
    answer = read_answer(MESSAGES)
    assert (answer.usage.input_tokens, answer.usage.cache_read_tokens, answer.usage.output_tokens) == (
        19,
        14,
        7,
    )
    assert (answer.model, answer.text, answer.error) == ("claude-x", "Hi", "")


def test_a_message_stream_that_is_cancelled_keeps_what_it_reported():
    answer = read_answer(MESSAGES[: MESSAGES.index('data: {"type": "message_delta"')])
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (19, 1)
    assert not answer.complete


def test_a_stream_without_usage_is_missing_and_says_how_much_was_written():
    answer = read_answer(sse({"choices": [{"delta": {"content": "Hello"}}]}, "[DONE]"))
    assert answer.usage.state == UsageState.MISSING
    assert answer.written_bytes == 5


@pytest.mark.parametrize("events", [INVOKE, CONVERSE], ids=["invoke", "converse"])
@pytest.mark.parametrize("packed", [False, True], ids=["bytes", "base64"])
def test_frames_of_bedrock_are_read(events, packed):
    body = b"".join(events)
    answer = read_answer(base64.b64encode(body).decode() if packed else body)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (8, 4)
    assert (answer.provider, answer.text, answer.finish, answer.complete) == ("aws", "Hi", "end_turn", True)


def test_a_frame_that_is_cut_off_is_left_out_and_said():
    answer = read_answer(b"".join(INVOKE)[:-20])
    assert answer.usage.output_tokens == 4
    assert CUT_OFF in answer.usage.problems


def test_the_users_own_metadata_is_not_the_answers():
    body = {
        "object": "response",
        "id": "resp_1",
        "model": "gpt-4o",
        "metadata": {"id": "mine", "model": "mine", "error": "mine"},
        "usage": {"input_tokens": 5, "output_tokens": 4, "total_tokens": 9},
    }
    answer = read_answer(body)
    assert (answer.response_id, answer.model, answer.error) == ("resp_1", "gpt-4o", "")
    stream = [{"metadata": {"usage": {"inputTokens": 8, "outputTokens": 4}}}]
    assert read_answer(json.dumps(stream)).usage.input_tokens == 8


def test_json_lines_of_ollama_are_one_answer():
    body = "\n".join(
        json.dumps(line)
        for line in (
            {"model": "llama3.2", "message": {"content": "Hi"}, "done": False},
            {
                "model": "llama3.2",
                "message": {"content": ""},
                "done": True,
                "done_reason": "stop",
                "prompt_eval_count": 26,
                "prompt_eval_duration": 5,
                "eval_count": 2,
            },
        )
    )
    answer = read_answer(body)
    assert (answer.provider, answer.usage.input_tokens, answer.usage.output_tokens) == ("ollama", 26, 2)
    assert (answer.text, answer.complete) == ("Hi", True)


def test_steps_of_an_assistant_count_only_where_the_run_does_not():
    step = {"object": "thread.run.step", "id": "s1", "usage": {"prompt_tokens": 10, "completion_tokens": 2}}
    other = {"object": "thread.run.step", "id": "s2", "usage": {"prompt_tokens": 20, "completion_tokens": 3}}
    run = {
        "object": "thread.run",
        "id": "run_1",
        "model": "gpt-4o",
        "status": "completed",
        "usage": {"prompt_tokens": 31, "completion_tokens": 5},
    }
    assert read_answer(sse(step, step, other)).usage.input_tokens == 30
    assert read_answer(sse(step, other, run)).usage.input_tokens == 31


def test_an_object_that_is_cut_off_still_tells_its_usage_and_model():
    whole = json.dumps(
        {
            "id": "a",
            "model": "gpt-4o",
            "usage": {"prompt_tokens": 3, "completion_tokens": 2},
            "choices": [1, 2],
        }
    )
    answer = read_answer(whole[:-8])
    assert (answer.model, answer.usage.input_tokens, answer.usage.output_tokens) == ("gpt-4o", 3, 2)
    assert CUT_OFF in answer.usage.problems
    assert not answer.complete


def test_an_array_that_is_cut_off_keeps_its_complete_objects():
    array = json.dumps(
        [
            {"usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 1}},
            {"usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 9}},
        ]
    )
    answer = read_answer(array[:-6])
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (4, 1)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        b"\x00\x01\x02",
        "hello",
        "{",
        '{"usage": {"prompt_tokens": 5',
        "[1, 2]",
        "5",
        "null",
        '"text"',
        "data: nonsense\n\n",
        "[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_refused_in_words(body):
    with pytest.raises(PayloadError, match=r"cannot read|nothing to read"):
        read_answer(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "no such model", "type": "invalid_request_error"}}, "no such model"),
        ([{"error": {"code": 400, "message": "API key not valid."}}], "API key not valid."),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "Overloaded"),
        ({"message": "The security token is invalid."}, "The security token is invalid."),
        ({"detail": "Not Found"}, "Not Found"),
        ({"error": "model 'x' not found"}, "model 'x' not found"),
    ],
)
def test_an_error_is_an_answer_without_usage(body, words):
    answer = read_answer(json.dumps(body))
    assert answer.error == words
    assert answer.usage.state == UsageState.MISSING
    assert answer.usage.input_tokens is None


@given(st.integers(0, len(CHAT)), st.sampled_from([CHAT, MESSAGES]))
def test_a_stream_cut_anywhere_is_read_or_refused_never_more_than_the_whole(length, stream):
    try:
        answer = read_answer(stream[:length])
    except PayloadError:
        return
    whole = read_answer(stream).usage
    assert (answer.usage.input_tokens or 0) <= (whole.input_tokens or 0)
    assert (answer.usage.output_tokens or 0) <= (whole.output_tokens or 0)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: "data: " + text))
def test_no_bytes_at_all_break_the_reader(body):
    try:
        usage = read_answer(body).usage
    except PayloadError as error:
        assert str(error).startswith(("cannot read", "nothing to read"))
    else:
        assert min(usage.input_tokens or 0, usage.output_tokens or 0, usage.cache_read_tokens) >= 0


def test_a_stream_that_was_cut_is_estimated_by_what_the_model_had_written():
    start = {
        "type": "message_start",
        "message": {"model": "claude-sonnet-4-5", "usage": {"input_tokens": 100, "output_tokens": 1}},
    }
    text = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word " * 80}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 70}}
    events = [
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
        for event in (start, text, end, {"type": "message_stop"})
    ]
    cut, whole = read_answer("".join(events[:2])), read_answer("".join(events))
    assert (whole.usage.output_tokens, whole.usage.state) == (70, UsageState.REPORTED)
    assert (cut.usage.input_tokens, cut.usage.output_tokens, cut.usage.state) == (
        100,
        100,
        UsageState.ESTIMATED,
    )
    assert cut.usage.problems == ("the stream ends before the model was done: output tokens are estimated",)
