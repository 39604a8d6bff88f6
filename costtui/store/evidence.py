"""Exposures and metric events of a store, read page by page in the order in which they were stored."""

import json
import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from costtui.attribution.contexts import normal
from costtui.facts import Exposure, MetricEvent
from costtui.reading import EvidencePage
from costtui.store.rows import integer, mapping, optional, string

_EXPOSURES = """SELECT e.id, e.environment, e.flag, e.at_us, e.place, c.canonical, e.units, e.witness, e.in_experiment,
  e.variation, e.version, e.reason, e.ai_run_id, e.redacted, e.call_site, e.count, e.sender
FROM exposure e LEFT JOIN context c ON c.id = e.context_ref WHERE e.id > ? ORDER BY e.id LIMIT ?"""
_EVENTS = """SELECT e.id, e.environment, e.key, e.at_us, e.place, c.canonical, e.units, e.witness, e.value, e.data,
  e.ai_run_id, e.config_key, e.variation_key, e.redacted, e.call_site, e.delivered, e.sender
FROM metric_event e LEFT JOIN context c ON c.id = e.context_ref WHERE e.id > ? ORDER BY e.id LIMIT ?"""

_REMEMBERED = 4096
"""Contexts that are kept at hand: an evaluation and what is tracked for it name the same one."""


def read_evidence(connection: sqlite3.Connection, after: tuple[int, ...], limit: int) -> EvidencePage:
    """Return up to so many exposures and as many metric events after a cursor."""
    exposures = connection.execute(_EXPOSURES, (after[0], limit)).fetchall()
    events = connection.execute(_EVENTS, (after[1], limit)).fetchall()
    cursor = (exposures[-1][0] if exposures else after[0], events[-1][0] if events else after[1])
    return EvidencePage(tuple(map(_exposure, exposures)), tuple(map(_metric_event, events)), cursor)


def _exposure(row: tuple[Any, ...]) -> Exposure:
    return Exposure(
        environment=string(row[1]),
        flag=string(row[2]),
        at_us=integer(row[3]),
        order=integer(row[4]),
        context=_context(row[5]),
        units=_units(row[6]),
        witness=string(row[7]),
        in_experiment=bool(row[8]),
        variation=string(row[9]),
        version=optional(row[10]),
        reason=string(row[11]),
        ai_run_id=string(row[12]),
        redacted=_names(row[13]),
        call_site=string(row[14]),
        count=1 if row[15] is None else integer(row[15]),
        sender=string(row[16]),
    )


def _metric_event(row: tuple[Any, ...]) -> MetricEvent:
    return MetricEvent(
        environment=string(row[1]),
        key=string(row[2]),
        at_us=integer(row[3]),
        order=integer(row[4]),
        context=_context(row[5]),
        units=_units(row[6]),
        witness=string(row[7]),
        value=_scalar(_json(row[8])),
        data=_json(row[9]),
        ai_run_id=string(row[10]),
        config_key=string(row[11]),
        variation_key=string(row[12]),
        redacted=_names(row[13]),
        call_site=string(row[14]),
        delivered=None if row[15] is None else bool(row[15]),
        sender=string(row[16]),
    )


@lru_cache(_REMEMBERED)
def _context(value: str | None) -> Mapping[str, Any] | None:
    """Return a context in normal form; nobody changes it, so that facts of one context share it."""
    found = mapping(value)
    return normal(found) if found else None


@lru_cache(_REMEMBERED)
def _units(value: str | None) -> Mapping[str, str]:
    return {kind: key for kind, key in mapping(value).items() if isinstance(key, str)}


def _names(value: object) -> tuple[str, ...]:
    found = _json(value)
    return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()


def _scalar(value: Any) -> Any:
    return string(value) if isinstance(value, str) else value


def _json(value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None
