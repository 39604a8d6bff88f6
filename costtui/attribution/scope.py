"""The evaluations that one metric event may be attributed to."""

from collections.abc import Sequence
from typing import NamedTuple

from costtui.attribution.evidence import Evidence
from costtui.attribution.witness import Evaluation, Instant, Tracked


class Scope(NamedTuple):
    """The evaluations that one event may be attributed to."""

    event: Tracked
    config: str
    flags: frozenset[str] | None
    """The flags that matter; None: all."""
    evaluations: tuple[Evaluation, ...]
    """All of the event's keys, in any environment and of any kind."""

    def concerns(self, flag: str) -> bool:
        """Return whether a flag matters for the event."""
        return self.flags is None or flag in self.flags or not flag


def scope_of(event: Tracked, evidence: Evidence) -> Scope:
    run = evidence.runs.get(event.run_id) if event.run_id else None
    config = event.config or (run.config if run else "")
    evaluations: list[Evaluation] = []
    for key in set(event.units.values()):
        if (dossier := evidence.dossiers.get(key)) is not None:
            evaluations.extend(dossier.evaluations.values())
    flags: frozenset[str] | None = None
    if event.metric.flag:
        flags = frozenset((event.metric.flag,))
    elif config:
        record = evidence.flags.get(config)
        if (record and record.exposed) or any(each.flag == config for each in evaluations):
            flags = frozenset((config,))
    return Scope(event, config, flags, tuple(evaluations))


def nearest_of(found: Sequence[Evaluation], instant: Instant) -> Evaluation | None:
    """Return the newest evaluation up to an instant, else the first one after it."""
    if len(found) < 2:
        return found[0] if found else None
    before = [(latest, each.order(), each) for each in found if (latest := each.latest(instant)) is not None]
    if before:
        return max(before, key=lambda entry: entry[:2])[2]
    return min(found, key=lambda each: (each.times[0], each.order()))
