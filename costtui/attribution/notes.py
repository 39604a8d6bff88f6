"""What is worth knowing beside the verdict of one metric event."""

import re
from collections.abc import Sequence

from costtui.attribution.evidence import Evidence
from costtui.attribution.verdicts import Note
from costtui.attribution.witness import Evaluation, Tracked

_SHARED = re.compile(
    r"(?:[a-z]+[_-])?(?:user|agent|system|service|bot)|anonymous|anon|guest|default|test|unknown|none|null|undefined|admin|n/?a",
    re.IGNORECASE,
)

_SETS: dict[frozenset[Note], frozenset[Note]] = {}
"""One object for all events with the same notes."""


def notes_of(
    event: Tracked,
    config: str,
    baseline: Evaluation | None,
    evaluations: Sequence[Evaluation],
    evidence: Evidence,
) -> frozenset[Note]:
    """Return the notes on one event that is about a flag or AI Config."""
    context = event.context
    found = set()
    run = evidence.runs.get(event.run_id) if event.run_id else None
    if event.metric.is_cost and not event.has_config and (run is None or run.instant is None):
        found.add(Note.METADATA_MISSING)
    if run and run.context_id and context and context.id != run.context_id:
        found.add(Note.RUN_MISMATCH)
    if len(evaluations) > 1 and _crossed(event, baseline, evaluations, evidence):
        found.add(Note.CROSSOVER)
    for each in (context, baseline.context if baseline else None):
        if each is None:
            continue
        if each.anonymous:
            found.add(Note.ANONYMOUS)
        if each.redacted:
            found.add(Note.REDACTED)
        if each.overwritten:
            found.add(Note.IDENTITY_OVERWRITTEN)
    if any(is_shared_name(key) for key in event.units.values()):
        found.add(Note.SHARED_KEY)
    record = evidence.flags.get(config)
    if record and record.sampled:
        found.add(Note.SAMPLED)
    if context is None or (baseline is not None and baseline.context is None):
        found.add(Note.ATTRIBUTES_UNKNOWN)
    notes = frozenset(found)
    return _SETS.setdefault(notes, notes)


def is_shared_name(key: str) -> bool:
    """Return whether a context key is a word that many users would share: ``security_user``, ``anonymous``."""
    return _SHARED.fullmatch(key) is not None


def _crossed(
    event: Tracked, baseline: Evaluation | None, evaluations: Sequence[Evaluation], evidence: Evidence
) -> bool:
    """Return whether the unit was exposed to several variations of the flag."""
    record = evidence.flags.get(baseline.flag) if baseline else None
    if baseline is None or record is None:
        return False
    kinds = record.unit_kinds(event.metric.unit)
    unit = {kind: key for kind, key in baseline.units.items() if kind in (kinds & {"user"} or kinds)}
    served = {
        each.variation
        for each in evaluations
        if each.exposes
        and (each.flag, each.witness, each.environment)
        == (baseline.flag, baseline.witness, baseline.environment)
        and unit.items() <= each.units.items()
    }
    return len(served) > 1
