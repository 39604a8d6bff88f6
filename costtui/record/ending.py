"""How a body that was timed ended: its status, its error in words, and when."""

import asyncio
from time import monotonic_ns, time_ns

from costtui.facts import Status

_ERROR_LENGTH = 500


class Stopwatch:
    """The wall-clock time of a start, and a present that never lies before it whatever the clock does."""

    def __init__(self) -> None:
        self.started_us = time_ns() // 1000
        self._started_ns = monotonic_ns()

    def now_us(self) -> int:
        """Return the start and the time that has passed since, in UTC microseconds."""
        return self.started_us + (monotonic_ns() - self._started_ns) // 1000


def outcome(error: BaseException | None) -> Status:
    """Return how a body ended that raised this error, or none."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return Status.OK
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt | GeneratorExit):
        return Status.CANCELLED
    return Status.ERROR


def in_words(error: BaseException | None) -> str:
    """Return an error as its type and message, cut to a readable length."""
    return "" if error is None else f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
