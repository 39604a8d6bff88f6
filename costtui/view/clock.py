"""Instants as people read them, in their zone."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from costtui.format import UNKNOWN
from costtui.window import days, from_us


def clock(at_us: int | None, zone: tzinfo, now_us: int) -> str:
    """Return a time of day, with the date where it is not today's: ``14:05:07``, ``Nov 21 14:05``."""
    if at_us is None:
        return UNKNOWN
    moment, now = from_us(at_us, zone), from_us(now_us, zone)
    if moment.date() == now.date():
        return f"{moment:%H:%M:%S}"
    return f"{moment:%b %d %H:%M}" if moment.year == now.year else f"{moment:%Y-%m-%d}"


def minute(at_us: int, zone: tzinfo, now_us: int) -> str:
    """Return a time of day without seconds, with the date where it is not today's: ``15:20``, ``Nov 24 15:20``."""
    moment, now = from_us(at_us, zone), from_us(now_us, zone)
    if moment.date() == now.date():
        return f"{moment:%H:%M}"
    return f"{moment:%b %d %H:%M}" if moment.year == now.year else f"{moment:%Y-%m-%d}"


def moment(at_us: int | None, zone: tzinfo) -> str:
    """Return an instant in full: ``2026-11-22 14:05:07.123 CET``."""
    if at_us is None:
        return UNKNOWN
    at = from_us(at_us, zone)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d} {at:%Z}"


def zone_name(zone: tzinfo) -> str:
    """Return the name of a zone: ``Europe/Berlin``."""
    return str(getattr(zone, "key", None) or zone)


def start_of_day(now_us: int, zone: tzinfo) -> int:
    """Return the midnight at which a day began in its zone."""
    return days(now_us, now_us, zone)[0]


def is_zone(name: str) -> bool:
    """Return whether a zone can be found by its name; that of a machine without named zones cannot."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True
