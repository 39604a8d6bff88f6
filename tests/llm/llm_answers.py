import json


def chat_answer(
    text="Hello", prompt=10, completion=3, model="gpt-4o-mini", response_id="chatcmpl-0123456789abcdefghij"
):
    return {
        "id": response_id,
        "model": model,
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        },
    }


def sse(*events, done=True):
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    return body + ("data: [DONE]\n\n" if done else "")
