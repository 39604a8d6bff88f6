"""Verdicts gathered by cause: how many events, units and dollars share one explanation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

from costtui.attribution.difference import Change, Difference, Row, side_by_side
from costtui.attribution.explain import fix, why
from costtui.attribution.judge import Judgement
from costtui.attribution.sender import language
from costtui.attribution.verdicts import Note, Severity, Verdict
from costtui.attribution.witness import Instant, Tracked

_NEVER: Instant = (2**63, 0)
_WORST_FIRST = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2, Severity.OK: 3}


class Cause(NamedTuple):
    """What the events of a group share."""

    metric: str
    verdict: Verdict
    severity: Severity
    config: str
    witness: str
    detail: str
    changes: tuple[tuple[str, str, Change], ...]
    call_sites: tuple[str, ...]
    language: str


class Share:
    """The events of one context key that have one cause."""

    __slots__ = ("cost_nano", "events", "example", "first", "last", "notes", "priced", "units")

    def __init__(self, units: int = 1) -> None:
        self.events = 0
        self.cost_nano = 0
        self.priced = 0
        """Events whose dollars are known."""
        self.units = units
        self.first: Instant = _NEVER
        self.last: Instant = (-1, 0)
        self.notes: dict[Note, int] = {}
        self.example: tuple[Tracked, Judgement] | None = None

    def add(self, event: Tracked, judgement: Judgement) -> None:
        """Count one event."""
        self.events += 1
        if event.cost_nano is not None:
            self.cost_nano += event.cost_nano
            self.priced += 1
        self.first = min(self.first, event.instant)
        self.last = max(self.last, event.instant)
        for note in judgement.notes:
            self.notes[note] = self.notes.get(note, 0) + 1
        self._show((event, judgement))

    def merge(self, other: "Share", *, same_units: bool = False) -> None:
        """Add another share, of other units or of the same."""
        self._count(other, 1)
        if same_units:
            self.units -= other.units
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        if other.example:
            self._show(other.example)

    def _count(self, other: "Share", sign: int) -> None:
        self.events += sign * other.events
        self.cost_nano += sign * other.cost_nano
        self.priced += sign * other.priced
        self.units += sign * other.units
        for note, number in other.notes.items():
            self.notes[note] = self.notes.get(note, 0) + sign * number

    def _show(self, example: tuple[Tracked, Judgement]) -> None:
        """Keep the first event as the example."""
        own = self.example
        if (
            own is None
            or example[0].instant < own[0].instant
            or (example[0].instant == own[0].instant and example[0].order() < own[0].order())
        ):
            self.example = example


class Total(Share):
    """The events of all keys that have one cause, kept up to date share by share."""

    __slots__ = ("_archive", "_shares", "_stale", "cause")

    def __init__(self, cause: Cause) -> None:
        super().__init__(units=0)
        self.cause = cause
        self._archive = Share(units=0)
        self._shares: dict[str, Share] = {}
        self._stale = False

    def put(self, key: str, share: Share) -> None:
        """Add the share of a key."""
        self._shares[key] = share
        self.merge(share)

    def take(self, key: str) -> None:
        """Remove the share of a key."""
        share = self._shares.pop(key)
        self._count(share, -1)
        self._stale |= share.first <= self.first or share.last >= self.last

    def archive(self, key: str) -> None:
        """Count the share of a key for good, and forget whose it is."""
        self._archive.merge(self._shares.pop(key))

    def settle(self) -> None:
        """Find first, last and example again, where a share that had them was removed."""
        if self._stale:
            self._stale = False
            self.first, self.last, self.example = _NEVER, (-1, 0), None
            for share in (self._archive, *self._shares.values()):
                self.first = min(self.first, share.first)
                self.last = max(self.last, share.last)
                if share.example:
                    self._show(share.example)


@dataclass(frozen=True, slots=True)
class Group:
    """Events with one cause, ready to be shown."""

    metric: str
    verdict: Verdict
    severity: Severity
    events: int
    units: int
    cost_nano: int | None
    """Dollars of these events, None where the metric does not count dollars, or none of them says how many."""
    config: str
    witness: str
    differences: tuple[Difference, ...]
    """What differs, with the values of the first event."""
    notes: Mapping[Note, int]
    """Note → number of events that have it."""
    call_sites: tuple[str, ...]
    why: str
    fix: str
    first_us: int
    last_us: int
    example_units: Mapping[str, str]
    variation: str
    """What the first event's unit was served."""
    evaluated: Mapping[str, Any] | None
    """Context of the evaluation that the first event was compared with."""
    tracked: Mapping[str, Any] | None
    key: str = ""
    """The event key as it was sent."""
    id: str = ""
    """Short id of the cause: the same while events come and go."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """Both contexts of the first event, side by side."""
        return side_by_side(self.evaluated, self.tracked)


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of the metric events of a stream."""

    metric: str
    events: int
    attributed: int
    """Verdicts that are fine or a warning."""
    unattributed: int
    cannot_tell: int
    cost_nano: int | None
    unattributed_nano: int | None
    groups: tuple[Group, ...]
    """Worst first; together they hold every event."""

    def exit_code(self, *, strict: bool = False) -> int:
        """Return 0 where all is attributed, 1 where something is not, 2 where that could not be told.

        Warnings pass unless the check is strict.
        """
        if self.unattributed or (strict and any(g.severity is Severity.WARNING for g in self.groups)):
            return 1
        return 2 if self.cannot_tell or not self.events else 0


def cause_of(event: Tracked, judgement: Judgement) -> Cause:
    """Return what a judged event has in common with others."""
    sites = (judgement.evaluation_site, event.call_site)
    return Cause(
        metric=event.metric.key,
        verdict=judgement.verdict,
        severity=judgement.severity,
        config=judgement.config,
        witness=judgement.witness,
        detail=judgement.detail,
        changes=tuple((each.kind, each.attribute, each.change) for each in judgement.differences),
        call_sites=sites if any(sites) else (),
        language=language(event.sender),
    )


def group_of(cause: Cause, total: Share) -> Group:
    """Return the group of a cause, ready to be shown."""
    if total.example is None:
        raise ValueError("a group without events")
    event, judgement = total.example
    baseline = judgement.baseline
    return Group(
        metric=cause.metric,
        verdict=cause.verdict,
        severity=cause.severity,
        events=total.events,
        units=total.units,
        cost_nano=total.cost_nano if total.priced else None,
        config=cause.config,
        witness=cause.witness,
        differences=judgement.differences,
        notes={note: number for note, number in sorted(total.notes.items()) if number},
        call_sites=tuple(
            f"{role} {site}"
            for role, site in zip(("evaluated at", "tracked at"), cause.call_sites, strict=False)
            if site
        ),
        why=why(event, judgement),
        fix=fix(event, judgement, cause.language),
        first_us=total.first[0],
        last_us=total.last[0],
        example_units=event.units,
        variation=baseline.variation if baseline else "",
        evaluated=baseline.context.json if baseline and baseline.context else None,
        tracked=event.context.json if event.context else None,
        key=event.key,
        id=cause_id(cause),
    )


def cause_id(cause: Cause) -> str:
    """Return a short id of a cause."""
    return blake2b(repr(cause).encode("utf-8", "replace"), digest_size=8).hexdigest()


def report_of(metric: str, groups: Iterable[Group]) -> Report:
    """Return the report over groups, worst first: by severity, then dollars, then events."""
    found = sorted(groups, key=_badness)
    lost = [group for group in found if group.severity is Severity.ERROR]
    cost_nano = _sum(found)
    return Report(
        metric=metric,
        events=sum(group.events for group in found),
        attributed=sum(g.events for g in found if g.severity in (Severity.OK, Severity.WARNING)),
        unattributed=sum(group.events for group in found if group.severity is Severity.ERROR),
        cannot_tell=sum(group.events for group in found if group.severity is Severity.INFO),
        cost_nano=cost_nano,
        unattributed_nano=_sum(lost) if lost or cost_nano is None else 0,
        groups=tuple(found),
    )


def _sum(groups: Iterable[Group]) -> int | None:
    """Return the dollars of groups, None where those of none are known."""
    known = [group.cost_nano for group in groups if group.cost_nano is not None]
    return sum(known) if known else None


def _badness(group: Group) -> tuple[Any, ...]:
    changes = tuple((each.kind, each.attribute, each.change) for each in group.differences)
    words = (group.metric, group.verdict, group.config, group.witness, group.why, group.fix)
    return (
        *(_WORST_FIRST[group.severity], -(group.cost_nano or 0), -group.events),
        *(*words, group.call_sites, changes),
    )
