"""Metric events in the sums of their units: judged by the debugger's rules, and again when more is known."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from costtui.attribution.evidence import Evidence
from costtui.attribution.experiment.units import STANDING, Standing, Tally
from costtui.attribution.judge import judge
from costtui.attribution.verdicts import Metric
from costtui.attribution.witness import Tracked
from costtui.facts import MetricEvent

_NEAR_US = 1_000_000
"""Two witnesses give one event times that are no further apart."""
_SILENCE_US = 30_000_000
"""An event that the plugin saw and that the wire has not shown after this time was not delivered."""

_MOST_MOMENTS = 2_000
"""Events of the wire that the plugin may yet show as well."""

_Signature = tuple[str, str, tuple[tuple[str, str], ...]]


class Booking:
    """An event that is in the sums of a unit, and may be moved."""

    __slots__ = ("declared", "event", "open", "place", "signature", "undelivered")

    def __init__(self, event: Tracked, declared: str, signature: _Signature) -> None:
        self.event = event
        self.declared = declared
        self.signature = signature
        """What two witnesses of one event agree in."""
        self.place: tuple[Tally, str, Standing] | None = None
        """Experiment, key of the unit, and standing under which it is counted; None: under none."""
        self.undelivered = event.delivered is False
        self.open = True
        """Whether it may still be judged anew."""


class Bookings:
    """Judges events and keeps those that do not count at hand, to judge them again: so many of the newest."""

    def __init__(
        self, evidence: Evidence, tally_of: Callable[[str, Tracked], Tally | None], limit: int
    ) -> None:
        self._evidence = evidence
        self._tally_of = tally_of
        self._limit = limit
        self._open: deque[Booking] = deque()
        self._by_key: dict[str, list[Booking]] = {}
        self._version: object = None
        self._plugin: dict[_Signature, list[Booking]] = {}
        """Events of the plugin that the wire has not confirmed."""
        self._wire: deque[tuple[int, _Signature]] = deque(maxlen=_MOST_MOMENTS)
        """Events of the wire of the last moments, which the plugin may have seen as well."""
        self._wire_until: dict[str, int] = {}

    def add(self, event: MetricEvent, metric: Metric, typo: bool) -> None:
        """Judge an event and count it; one that was counted as another witness saw it is not counted again."""
        signature = event.key, repr(event.value), tuple(sorted(event.units.items()))
        tracked = Tracked(event, metric, typo, self._evidence.contexts.know(event.context))
        if self._is_known(tracked, signature):
            return
        booking = Booking(tracked, event.variation_key, signature)
        self._book(booking)
        if event.witness == "plugin":
            self._plugin.setdefault(signature, []).append(booking)
        if event.witness == "plugin" or booking.place is None or booking.place[2] is not Standing.COUNTS:
            self._keep(booking)

    def settle(self, touched: Iterable[str]) -> None:
        """Judge again what may have become better known: events of these keys, or all where the rules have shifted."""
        version = self._evidence.version
        if version != self._version:
            self._version = version
            again = list(self._open)
        else:
            again = [booking for key in touched for booking in self._by_key.get(key, ())]
        for booking in again:
            if booking.open:
                self._book(booking)
        self._give_up()

    def keep(self, keeps: Callable[[Mapping[str, str]], bool]) -> None:
        """Forget the events whose units are not kept any more."""
        for booking in self._open:
            booking.open = keeps(booking.event.units)
        self._open = deque(booking for booking in self._open if booking.open)
        self._by_key.clear()
        for booking in self._open:
            self._index(booking)
        kept = {name: [one for one in found if one.open] for name, found in self._plugin.items()}
        self._plugin = {name: found for name, found in kept.items() if found}

    def _book(self, booking: Booking) -> None:
        event = booking.event
        found = judge(event, self._evidence, undelivered=booking.undelivered)
        tally = self._tally_of(found.config, event)
        if booking.place is not None:
            earlier, key, standing = booking.place
            if key in earlier.units:
                earlier.units[key].count(booking.declared, standing, event.cost_nano, -1)
        if tally is None:
            booking.place = None
            return
        key = event.units.get(tally.unit_kind) or next(iter(event.units.values()))
        standing = STANDING[found.severity]
        if not booking.declared and found.baseline is not None:
            booking.declared = found.baseline.variation
        booking.place = tally, key, standing
        tally.saw(event.instant[0])
        tally.unit(key).count(booking.declared, standing, event.cost_nano)

    def _keep(self, booking: Booking) -> None:
        self._open.append(booking)
        self._index(booking)
        if len(self._open) > self._limit:
            oldest = self._open.popleft()
            oldest.open = False
            self._confirm(oldest)
            for key in set(oldest.event.units.values()):
                kept = [one for one in self._by_key.get(key, ()) if one.open]
                if kept:
                    self._by_key[key] = kept
                else:
                    self._by_key.pop(key, None)

    def _index(self, booking: Booking) -> None:
        for key in set(booking.event.units.values()):
            self._by_key.setdefault(key, []).append(booking)

    def _confirm(self, booking: Booking) -> None:
        """Wait for the wire no longer."""
        waiting = self._plugin.get(booking.signature, [])
        if booking in waiting:
            waiting.remove(booking)
            if not waiting:
                del self._plugin[booking.signature]

    def _is_known(self, event: Tracked, signature: _Signature) -> bool:
        """Return whether an event was counted already, as the other witness saw it or as the plugin's first word.

        Of both, what the wire saw counts.
        """
        at_us = event.instant[0]
        if event.witness != "plugin":
            until = self._wire_until.get(event.environment, 0)
            self._wire_until[event.environment] = max(at_us, until)
            first = self._taken(signature, at_us)
            if first is None:
                self._wire.append((at_us, signature))
                return False
            first.event = event
            self._book(first)
            return True
        first = self._taken(signature, at_us) if event.delivered is not None else None
        if first is not None:
            first.undelivered = event.delivered is False
            self._book(first)
            return True
        for place, (seen_us, other) in enumerate(self._wire):
            if other == signature and abs(seen_us - at_us) <= _NEAR_US:
                del self._wire[place]
                return True
        return False

    def _give_up(self) -> None:
        """Count as not delivered what the wire should have shown by now."""
        for booking in [one for waiting in self._plugin.values() for one in waiting]:
            until = self._wire_until.get(booking.event.environment, 0)
            if until > booking.event.instant[0] + _SILENCE_US:
                self._confirm(booking)
                booking.undelivered = True
                self._book(booking)

    def _taken(self, signature: _Signature, at_us: int) -> Booking | None:
        """Return what waits for an event of this time, and let it wait no longer."""
        for booking in self._plugin.get(signature, ()):
            if abs(booking.event.instant[0] - at_us) <= _NEAR_US:
                self._confirm(booking)
                return booking
        return None
