"""From a call to its attribution: the context it was made for, and what was evaluated and tracked for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costtui.attribution.contexts import normal, units
from costtui.attribution.difference import side_by_side
from costtui.attribution.explain import name_units
from costtui.attribution.history import Moment
from costtui.attribution.verdicts import Severity
from costtui.attribution.witness import primary_key
from costtui.facts import Call
from costtui.format import UNKNOWN, count
from costtui.view import call_table
from costtui.view.detail import Section, known
from costtui.view.evidence import event_rows
from costtui.view.headline import Figure
from costtui.view.snapshot import Sources
from costtui.view.table import Cells, Row

NO_CONTEXT = """\
This call was recorded without a LaunchDarkly context and without a user, so nothing can be joined to it.
Record it with one: costtui.llm's client and @costtui.track take context=…, or fire it from Try (key 8).
esc goes back"""


@dataclass(frozen=True, slots=True)
class TracePage:
    """What is known about the unit that a call was made for."""

    missing: str
    headline: tuple[Figure, ...] = ()
    sections: tuple[Section, ...] = ()
    events_title: str = ""
    events: tuple[Row, ...] = ()
    empty: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """Return what happened as plain values."""
        return [row.cells.record() for row in self.events if isinstance(row.cells, Cells)]


@dataclass(frozen=True, slots=True)
class TraceRequest:
    """The attribution of one call."""

    call_id: int

    def build(self, sources: Sources) -> TracePage:
        """Return the page. Raises StoreError."""
        call = sources.reader.call(self.call_id)
        if call is None:
            return TracePage(f"This store has no call {self.call_id} any more.\nesc goes back")
        context = _context(call, sources)
        who = units(context)
        if not who:
            return TracePage(NO_CONTEXT)
        found = sources.attribution.history(primary_key(who)) if sources.attribution is not None else ()
        return TracePage(
            missing="",
            headline=_headline(call, found),
            sections=_sections(call, context),
            events_title=f"evaluated and tracked for {name_units(who)}",
            events=event_rows(found, sources),
            empty=f"Nothing was evaluated or tracked for {name_units(who)}, as far as this store knows.",
        )


def _context(call: Call, sources: Sources) -> Mapping[str, Any]:
    stored = sources.reader.context(call.context_id) if call.context_id else None
    if stored is not None:
        try:
            found = json.loads(stored.canonical)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return normal(found)
    return {"kind": "user", "key": call.user_id} if call.user_id else {}


def _headline(call: Call, moments: tuple[Moment, ...]) -> tuple[Figure, ...]:
    tracked = [each for each in moments if each.verdict is not None]
    bad = sum(each.severity in (Severity.ERROR, Severity.WARNING) for each in tracked)
    note = f"{count(bad)} not clean" if bad else "all attributed" if tracked else ""
    return (
        Figure("call", str(call.id), call.node),
        Figure("cost", call_table.cost_text(call), call.model, "money"),
        Figure("AI config", call.config_key or UNKNOWN, call.variation_key),
        Figure("tracked", count(len(tracked)), note, "error" if bad else "ok" if tracked else ""),
    )


def _sections(call: Call, context: Mapping[str, Any]) -> tuple[Section, ...]:
    sides = side_by_side(context, None)
    several = len({side.kind for side in sides}) > 1
    pairs = known(
        *((f"{side.kind} {side.attribute}" if several else side.attribute, side.evaluated) for side in sides)
    )
    sections = (
        Section("context", pairs),
        Section("call", known(("run", call.run_id), ("user", call.user_id))),
    )
    return tuple(section for section in sections if section.pairs)
