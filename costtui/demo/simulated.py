"""A model that answers inside this process: streamed like OpenAI's, at no cost, without a network."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from costtui.demo.workload import ANSWERS

NAME = "simulated"
HOST = "simulated.invalid"
BASE_URL = f"http://{HOST}/v1"
_BYTES_PER_TOKEN = 4


class SimulatedModel(httpx.AsyncBaseTransport):
    """Answers requests to the simulated host, and passes others on to the network."""

    def __init__(self, pause_s: float = 0.03) -> None:
        """``pause_s`` lies between two pieces of an answer."""
        self._pause_s = pause_s
        self._network = httpx.AsyncHTTPTransport()
        self._answered = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        if request.url.host != HOST:
            return await self._network.handle_async_request(request)
        asked = json.loads(await request.aread())
        self._answered += 1
        pieces = _Pieces(asked, ANSWERS[self._answered % len(ANSWERS)], self._answered, self._pause_s)
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=pieces)

    async def aclose(self) -> None:
        """Release the network."""
        await self._network.aclose()


class _Pieces(httpx.AsyncByteStream):
    def __init__(self, asked: dict[str, Any], answer: str, number: int, pause_s: float) -> None:
        self._asked, self._answer, self._number, self._pause_s = asked, answer, number, pause_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for word in self._answer.split(" "):
            await asyncio.sleep(self._pause_s)
            yield self._event(choices=[{"index": 0, "delta": {"content": f"{word} "}}])
        yield self._event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        texts = "".join(str(message.get("content", "")) for message in self._asked.get("messages", ()))
        usage = {"prompt_tokens": _tokens(texts), "completion_tokens": _tokens(self._answer)}
        usage["total_tokens"] = sum(usage.values())
        yield self._event(choices=[], usage=usage)
        yield b"data: [DONE]\n\n"

    def _event(self, **fields: Any) -> bytes:
        head = {"id": f"simulated-{self._number}", "object": "chat.completion.chunk"}
        return f"data: {json.dumps({**head, 'model': self._asked.get('model'), **fields})}\n\n".encode()


def _tokens(text: str) -> int:
    return -(-len(text.encode(errors="replace")) // _BYTES_PER_TOKEN)
