"""Where the time labels of an axis stand, and what they say."""

from datetime import datetime, timedelta, tzinfo

from costtui.window import DAY_US, HOUR_US, MINUTE_US, from_us, to_us

_STEPS = (
    *(minutes * MINUTE_US for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR_US for hours in (1, 2, 3, 6, 12)),
    *(days * DAY_US for days in (1, 2, 7, 14, 30, 60, 90, 180, 365, 730, 3650)),
)


def time_ticks(start_us: int, end_us: int, zone: tzinfo, width: int) -> list[tuple[int, str]]:
    """Return (cell, label) of round local times on an axis of a width; labels never touch each other."""
    length = end_us - start_us
    if width < 1 or length <= 0:
        return []
    step = next((step for step in _STEPS if width * step / length >= (9 if step < DAY_US else 10)), 0)
    if not step:
        return []
    ticks: list[tuple[int, str]] = []
    free = 0
    for instant in _round_times(start_us, end_us, zone, step):
        cell = int((instant - start_us) * width // length)
        label = _label(from_us(instant, zone), step, length)
        if cell >= free and cell + len(label) <= width:
            ticks.append((cell, label))
            free = cell + len(label) + 1
    return ticks


def _round_times(start_us: int, end_us: int, zone: tzinfo, step: int) -> list[int]:
    """Return whole days of the calendar, or round times of the local clock, inside a range."""
    times: list[int] = []
    day = from_us(start_us, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    while to_us(day.replace(tzinfo=zone)) < end_us:
        times += [
            to_us((day + timedelta(microseconds=since)).replace(tzinfo=zone))
            for since in range(0, DAY_US, step)
        ]
        day += timedelta(days=max(step // DAY_US, 1))
    return [instant for instant in times if start_us <= instant < end_us]


def _label(moment: datetime, step: int, length: int) -> str:
    if step >= 30 * DAY_US:
        return moment.strftime("%Y-%m")
    if step >= DAY_US or (moment.hour == 0 and moment.minute == 0 and length > DAY_US // 2):
        return f"{moment:%b} {moment.day}"
    return moment.strftime("%H:%M")
