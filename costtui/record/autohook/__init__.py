"""Recording without changing code: requests to models are seen where HTTP libraries send them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costtui.record.autohook.inside import Instrumentation, instrument

__all__ = ["Instrumentation", "instrument"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from costtui.record.autohook import inside

    return getattr(inside, name)
