"""When a failed request is sent again, and after how long."""

from collections.abc import Callable
from email.utils import parsedate_to_datetime

RETRIED = frozenset((408, 409, 429, *range(500, 600)))
"""HTTP statuses after which the same request may succeed."""
FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 8.0
LONGEST_WAIT_S = 60.0
"""A longer ``Retry-After`` than this is an error now, not a wait."""


def delay_s(attempt: int, retry_after: str | None, now_s: float, random: Callable[[], float]) -> float | None:
    """Return how long to wait after the n-th attempt (from 1), None where the provider asks for too long.

    Without ``Retry-After`` (seconds or a date): exponential with full jitter, between half and all of 0.5 · 2ⁿ⁻¹ s, 8 s at most.
    """
    asked = retry_after_s(retry_after, now_s)
    if asked is not None:
        return asked if asked <= LONGEST_WAIT_S else None
    longest = min(FIRST_DELAY_S * 2.0 ** (attempt - 1), LONGEST_DELAY_S)
    return longest * (0.5 + random() / 2)


def retry_after_s(value: str | None, now_s: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, None where it says nothing readable."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            at_s: float = parsedate_to_datetime(value).timestamp()
            seconds = at_s - now_s
        except ValueError:
            return None
    return max(seconds, 0.0) if seconds < float("inf") else None
