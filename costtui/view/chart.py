"""Charts as data: one line over time, with a threshold."""

from collections.abc import Sequence
from dataclasses import dataclass

from costtui.window import Span, widths


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over the buckets of a span, for a line chart."""

    title: str
    edges_us: tuple[int, ...]
    values: tuple[float | None, ...]
    """One per bucket; None where nothing is known."""
    threshold: float | None = None
    threshold_label: str = ""
    marks: tuple[int, ...] = ()
    """Places of the buckets that are marked as unusual."""
    open_end: bool = False
    """Whether the last value is scaled up from a bucket that is not over."""


_MIN_ELAPSED = 0.25
"""How much of a bucket must have passed before its rate is drawn."""


def per_bucket(spend_nano: Sequence[int], span: Span, now_us: int) -> tuple[float | None, ...]:
    """Return the spend of each bucket in dollars; the bucket that holds now is scaled up to its full width.

    Without that, the line would always end with a fall. Buckets in the future have no value.
    """
    values: list[float | None] = []
    for start, width, nano in zip(span.edges, widths(span), spend_nano, strict=False):
        elapsed = min((now_us - start) / width, 1.0)
        values.append(nano / 1e9 / elapsed if elapsed >= _MIN_ELAPSED else None)
    return tuple(values)


def has_open_end(span: Span, now_us: int) -> bool:
    """Return whether the last value of ``per_bucket`` is one that was scaled up."""
    return any(
        _MIN_ELAPSED <= (now_us - start) / width < 1.0
        for start, width in zip(span.edges, widths(span), strict=False)
    )


def bucket_name(span: Span) -> str:
    """Return the width of a bucket in words: ``minute``, ``5 minutes``, ``hour``."""
    minutes = (span.edges[1] - span.edges[0]) // 60_000_000
    for size, name in ((60 * 24 * 7, "week"), (60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size and minutes % size == 0:
            number = minutes // size
            return name if number == 1 else f"{number} {name}s"
    return f"{minutes} minutes"
