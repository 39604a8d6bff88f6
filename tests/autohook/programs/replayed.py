"""Asks for answers that providers really gave, through the official SDKs; prints what each of them makes of it."""

import json
import sys

import anthropic
import openai
from google import genai
from google.genai import types

BASE = sys.argv[1]
ROWS = json.loads(sys.argv[2])
MESSAGES = [{"role": "user", "content": "Hi"}]
once = {"max_retries": 0}
clients = []  # a client that nobody holds closes itself


def call(row, shape, stream):
    base = f"{BASE}/row/{row}"
    if shape == "messages":
        create = anthropic.Anthropic(base_url=base, api_key="sk-ant-secret", **once).messages.create
        return create(model="asked", max_tokens=9, messages=MESSAGES, stream=stream)
    if shape == "gemini":
        options = types.HttpOptions(base_url=base, api_version="v1beta")
        clients.append(client := genai.Client(api_key="secret", http_options=options))
        ask = client.models.generate_content_stream if stream else client.models.generate_content
        return ask(model="asked", contents="Hi")
    gpt = openai.OpenAI(base_url=f"{base}/v1", api_key="sk-secret", **once)
    if shape == "responses":
        return gpt.responses.create(model="asked", input="Hi", stream=stream)
    if shape == "embeddings":
        return gpt.embeddings.create(model="asked", input="Hi")
    return gpt.chat.completions.create(model="asked", messages=MESSAGES, stream=stream)


for row, shape, stream in ROWS:
    try:
        answer = call(row, shape, stream)
        print(row, "parts", sum(1 for _ in answer)) if stream else print(row, type(answer).__name__)
    except Exception as error:
        print(row, type(error).__name__)
