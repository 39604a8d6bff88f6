"""The attribution page: which metric events count in an experiment, and for what reasons others do not."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from costtui.attribution.difference import Change, Difference
from costtui.attribution.explain import NOTES
from costtui.attribution.export import group_json
from costtui.attribution.groups import Group, Report
from costtui.attribution.verdicts import Severity
from costtui.filter import Filter, parse_filter
from costtui.format import UNKNOWN, count, money, percent
from costtui.money import usd
from costtui.view.clock import clock, start_of_day
from costtui.view.empty import nothing_passes
from costtui.view.headline import Figure, counting_tone
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target

TONES = {Severity.ERROR: "error", Severity.WARNING: "warn", Severity.INFO: "accent", Severity.OK: "ok"}
MARKS = {Severity.ERROR: "✗", Severity.WARNING: "▲", Severity.INFO: "?", Severity.OK: "✓"}
CHANGES = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "≠", Change.RETYPED: "≠"}

HOW_TO = """\
No metric events are recorded in this store yet.
This page says which of them count in a LaunchDarkly experiment, and why others do not.

Any SDK, any language: run  costtui tap STORE  and give the SDK its address:
    Config(sdk_key, events_uri="http://127.0.0.1:8077")
Python, with source lines: Config(sdk_key, plugins=[AttributionPlugin("STORE")])
    from costtui.launchdarkly import AttributionPlugin
Or fire one event yourself: key 8, Try. Captured files: costtui check --payloads DIR"""
"""What an empty page says."""


@dataclass(frozen=True, slots=True)
class Line:
    """A group, and what its share and times are written with."""

    group: Group
    events: int
    """All metric events."""
    zone: tzinfo
    today_us: int


def verdict_text(group: Group) -> str:
    """Return a verdict in words, with a mark for how bad it is."""
    return f"{MARKS[group.severity]} {group.verdict.value.replace('_', ' ')}"


def change_text(each: Difference) -> str:
    """Return a difference as mark and name: ``+user``, ``≠org.plan``."""
    name = each.attribute if each.kind == "user" and each.attribute else f"{each.kind} {each.attribute}"
    return f"{CHANGES[each.change]}{name.strip()}"


def reason_text(group: Group) -> str:
    """Return what differs, else the sentence that says why."""
    return " ".join(map(change_text, group.differences)) or group.why


def _dollars(nano: int | None) -> float | None:
    return None if nano is None else float(usd(nano))


TABLE: Table[Line] = Table(
    Field(
        "verdict",
        "verdict",
        20,
        lambda line: line.group.verdict.value,
        lambda line: verdict_text(line.group),
        lambda line: TONES[line.group.severity],
        align="left",
        help="✓ counts, ▲ may not, ✗ does not, ? cannot be told",
    ),
    Field(
        "metric",
        "metric",
        20,
        lambda line: line.group.metric,
        None,
        align="left",
        priority=2,
        help="event key",
    ),
    Field("events", "events", 6, lambda line: line.group.events, None, help="metric events with this cause"),
    Field(
        "units",
        "units",
        5,
        lambda line: line.group.units,
        None,
        "muted",
        priority=3,
        help="context keys that sent them",
    ),
    Field(
        "share",
        "share",
        6,
        lambda line: line.group.events / line.events if line.events else None,
        lambda line: percent(line.group.events, line.events),
        "muted",
        priority=3,
        help="of all metric events",
    ),
    Field(
        "cost",
        "cost",
        8,
        lambda line: _dollars(line.group.cost_nano),
        lambda line: money(line.group.cost_nano),
        "money",
        name="cost_usd",
        help="dollars that these events report; – where the metric counts none",
    ),
    Field(
        "config",
        "config",
        14,
        lambda line: line.group.config,
        lambda line: line.group.config or UNKNOWN,
        align="left",
        priority=1,
        help="flag or AI Config that they are about",
    ),
    Field(
        "reason",
        "differs, or why",
        0,
        lambda line: reason_text(line.group),
        None,
        align="left",
        help="attributes that differ between evaluation and track(), + added, - removed, ≠ changed; else the reason",
    ),
    Field(
        "last",
        "last",
        12,
        lambda line: line.group.last_us,
        lambda line: clock(line.group.last_us, line.zone, line.today_us),
        "muted",
        priority=4,
        name="last_us",
        help="newest event",
    ),
)
"""Columns of the attribution page."""


@dataclass(frozen=True, slots=True)
class AttributionPage:
    """Verdicts as groups by cause, the worst first."""

    headline: tuple[Figure, ...]
    table: tuple[Row, ...]
    total: int
    """Groups before filtering."""
    empty: str
    groups: tuple[Group, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return the groups as plain values, with why and fix."""
        return [{"key": group.id, "metric": group.metric, **group_json(group)} for group in self.groups]

    def in_full(self, key: str | None) -> str:
        """Return why a group has its verdict, where it comes from and what to change; empty for a key that is gone."""
        group = next((each for each in self.groups if each.id == key), None)
        if group is None:
            return ""
        notes = [f"{count(number)}: {NOTES[note]}" for note, number in group.notes.items()]
        parts = (group.why, "\n".join(group.call_sites), group.fix, "\n".join(notes))
        return "\n\n".join(part for part in parts if part)

    def target(self, key: str) -> Target:
        """Return what Enter on a group opens."""
        return Target("evidence", key)


@dataclass(frozen=True, slots=True)
class AttributionRequest:
    """The verdicts on everything that is stored, whatever the window: an exposure counts for later events."""

    filter: str = ""

    def build(self, sources: Sources) -> AttributionPage:
        """Return the page. Raises StoreError."""
        where = parse_filter(self.filter)
        report = sources.attribution.report if sources.attribution is not None else None
        if report is None or not report.groups:
            return AttributionPage((), (), 0, HOW_TO, ())
        lines = [
            Line(group, report.events, sources.zone, start_of_day(sources.now_us, sources.zone))
            for group in report.groups
        ]
        shown = TABLE.passing(lines, where)
        return AttributionPage(
            headline=headline(report),
            table=tuple(TABLE.row(line.group.id, line) for line in shown),
            total=len(lines),
            empty=_hidden(where, len(lines)),
            groups=tuple(line.group for line in shown),
        )


def headline(report: Report) -> tuple[Figure, ...]:
    """Return how many events count, may not, do not; and the dollars."""
    warned = sum(group.events for group in report.groups if group.severity is Severity.WARNING)
    clean, lost, unsure = report.attributed - warned, report.unattributed, report.cannot_tell
    figures = [
        Figure(
            "attributed",
            percent(clean, report.events),
            _of(clean, report.events),
            counting_tone(clean / report.events) if report.events else "",
        ),
        Figure("doubtful", count(warned), "contexts differ" if warned else "", "warn" if warned else ""),
        Figure("not attributed", count(lost), "events" if lost else "", "error" if lost else "ok"),
        Figure("cannot tell", count(unsure), "", "accent" if unsure else ""),
    ]
    if report.cost_nano is not None:
        missing = f"{money(report.unattributed_nano)} missing" if report.unattributed_nano else ""
        figures.append(Figure("tracked", money(report.cost_nano), missing, "money"))
    return tuple(figures)


def unattributed(sources: Sources) -> tuple[Figure, ...]:
    """Return the figure for other pages: events that do not count, or may not; none where nothing was tracked."""
    report = sources.attribution.report if sources.attribution is not None else None
    if report is None or not report.events:
        return ()
    warned = sum(group.events for group in report.groups if group.severity is Severity.WARNING)
    of = f"of {count(report.events)} events"
    if report.unattributed:
        return (Figure("unattributed", count(report.unattributed), of, "error"),)
    if warned:
        return (Figure("unattributed", "0", f"{count(warned)} doubtful", "warn"),)
    return (Figure("unattributed", "0", of, "ok"),)


def _of(part: int, whole: int) -> str:
    return f"{count(part)} of {count(whole)}"


def _hidden(where: Filter, total: int) -> str:
    return nothing_passes("cause", total, where, TABLE.names) if where else ""
