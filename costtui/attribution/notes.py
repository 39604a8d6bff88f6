"""What is worth knowing beside the verdict of one metric event."""

import re
from collections.abc import Sequence

from costtui.attribution.contexts import individuals, redacted
from costtui.attribution.evidence import Evidence
from costtui.attribution.verdicts import Note
from costtui.attribution.witness import Evaluation, Tracked

_SHARED = re.compile(
    r"(?:[a-z]+[_-])?(?:user|agent|system|service|bot)|anonymous|anon|guest|default|test|unknown|none|null|undefined|admin|n/?a",
    re.IGNORECASE,
)
_OVERWRITTEN = ("attribute_key", "attribute_kind")


def notes_of(
    event: Tracked, baseline: Evaluation | None, evaluations: Sequence[Evaluation], evidence: Evidence
) -> frozenset[Note]:
    """Return the notes on one event."""
    contexts = [each for each in (event.context, baseline.context if baseline else None) if each]
    run = evidence.runs.get(event.run_id) if event.run_id else None
    found = {
        Note.METADATA_MISSING: event.metric.is_cost and not event.has_metadata,
        Note.RUN_MISMATCH: bool(run and run.context_id and event.context_id not in ("", run.context_id)),
        Note.CROSSOVER: _crossed(event, baseline, evaluations, evidence),
        Note.ANONYMOUS: any(
            inner.get("anonymous") is True for each in contexts for inner in individuals(each).values()
        ),
        Note.SHARED_KEY: any(is_shared_name(key) for key in event.units.values()),
        Note.REDACTED: any(redacted(each) for each in contexts),
        Note.SAMPLED: _sampled(baseline, evidence),
        Note.ATTRIBUTES_UNKNOWN: event.context is None or (baseline is not None and baseline.context is None),
        Note.IDENTITY_OVERWRITTEN: any(
            name in inner
            for each in contexts
            for inner in individuals(each).values()
            for name in _OVERWRITTEN
        ),
    }
    return frozenset(note for note, holds in found.items() if holds)


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


def _sampled(baseline: Evaluation | None, evidence: Evidence) -> bool:
    """Return whether fewer evaluations were sent than the summaries count."""
    record = evidence.flags.get(baseline.flag) if baseline else None
    return record is not None and 0 < record.features < record.summarised
