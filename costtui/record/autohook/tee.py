"""Streams that pass every byte on as it comes, and show it to a watch."""

from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

from costtui.record.autohook.watch import Watch


def tees(library: ModuleType) -> tuple[type[Any], type[Any]]:
    """Return the two classes of watched streams, synchronous and asynchronous, of an HTTP library."""

    class WatchedStream(library.SyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, stream: Any, watch: Watch) -> None:
            self._stream = stream
            self._watch = watch

        def __iter__(self) -> Iterator[bytes]:
            try:
                for data in self._stream:
                    self._watch.chunk(data)
                    yield data
            except BaseException as error:
                self._watch.closed(error)
                raise
            self._watch.exhausted()

        def close(self) -> None:
            try:
                self._stream.close()
            finally:
                self._watch.closed(None)

        def __del__(self) -> None:
            self._watch.closed(None)

    class WatchedAsyncStream(library.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, stream: Any, watch: Watch) -> None:
            self._stream = stream
            self._watch = watch

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for data in self._stream:
                    self._watch.chunk(data)
                    yield data
            except BaseException as error:
                self._watch.closed(error)
                raise
            self._watch.exhausted()

        async def aclose(self) -> None:
            try:
                await self._stream.aclose()
            finally:
                self._watch.closed(None)

        def __del__(self) -> None:
            self._watch.closed(None)

    return WatchedStream, WatchedAsyncStream
