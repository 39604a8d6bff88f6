"""Calls a simulated provider through the official SDKs in every way there is; prints what came back."""

import asyncio
import sys

import anthropic
import openai
from google import genai
from google.genai import types

BASE = sys.argv[1]
ASKED = "Summarise the quarterly report in one short sentence please, thank you"
MESSAGES = [{"role": "user", "content": ASKED}]

client = openai.OpenAI(base_url=f"{BASE}/v1", api_key="sk-secret-openai")
answer = client.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES)
print("chat", answer.usage.prompt_tokens, answer.usage.completion_tokens)
options = {"model": "gpt-4o-mini", "messages": MESSAGES, "stream": True}
chunks = list(client.chat.completions.create(**options, stream_options={"include_usage": True}))
print("chat stream", chunks[-1].usage.prompt_tokens)
print(
    "chat stream without usage",
    sum(chunk.usage is not None for chunk in client.chat.completions.create(**options)),
)
print("responses", client.responses.create(model="gpt-4o-mini", input=ASKED).usage.input_tokens)
with client.responses.stream(model="gpt-4o-mini", input=ASKED) as stream:
    print("responses stream", stream.get_final_response().usage.input_tokens)
print("embeddings", client.embeddings.create(model="text-embedding-3-small", input=ASKED).usage.prompt_tokens)

claude = anthropic.Anthropic(base_url=f"{BASE}/anthropic", api_key="sk-ant-secret")
answer = claude.messages.create(model="claude-haiku-5-5", max_tokens=20, messages=MESSAGES)
print("messages", answer.usage.input_tokens, answer.usage.output_tokens)
with claude.messages.stream(model="claude-haiku-5-5", max_tokens=20, messages=MESSAGES) as stream:
    print("messages stream", stream.get_final_message().usage.input_tokens)

google = genai.Client(
    api_key="secret", http_options=types.HttpOptions(base_url=f"{BASE}/gemini", api_version="v1beta")
)
answer = google.models.generate_content(model="gemini-2.5-flash", contents=ASKED)
print("gemini", answer.usage_metadata.prompt_token_count)
*_, last = google.models.generate_content_stream(model="gemini-2.5-flash", contents=ASKED)
print("gemini stream", last.usage_metadata.prompt_token_count)


async def asynchronous():
    many = openai.AsyncOpenAI(base_url=f"{BASE}/v1", api_key="sk-secret-openai")
    claudes = anthropic.AsyncAnthropic(base_url=f"{BASE}/anthropic", api_key="sk-ant-secret")
    one, two = await asyncio.gather(
        many.chat.completions.create(model="gpt-4o-mini", messages=MESSAGES),
        claudes.messages.create(model="claude-haiku-5-5", max_tokens=9, messages=MESSAGES),
    )
    print("async", one.usage.prompt_tokens, two.usage.input_tokens)
    left = await many.chat.completions.create(**options)
    async for _ in left:
        break
    await left.close()
    print(
        "async gemini",
        (
            await google.aio.models.generate_content(model="gemini-2.5-flash", contents=ASKED)
        ).usage_metadata.prompt_token_count,
    )


asyncio.run(asynchronous())
