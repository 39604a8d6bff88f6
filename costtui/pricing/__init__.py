"""Tokens out of any answer, and what they cost."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costtui.pricing.answer import Answer, read_answer
    from costtui.pricing.book import PriceBook
    from costtui.pricing.estimate import estimate_tokens, estimate_usage
    from costtui.pricing.langchain import usage_from_langchain
    from costtui.pricing.rates import Rates
    from costtui.pricing.usage import read_usage

_MODULES = {
    "Answer": "answer",
    "PriceBook": "book",
    "Rates": "rates",
    "estimate_tokens": "estimate",
    "estimate_usage": "estimate",
    "read_answer": "answer",
    "read_usage": "usage",
    "usage_from_langchain": "langchain",
}

__all__ = [
    "Answer",
    "PriceBook",
    "Rates",
    "estimate_tokens",
    "estimate_usage",
    "read_answer",
    "read_usage",
    "usage_from_langchain",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"costtui.pricing.{_MODULES[name]}"), name)
