"""Lets a refusal pass through SDKs that take every exception of a request for a lost connection, and try again.

Needs only the standard library, so that it works in any environment.
"""

from contextvars import ContextVar
from functools import wraps
from types import ModuleType
from typing import Any

from costtui.errors import CosttuiError

_MARK = "_costtui_original"
_inside: ContextVar[bool] = ContextVar("costtui_inside_sdk", default=False)


class _Halt(BaseException):
    """Carries a refusal past ``except Exception``, as far as the SDK's own function."""

    def __init__(self, refusal: CosttuiError) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def halting(refusal: CosttuiError) -> BaseException:
    """Return what to raise where a request is refused, so that the caller of the SDK sees the refusal."""
    return _Halt(refusal) if _inside.get() else refusal


def open_way(sdk: ModuleType) -> None:
    """Let refusals pass through the clients of an SDK; done twice, the second time does nothing."""
    for name, passing in (("SyncAPIClient", _passing), ("AsyncAPIClient", _async_passing)):
        request = getattr(getattr(sdk, name, None), "request", None)
        if request is not None and not hasattr(request, _MARK):
            wrapped = passing(request)
            setattr(wrapped, _MARK, request)
            getattr(sdk, name).request = wrapped


def close_way(sdk: ModuleType) -> None:
    """Give the clients of an SDK their own ``request`` back."""
    for name in ("SyncAPIClient", "AsyncAPIClient"):
        client = getattr(sdk, name, None)
        if hasattr(getattr(client, "request", None), _MARK):
            client.request = getattr(client.request, _MARK)  # type: ignore[union-attr]


def _passing(request: Any) -> Any:
    @wraps(request)
    def passing(*arguments: Any, **options: Any) -> Any:
        token = _inside.set(True)
        try:
            return request(*arguments, **options)
        except _Halt as halt:
            raise halt.refusal from None
        finally:
            _inside.reset(token)

    return passing


def _async_passing(request: Any) -> Any:
    @wraps(request)
    async def passing(*arguments: Any, **options: Any) -> Any:
        token = _inside.set(True)
        try:
            return await request(*arguments, **options)
        except _Halt as halt:
            raise halt.refusal from None
        finally:
            _inside.reset(token)

    return passing
