"""Bars that begin where the one before ended, drawn with characters at half a cell's precision."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A range of values on so many cells."""

    low: float
    high: float
    cells: int

    def bar(self, start: float, end: float) -> str:
        """Return a bar between two values; one that is too short to be seen is half a cell."""
        first, last = sorted((self._half(start), self._half(end)))
        if first == last:
            if start == end:
                return ""
            first, last = (first, first + 1) if first < 2 * self.cells else (first - 1, first)
        left, right = first % 2, last % 2
        full = last // 2 - first // 2 - left
        return " " * (first // 2) + "▐" * left + "█" * full + "▌" * right

    def _half(self, value: float) -> int:
        span = self.high - self.low
        return round((value - self.low) / span * 2 * self.cells) if span > 0 else 0
