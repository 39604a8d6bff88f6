"""The page of one cause: two contexts attribute by attribute, what happened, who says so, why, and the fix."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from costtui.attribution.difference import Change
from costtui.attribution.difference import Row as Side
from costtui.attribution.explain import NOTES, name_units
from costtui.attribution.export import group_json
from costtui.attribution.groups import Group
from costtui.attribution.history import Moment
from costtui.attribution.served import served
from costtui.attribution.verdicts import Severity
from costtui.attribution.witness import primary_key
from costtui.format import count, money
from costtui.view.attribution import CHANGES, MARKS, TONES, verdict_text
from costtui.view.clock import clock, moment, start_of_day
from costtui.view.detail import Section, known
from costtui.view.headline import Figure
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target

MOMENTS = 200
"""Evaluations and events of one context key that are shown, the newest."""

_TONES = {Change.ADDED: "ok", Change.REMOVED: "error", Change.CHANGED: "warn", Change.RETYPED: "warn"}


def _tone(side: Side) -> str:
    return _TONES[side.change] if side.change else "muted"


SIDES: Table[Side] = Table(
    Field(
        "change",
        "",
        9,
        lambda side: side.change.value if side.change else "",
        lambda side: f"{CHANGES[side.change]} {side.change.value}" if side.change else "",
        _tone,
        align="left",
        help="how the tracked context differs from the evaluated one",
    ),
    Field(
        "kind",
        "kind",
        12,
        lambda side: side.kind,
        None,
        "muted",
        align="left",
        priority=1,
        help="context kind",
    ),
    Field(
        "attribute",
        "attribute",
        16,
        lambda side: side.attribute,
        None,
        align="left",
        help="its name, or path",
    ),
    Field(
        "evaluated",
        "evaluated with",
        0,
        lambda side: side.evaluated or "–",
        None,
        _tone,
        align="left",
        help="value at variation()",
    ),
    Field(
        "tracked",
        "tracked with",
        0,
        lambda side: side.tracked or "–",
        None,
        _tone,
        align="left",
        help="value at track()",
    ),
)
"""Columns of two contexts side by side."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An evaluation or metric event, and what its time is written with."""

    moment: Moment
    zone: tzinfo
    today_us: int

    @property
    def what(self) -> str:
        """In words."""
        if self.moment.verdict is not None:
            return "tracked"
        return "exposed" if self.moment.in_experiment else "evaluated"

    @property
    def verdict(self) -> str:
        """Of a metric event."""
        found = self.moment.verdict
        return "" if found is None else f"{MARKS[self.moment.severity]} {found.value.replace('_', ' ')}"


EVENTS: Table[Happened] = Table(
    Field(
        "time",
        "time",
        12,
        lambda it: it.moment.at_us,
        lambda it: clock(it.moment.at_us, it.zone, it.today_us),
        "muted",
        align="left",
        name="at_us",
        help="when",
    ),
    Field(
        "what",
        "what",
        9,
        lambda it: it.what,
        None,
        lambda it: "accent" if it.moment.verdict is None else "",
        align="left",
        help="*exposed* (evaluated in the experiment), *evaluated* or *tracked*",
    ),
    Field(
        "name",
        "flag or event",
        22,
        lambda it: it.moment.name,
        None,
        align="left",
        help="flag key or event key",
    ),
    Field(
        "value",
        "served, or value",
        16,
        lambda it: it.moment.text,
        None,
        align="left",
        priority=1,
        help="variation that was served, or metric value",
    ),
    Field(
        "verdict",
        "verdict",
        20,
        lambda it: it.verdict,
        None,
        lambda it: TONES[it.moment.severity] if it.moment.verdict else "",
        align="left",
        help="of a metric event",
    ),
    Field(
        "witness",
        "witness",
        8,
        lambda it: it.moment.witness,
        None,
        "muted",
        align="left",
        priority=2,
        help="who saw it: an event on the wire, or the plugin in the process",
    ),
    Field(
        "site",
        "line",
        0,
        lambda it: it.moment.call_site,
        None,
        "muted",
        align="left",
        priority=3,
        help="file:line",
    ),
)
"""Columns of what happened to a context key."""


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """One cause with its evidence, or the reason why there is none."""

    missing: str
    headline: tuple[Figure, ...] = ()
    sides: tuple[Row, ...] = ()
    why: str = ""
    fix: str = ""
    sections: tuple[Section, ...] = ()
    events_title: str = ""
    events: tuple[Row, ...] = ()
    group: Group | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return the cause as plain values, with both contexts."""
        group = self.group
        if group is None:
            return []
        return [
            {
                "metric": group.metric,
                **group_json(group),
                "evaluated": group.evaluated,
                "tracked": group.tracked,
            }
        ]


@dataclass(frozen=True, slots=True)
class EvidenceRequest:
    """One cause."""

    group_id: str

    def build(self, sources: Sources) -> EvidencePage:
        """Return the page. Raises StoreError."""
        attribution = sources.attribution
        group = attribution.group(self.group_id) if attribution is not None else None
        if attribution is None or group is None:
            return EvidencePage(
                "No event has this cause any more: later evidence explained them otherwise.\nesc goes back"
            )
        return EvidencePage(
            missing="",
            headline=_headline(group),
            sides=tuple(
                SIDES.row(f"{side.kind} {side.attribute}", side, "" if side.change else "muted")
                for side in group.rows
            ),
            why=group.why,
            fix=group.fix or "Nothing to do.",
            sections=_sections(group, sources),
            events_title=f"what happened to {name_units(group.example_units)}",
            events=event_rows(attribution.history(primary_key(group.example_units)), sources),
            group=group,
        )


def event_rows(moments: tuple[Moment, ...], sources: Sources) -> tuple[Row, ...]:
    """Return the newest moments as rows; the key of a metric event's row ends with the id of its cause."""
    today = start_of_day(sources.now_us, sources.zone)
    first = max(len(moments) - MOMENTS, 0)
    return tuple(
        EVENTS.row(f"{first + index} {each.group}", Happened(each, sources.zone, today))
        for index, each in enumerate(moments[first:])
    )


def event_target(key: str) -> Target | None:
    """Return what Enter on a row of what happened opens: the cause of a metric event."""
    group = key.partition(" ")[2]
    return Target("evidence", group) if group else None


def _headline(group: Group) -> tuple[Figure, ...]:
    tone = TONES[group.severity]
    figures = [
        Figure("verdict", verdict_text(group), group.metric, tone),
        Figure("events", count(group.events), f"{count(group.units)} unit{'s' * (group.units != 1)}"),
    ]
    if group.cost_nano is not None:
        note = "missing" if group.severity is Severity.ERROR else ""
        figures.append(Figure("cost", money(group.cost_nano), note, "money"))
    figures.append(
        Figure("config", group.config or "–", f"served {group.variation}" if group.variation else "")
    )
    return tuple(figures)


def _sections(group: Group, sources: Sources) -> tuple[Section, ...]:
    zone = sources.zone
    again = served(group, sources.serve) if sources.serve is not None else None
    sites = [tuple(site.split(" at ", 1)) for site in group.call_sites]
    sections = (
        Section(
            "evidence",
            known(
                *((f"{site[0]} at", site[-1]) for site in sites),
                ("eval. serves", again.evaluated.words if again and again.evaluated else ""),
                ("track serves", again.tracked.words if again else ""),
                ("witness", group.witness),
                ("sent as", group.key if group.key != group.metric else ""),
                ("first unit", name_units(group.example_units)),
                ("first seen", moment(group.first_us, zone)),
                ("last seen", moment(group.last_us, zone)),
            ),
        ),
        Section(
            "notes",
            known(
                *(
                    (note.value.replace("_", " "), f"{count(n)}: {NOTES[note]}")
                    for note, n in group.notes.items()
                )
            ),
        ),
    )
    return tuple(section for section in sections if section.pairs)
