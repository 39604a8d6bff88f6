"""Counts out of untrusted JSON: whole, not negative and believable, or named as a problem."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

MAX_TOKENS = 10**10
"""More than this in one call is a mistake of whoever counted; no model reads a thousandth of it."""


class Counts:
    """Reads counts out of a block and notes what is wrong with them."""

    def __init__(self, block: Mapping[str, Any]) -> None:
        self._block = block
        self.problems: list[str] = []

    def first(self, paths: Iterable[str]) -> int | None:
        """Return the first count that is there."""
        for path in paths:
            if (count := self._count(path)) is not None:
                return count
        return None

    def sum(self, paths: Iterable[str]) -> int | None:
        """Return the sum of the counts that are there, None without any."""
        counts = [count for path in paths if (count := self._count(path)) is not None]
        return sum(counts) if counts else None

    def _count(self, path: str) -> int | None:
        value: Any = self._block
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return self.number(value, path)

    def number(self, value: Any, path: str) -> int | None:
        """Return a value as a count; what cannot be one is a problem and not known."""
        if value is None:
            return None
        number = _whole(value)
        if number is None or not 0 <= number <= MAX_TOKENS:
            self.problems.append(f"{path} is no number of tokens: {_shown(value)}")
            return None
        return number


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value.strip()):
        return int(value)
    return None


def _shown(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > 128:
        return "a number of astronomical size"
    return repr(str(value)[:40])
