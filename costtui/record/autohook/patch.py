"""Puts an observer between the clients of an HTTP library and their callers, and takes it away again."""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from costtui.errors import BudgetExceeded, PriceUnknown
from costtui.record.autohook.glances import inflate
from costtui.record.autohook.sdks import halting
from costtui.record.autohook.tee import tees
from costtui.record.autohook.watch import Observer

_MARK = "_costtui_original"


def patch(library: ModuleType, observer: Observer) -> None:
    """Let an observer see what the clients of a library send; a second patch does nothing."""
    sync_tee, async_tee = tees(library)
    decode = _decoder(library)
    _replace(library.Client, _sync_send(library.Client.send, observer, sync_tee, decode))
    _replace(library.AsyncClient, _async_send(library.AsyncClient.send, observer, async_tee, decode))


def unpatch(library: ModuleType) -> None:
    """Give the clients of a library their own ``send`` back."""
    for client in (library.Client, library.AsyncClient):
        original = getattr(client.send, _MARK, None)
        if original is not None:
            client.send = original


def is_patched(library: ModuleType) -> bool:
    """Return whether the clients of a library are observed."""
    return hasattr(library.Client.send, _MARK)


def _replace(client: Any, send: Any) -> None:
    if not hasattr(client.send, _MARK):
        setattr(send, _MARK, client.send)
        client.send = send


def _sync_send(send: Any, observer: Observer, tee: type[Any], decode: Callable[[str, bytes], bytes]) -> Any:
    @wraps(send)
    def observed(self: Any, request: Any, **options: Any) -> Any:
        watch = observer.begin(request)
        if watch is None:
            return send(self, request, **options)
        try:
            watch.reserve()
        except (BudgetExceeded, PriceUnknown) as refusal:
            raise halting(refusal) from None
        try:
            response = send(self, request, **options)
        except BaseException as error:
            watch.raised(error)
            raise
        if watch.answered(response, options.get("stream", False), decode):
            response.stream = tee(response.stream, watch)
        return response

    return observed


def _async_send(send: Any, observer: Observer, tee: type[Any], decode: Callable[[str, bytes], bytes]) -> Any:
    @wraps(send)
    async def observed(self: Any, request: Any, **options: Any) -> Any:
        watch = observer.begin(request)
        if watch is None:
            return await send(self, request, **options)
        try:
            await watch.reserve_aside()
        except (BudgetExceeded, PriceUnknown) as refusal:
            raise halting(refusal) from None
        try:
            response = await send(self, request, **options)
        except BaseException as error:
            watch.raised(error)
            raise
        if watch.answered(response, options.get("stream", False), decode):
            response.stream = tee(response.stream, watch)
        return response

    return observed


def _decoder(library: ModuleType) -> Callable[[str, bytes], bytes]:
    def decode(encoding: str, body: bytes) -> bytes:
        if encoding in ("gzip", "x-gzip", "deflate"):
            return inflate(body)
        content: bytes = library.Response(200, headers={"content-encoding": encoding}, content=body).content
        return content

    return decode
