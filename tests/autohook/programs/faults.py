"""Meets the faults of a simulated provider with the official SDKs; prints how each of them takes it."""

import sys

import anthropic
import httpx2
import openai

BASE = sys.argv[1]
MESSAGES = [{"role": "user", "content": "Summarise the quarterly report in one short sentence please"}]
client = openai.OpenAI(base_url=f"{BASE}/v1", api_key="sk-secret-openai", timeout=1.0)
claude = anthropic.Anthropic(base_url=f"{BASE}/anthropic", api_key="sk-ant-secret", max_retries=0)


def fault(**behaviour):
    httpx2.post(f"{BASE}/_llmock/scenario", json={"behaviors": [behaviour]}).raise_for_status()


def meet(name, call):
    try:
        call()
        print(name, "ok")
    except Exception as error:
        print(name, type(error).__name__)


def chat():
    client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)


def stream():
    list(client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES, stream=True))


fault(type="fail", status=429, retry_after=1)
meet("429", chat)
fault(type="fail", status=500, match={"provider": "openai"})
meet("500", chat)
fault(type="fail", status=529, match={"provider": "anthropic"})
meet("529", lambda: claude.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=MESSAGES))
fault(type="delay", seconds=2)
meet(
    "delay",
    lambda: client.with_options(max_retries=0).chat.completions.create(
        model="gpt-4o-mini", messages=MESSAGES
    ),
)
for kind in ("disconnect", "truncate", "malformed", "stall"):
    fault(type="stream_fault", kind=kind, after_chunks=2)
    meet(kind, stream)
