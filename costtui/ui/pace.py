"""How often a page is drawn anew."""

from collections.abc import Callable

PACES_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between two drawings; 0: as soon as there is something new."""


class Pace:
    """Says how long the next drawing has to wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start with the fastest; ``clock`` counts seconds."""
        self._clock = clock
        self._step = 0
        self._drawn_at = 0.0

    def change(self, steps: int) -> str:
        """Draw less often by some steps, or more often by negative ones; return what is so now, in words."""
        self._step = min(max(self._step + steps, 0), len(PACES_S) - 1)
        seconds = PACES_S[self._step]
        return f"redraws at most every {seconds:g} s" if seconds else "redraws as soon as something is new"

    def wait_s(self) -> float:
        """Return how long to wait, nothing or less when it is time."""
        return self._drawn_at + PACES_S[self._step] - self._clock()

    def drawn(self) -> None:
        """Count from now."""
        self._drawn_at = self._clock()
