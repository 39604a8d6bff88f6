"""One tracked event that both witnesses saw is one event: the plugin's record and the wire's belong together."""

from collections.abc import Iterator, Sequence
from copy import copy

from costtui.attribution.witness import Tracked

_NEAR_US = 1_000_000


def paired(events: Sequence[Tracked]) -> Iterator[tuple[Tracked, bool]]:
    """Return each event once, and whether it is one that only the plugin saw.

    What the wire saw counts, with the source line that the plugin knows. Equal events pair in the order of their times.
    """
    if all(event.witness != "plugin" for event in events):
        yield from ((event, False) for event in events)
        return
    ordered = sorted(events, key=Tracked.order)
    wire = [event for event in ordered if event.witness != "plugin"]
    taken: set[int] = set()
    sites: dict[int, Tracked] = {}
    for event in ordered:
        if event.witness == "plugin":
            match = next((i for i, other in enumerate(wire) if i not in taken and _same(event, other)), None)
            if match is None:
                yield event, True
            else:
                taken.add(match)
                sites[match] = event
    for index, event in enumerate(wire):
        yield (_with_site(event, sites[index]) if index in sites else event), False


def _same(one: Tracked, other: Tracked) -> bool:
    return (
        one.key == other.key
        and abs(one.instant[0] - other.instant[0]) <= _NEAR_US
        and repr(one.value) == repr(other.value)
        and one.units == other.units
    )


def _with_site(event: Tracked, seen: Tracked) -> Tracked:
    both = copy(event)
    both.call_site = seen.call_site
    if both.context is None:
        both.context = seen.context
    return both
