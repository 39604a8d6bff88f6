"""Labelled facts in sections, for the pages of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and what is known."""

    label: str
    value: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Facts that belong together."""

    title: str
    pairs: tuple[Pair, ...]


def known(*pairs: tuple[str, str]) -> tuple[Pair, ...]:
    """Return the pairs that have a value."""
    return tuple(Pair(label, value) for label, value in pairs if value)
