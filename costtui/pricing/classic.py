"""The price list of earlier cost trackers, kept as a book of its own: US dollars per million tokens."""

from costtui.money import nano
from costtui.pricing.overrides import PriceOverride

NAME = "classic"

_LIST: tuple[tuple[str, str, str, str], ...] = (
    ("deepseek", "deepseek-chat", "0.14", "0.28"),
    ("deepseek", "deepseek-coder", "0.14", "0.28"),
    ("deepseek", "deepseek", "0.27", "0.27"),
    ("openai", "gpt-4", "30", "60"),
    ("openai", "gpt-4-turbo", "10", "30"),
    ("openai", "gpt-3.5-turbo", "0.5", "1.5"),
    ("anthropic", "claude-3-opus", "15", "75"),
    ("anthropic", "claude-3-sonnet", "3", "15"),
    ("anthropic", "claude-3-haiku", "0.25", "1.25"),
    ("cerebras", "llama3.1-8b", "0.006", "0.006"),
)

ENTRIES: tuple[PriceOverride, ...] = tuple(
    PriceOverride(
        model=model,
        provider=provider,
        units={"input": nano(given), "output": nano(output)},
        origin="classic book",
    )
    for provider, model, given, output in _LIST
)
"""The list as overrides of the price library."""
