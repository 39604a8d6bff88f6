"""Time windows: named or custom, in a time zone, cut into buckets."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

MINUTE_US = 60_000_000
QUARTER_US = 15 * MINUTE_US
HOUR_US = 60 * MINUTE_US
SIX_HOURS_US = 6 * HOUR_US
DAY_US = 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that ends now, or lies between two instants."""

    name: str
    """``15m`` … ``30d``, ``all``, or ``START..END`` as the user gave it."""
    length_us: int | None = None
    """None: everything there is, or a custom range."""
    step_us: int = DAY_US
    """Width of a bucket; the start is aligned to it."""
    start_us: int | None = None
    end_us: int | None = None

    @property
    def title(self) -> str:
        """The window in words."""
        if self.length_us is not None:
            return f"last {self.name[:-1]} {self.name[-1]}"
        return "all time" if self.name == "all" else self.name


@dataclass(frozen=True, slots=True)
class Span:
    """A window at a certain instant: from ``edges[0]`` (inclusive) to ``edges[-1]`` (exclusive)."""

    edges: tuple[int, ...]
    """Ascending instants in µs: the borders of the buckets; each is a whole UTC minute."""

    @property
    def start_us(self) -> int:
        """First instant inside."""
        return self.edges[0]

    @property
    def end_us(self) -> int:
        """First instant after."""
        return self.edges[-1]

    @property
    def buckets(self) -> int:
        """How many buckets there are."""
        return len(self.edges) - 1


def _named(name: str, length_us: int, step_us: int) -> Window:
    return Window(name, length_us, step_us)


WINDOWS: tuple[Window, ...] = (
    _named("15m", QUARTER_US, MINUTE_US),
    _named("1h", HOUR_US, MINUTE_US),
    _named("6h", SIX_HOURS_US, 5 * MINUTE_US),
    _named("24h", DAY_US, QUARTER_US),
    _named("7d", 7 * DAY_US, HOUR_US),
    _named("30d", 30 * DAY_US, SIX_HOURS_US),
    Window("all"),
)
"""The windows on offer, narrow to wide."""

_MAX_BUCKETS = 200


def parse_window(text: str, zone: tzinfo) -> Window:
    """Return the window named by ``6h``, ``all``, or ``2026-11-01..2026-11-15`` (dates or ISO times in a zone).

    A custom range includes its last day. Raises ValueError with a message for people.
    """
    for window in WINDOWS:
        if window.name == text.strip().lower():
            return window
    first, separator, last = text.partition("..")
    if not separator:
        names = ", ".join(window.name for window in WINDOWS)
        raise ValueError(
            f"no window {text!r}: use one of {names}, or START..END such as 2026-11-01..2026-11-15"
        )
    start, end = _instant(first, zone, last_of_day=False), _instant(last, zone, last_of_day=True)
    if end <= start:
        raise ValueError(f"the window {text!r} ends before it starts")
    return Window(text.strip(), None, _fitting_step(end - start), start, end)


def resolve(window: Window, now_us: int, first_us: int | None) -> Span:
    """Return what a window covers now; ``first_us`` is the oldest record, where everything starts.

    The start is aligned to the bucket, so that a window moves on by whole buckets; the last bucket holds now.
    """
    if window.start_us is not None and window.end_us is not None:
        return _span(window.start_us, window.end_us, window.step_us)
    if window.length_us is not None:
        end = (now_us // window.step_us + 1) * window.step_us
        return _span(end - window.length_us - window.step_us, end, window.step_us)
    start = min(now_us if first_us is None else first_us, now_us)
    step = _fitting_step(now_us - start)
    return _span(start // step * step, (now_us // step + 1) * step, step)


def days(start_us: int, end_us: int, zone: tzinfo) -> tuple[int, ...]:
    """Return the borders of the calendar days in a zone that a range touches (23 and 25 hour days too)."""
    day = datetime.fromtimestamp(start_us / 1e6, zone).date()
    edges: list[int] = []
    while not edges or edges[-1] < end_us:
        edges.append(to_us(datetime(day.year, day.month, day.day, tzinfo=zone)))
        day += timedelta(days=1)
    return tuple(edges)


def to_us(moment: datetime) -> int:
    """Return an aware moment as integer UTC microseconds."""
    delta = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_us(instant_us: int, zone: tzinfo = UTC) -> datetime:
    """Return integer UTC microseconds as an aware moment, at the ends of the calendar where it is beyond them."""
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant_us)).astimezone(zone)
    except OverflowError:
        return datetime(1, 1, 2, tzinfo=zone) if instant_us < 0 else datetime(9999, 12, 30, tzinfo=zone)


def _span(start_us: int, end_us: int, step_us: int) -> Span:
    edges = [*range(start_us, end_us, step_us), end_us]
    return Span(tuple(edges))


def _fitting_step(length_us: int) -> int:
    for step in (MINUTE_US, 5 * MINUTE_US, QUARTER_US, HOUR_US, SIX_HOURS_US, DAY_US, 7 * DAY_US):
        if length_us <= step * _MAX_BUCKETS:
            return step
    return -(-length_us // (_MAX_BUCKETS * DAY_US)) * DAY_US


def _instant(text: str, zone: tzinfo, *, last_of_day: bool) -> int:
    text = text.strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"not a date or ISO time: {text!r}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    if last_of_day and len(text) <= len("2026-11-15"):
        moment += timedelta(days=1)
    return to_us(moment) // MINUTE_US * MINUTE_US


def widths(span: Span) -> tuple[int, ...]:
    """Return the width of each bucket in µs."""
    return tuple(right - left for left, right in pairwise(span.edges))


def covered(intervals: Sequence[tuple[int, int]], start: int, end: int) -> int:
    """Return how much of a stretch of time is covered by the intervals that begin in it; they must be sorted."""
    total, reached = 0, start
    first, last = bisect_left(intervals, (start,)), bisect_left(intervals, (end,))
    for left, right in intervals[first:last]:
        left, right = max(left, reached), min(right, end)
        if right > left:
            total += right - left
            reached = right
    return total
