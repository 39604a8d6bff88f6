"""Timestamps as other systems write them: naive local ISO, ISO with a zone, or seconds since 1970."""

from datetime import datetime, tzinfo

from costtui.window import to_us

_HOUR = len("2026-11-01T02")


class Clock:
    """Reads the timestamps of one table in the order of its rows.

    The hour that a zone lives twice in autumn is told apart by that order: once a time lies before the one
    above it, the rest of that hour is the second one.
    """

    def __init__(self, zone: tzinfo) -> None:
        """Read naive times in a zone."""
        self.last_us: int | None = None
        """The instant that was read last."""
        self._zone = zone
        self._hours: dict[str, bool] = {}
        self._last = datetime.min  # noqa: DTZ901 - compared with naive times only
        self._second = False

    def read(self, value: object) -> int | None:
        """Return an instant in UTC microseconds, None where the value is no time."""
        at_us = _epoch(value) if isinstance(value, int | float) else self._iso(str(value).strip())
        self.last_us = self.last_us if at_us is None else at_us
        return at_us

    def _iso(self, text: str) -> int | None:
        try:
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is not None:
                return to_us(moment)
            return to_us(moment.replace(tzinfo=self._zone, fold=self._fold(moment)))
        except (ValueError, OverflowError):
            return None

    def _fold(self, moment: datetime) -> int:
        hour = moment.isoformat()[:_HOUR]
        twice = self._hours.get(hour)
        if twice is None:
            twice = self._hours[hour] = self._is_twice(moment)
        if not twice:
            self._second = False
        elif moment < self._last:
            self._second = True
        self._last = moment
        return int(self._second)

    def _is_twice(self, moment: datetime) -> bool:
        first, second = (moment.replace(tzinfo=self._zone, fold=fold).utcoffset() for fold in (0, 1))
        return first is not None and second is not None and first > second


def _epoch(value: float) -> int | None:
    """Return seconds, milliseconds or microseconds since 1970, told apart by their size, as microseconds."""
    for limit, factor in ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1)):
        if 0 < value < limit:
            return int(value * factor)
    return None
