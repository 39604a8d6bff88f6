"""Calls models through the official SDKs when no budget has room for it; prints what reaches the program."""

import asyncio
import sys

import anthropic
import openai
from google import genai
from google.genai import types

BASE = sys.argv[1]
ASKED = "Summarise the quarterly report in one short sentence please"
MESSAGES = [{"role": "user", "content": ASKED}]
GPT = {"model": "gpt-4o-mini", "messages": MESSAGES}
CLAUDE = {"model": "claude-haiku-4-5", "max_tokens": 900, "messages": MESSAGES}
GEMINI = {"model": "gemini-2.5-flash", "contents": ASKED}
gpt = openai.OpenAI(base_url=f"{BASE}/v1", api_key="sk-secret-openai")
claude = anthropic.Anthropic(base_url=f"{BASE}/anthropic", api_key="sk-ant-secret")
google = genai.Client(
    api_key="secret", http_options=types.HttpOptions(base_url=f"{BASE}/gemini", api_version="v1beta")
)


def claude_stream():
    with claude.messages.stream(**CLAUDE) as stream:
        stream.get_final_message()


for name, call in {
    "chat": lambda: gpt.chat.completions.create(**GPT),
    "chat stream": lambda: list(gpt.chat.completions.create(**GPT, stream=True)),
    "responses": lambda: gpt.responses.create(model="gpt-4o-mini", input=ASKED),
    "messages": lambda: claude.messages.create(**CLAUDE),
    "messages stream": claude_stream,
    "gemini": lambda: google.models.generate_content(**GEMINI),
    "gemini stream": lambda: list(google.models.generate_content_stream(**GEMINI)),
}.items():
    try:
        call()
        print(name, "ok")
    except Exception as error:
        print(name, type(error).__name__)


async def asynchronous():
    gpts = openai.AsyncOpenAI(base_url=f"{BASE}/v1", api_key="sk-secret-openai")
    claudes = anthropic.AsyncAnthropic(base_url=f"{BASE}/anthropic", api_key="sk-ant-secret")
    done = await asyncio.gather(
        gpts.chat.completions.create(**GPT),
        claudes.messages.create(**CLAUDE),
        google.aio.models.generate_content(**GEMINI),
        return_exceptions=True,
    )
    print("async", *(type(one).__name__ for one in done))


asyncio.run(asynchronous())
