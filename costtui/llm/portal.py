"""An event loop in a thread of its own, for callers that have none."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine, Generator
from typing import Any, TypeVar

from costtui.errors import CosttuiError

_T = TypeVar("_T")


class Portal:
    """Runs coroutines for synchronous callers; the thread starts with the first one."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine to its end and return its result; an interrupted caller cancels it."""
        loop = self._running()
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise CosttuiError(
                "the synchronous call was made on its own event loop; await the asynchronous one there"
            )
        future = asyncio.run_coroutine_threadsafe(coroutine, loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def iterate(self, generator: AsyncGenerator[_T, None]) -> Generator[_T, None, None]:
        """Yield what an asynchronous generator yields, and close it however the loop over it ends."""
        try:
            while True:
                try:
                    yield self.run(_next(generator))
                except StopAsyncIteration:
                    return
        finally:
            self.run(_close(generator))

    def close(self) -> None:
        """Stop the thread."""
        with self._lock:
            loop, self.loop = self.loop, None
            thread, self._thread = self._thread, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self.loop is None:
                self.loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self.loop.run_forever, name="costtui-calls", daemon=True
                )
                self._thread.start()
            return self.loop


async def _next(generator: AsyncGenerator[_T, None]) -> _T:
    return await anext(generator)


async def _close(generator: AsyncGenerator[Any, None]) -> None:
    await generator.aclose()
