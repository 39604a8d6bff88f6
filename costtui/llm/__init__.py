"""Calling models, and reading what is seen on the wire."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costtui.llm.client import LLMClient
    from costtui.llm.config import Chunk, Completion, LLMConfig
    from costtui.llm.optimized import CostOptimizedLLMProvider
    from costtui.llm.router import Router

_HOMES = {
    "Chunk": "config",
    "Completion": "config",
    "CostOptimizedLLMProvider": "optimized",
    "LLMClient": "client",
    "LLMConfig": "config",
    "Router": "router",
}

__all__ = ["Chunk", "Completion", "CostOptimizedLLMProvider", "LLMClient", "LLMConfig", "Router"]


def __getattr__(name: str) -> Any:
    if home := _HOMES.get(name):
        return getattr(import_module(f"costtui.llm.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
