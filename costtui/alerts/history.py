"""What calls of each node cost hour by hour: past hours are read a few at a time, and kept."""

from collections.abc import Mapping

from costtui.alerts.measures import levels
from costtui.analysis.anomalies import Level
from costtui.reading import Reader
from costtui.window import HOUR_US, MINUTE_US, Span

HOURS = 48
"""How far back a node's usual cost is looked for."""


class NodeHistory:
    """The full hours before the last sixty minutes."""

    def __init__(self) -> None:
        """Start without any hour."""
        self._hours: dict[int, Mapping[str, Level]] = {}
        self._outdated: set[int] = set()
        self._wanted = range(0)

    @property
    def complete(self) -> bool:
        """Whether every hour has been read."""
        return all(hour in self._hours for hour in self._wanted)

    def outdate(self) -> None:
        """Read every hour again, in time: stored calls have changed."""
        self._outdated = set(self._hours)

    def read(self, reader: Reader, now_us: int, first_us: int | None, most: int) -> None:
        """Read up to so many hours that are missing or outdated, the latest first. Raises StoreError."""
        end = (now_us - HOUR_US) // HOUR_US
        start = end - HOURS if first_us is None else max(end - HOURS, first_us // HOUR_US)
        self._wanted = range(min(start, end), end)
        self._hours = {hour: self._hours[hour] for hour in self._wanted if hour in self._hours}
        self._outdated &= self._hours.keys()
        missing = [hour for hour in reversed(self._wanted) if hour not in self._hours]
        for hour in (missing + sorted(self._outdated))[:most]:
            self._hours[hour] = levels(reader.totals(Span((hour * HOUR_US, (hour + 1) * HOUR_US))).series)
            self._outdated.discard(hour)

    def by_node(self) -> dict[str, list[Level]]:
        """Return the hours of each node, oldest first."""
        found: dict[str, list[Level]] = {}
        for hour in self._wanted:
            for node, level in self._hours.get(hour, {}).items():
                found.setdefault(node, []).append(level)
        return found


def last_hour(reader: Reader, now_us: int) -> dict[str, Level]:
    """Return what each node's calls cost in the last sixty minutes. Raises StoreError."""
    end = -(-now_us // MINUTE_US) * MINUTE_US
    return levels(reader.totals(Span((end - HOUR_US, end))).series)
