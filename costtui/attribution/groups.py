"""Verdicts gathered by cause: how many events, units and dollars share one explanation."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from costtui.attribution.difference import Change, Difference, Row, side_by_side
from costtui.attribution.explain import fix, why
from costtui.attribution.judge import Judgement
from costtui.attribution.sender import language
from costtui.attribution.verdicts import Note, Severity, Verdict
from costtui.attribution.witness import Instant, Tracked

_WORST_FIRST = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2, Severity.OK: 3}


@dataclass(frozen=True, slots=True)
class Cause:
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


@dataclass(slots=True)
class Share:
    """The events of one context key that have one cause."""

    events: int = 0
    cost_nano: int = 0
    priced: int = 0
    first: Instant = (2**63, 0)
    last: Instant = (-1, 0)
    units: int = 1
    notes: Counter[Note] = field(default_factory=Counter)
    example: tuple[Tracked, Judgement] | None = None

    def add(self, event: Tracked, judgement: Judgement) -> None:
        """Count one event."""
        self.events += 1
        if event.cost_nano is not None:
            self.cost_nano += event.cost_nano
            self.priced += 1
        if self.example is None or event.order() < self.example[0].order():
            self.example = event, judgement
        self.first = min(self.first, event.instant)
        self.last = max(self.last, event.instant)
        self.notes.update(judgement.notes)

    def merge(self, other: "Share") -> None:
        """Add another share; units are counted by whoever knows whether they are the same."""
        self.events += other.events
        self.cost_nano += other.cost_nano
        self.priced += other.priced
        self.first = min(self.first, other.first)
        self.last = max(self.last, other.last)
        self.notes.update(other.notes)
        if other.example and (self.example is None or other.example[0].order() < self.example[0].order()):
            self.example = other.example


@dataclass(frozen=True, slots=True)
class Group:
    """Events with one cause, ready to be shown."""

    metric: str
    verdict: Verdict
    severity: Severity
    events: int
    units: int
    cost_nano: int | None
    """Dollars of these events, None where the metric does not count dollars."""
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


def group_of(cause: Cause, shares: Iterable[Share]) -> Group:
    """Return the group of a cause from the shares of all keys."""
    total = Share(units=0)
    for share in shares:
        total.merge(share)
        total.units += share.units
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
        cost_nano=total.cost_nano if event.metric.is_cost else None,
        config=cause.config,
        witness=cause.witness,
        differences=judgement.differences,
        notes=dict(sorted(total.notes.items())),
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
        evaluated=baseline.context if baseline else None,
        tracked=event.context,
        key=event.key,
    )


def report_of(metric: str, groups: Iterable[Group]) -> Report:
    """Return the report over groups, worst first: by severity, then dollars, then events."""
    found = sorted(groups, key=_badness)
    dollars = [group.cost_nano for group in found if group.cost_nano is not None]
    lost = [g.cost_nano for g in found if g.severity is Severity.ERROR and g.cost_nano is not None]
    return Report(
        metric=metric,
        events=sum(group.events for group in found),
        attributed=sum(g.events for g in found if g.severity in (Severity.OK, Severity.WARNING)),
        unattributed=sum(group.events for group in found if group.severity is Severity.ERROR),
        cannot_tell=sum(group.events for group in found if group.severity is Severity.INFO),
        cost_nano=sum(dollars) if dollars else None,
        unattributed_nano=sum(lost) if dollars else None,
        groups=tuple(found),
    )


def _badness(group: Group) -> tuple[Any, ...]:
    changes = tuple((each.kind, each.attribute, each.change) for each in group.differences)
    words = (group.metric, group.verdict, group.config, group.witness, group.why, group.fix)
    return (
        *(_WORST_FIRST[group.severity], -(group.cost_nano or 0), -group.events),
        *(*words, group.call_sites, changes),
    )
