"""What happened to one context key: evaluations and metric events in the order of their times."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from costtui.attribution.groups import Cause, cause_id
from costtui.attribution.judge import Judgement
from costtui.attribution.verdicts import Severity, Verdict
from costtui.attribution.witness import Dossier, Tracked


@dataclass(frozen=True, slots=True)
class Moment:
    """One evaluation or one metric event."""

    at_us: int
    order: int
    name: str
    """The flag or AI Config, or the event key."""
    text: str
    """The variation that was served, or the value that was tracked."""
    witness: str
    units: Mapping[str, str]
    context: Mapping[str, Any] | None
    call_site: str
    in_experiment: bool = False
    verdict: Verdict | None = None
    """Of a metric event; None: this is an evaluation."""
    severity: Severity = Severity.INFO
    group: str = ""
    """Id of the group that a metric event belongs to."""


def evaluated_moments(dossier: Dossier) -> Iterator[Moment]:
    """Return the evaluations of a context key."""
    for each in dossier.evaluations.values():
        for at_us, order in each.times:
            yield Moment(
                at_us,
                order,
                each.flag,
                each.variation,
                each.witness,
                each.units,
                each.context.json if each.context else None,
                each.call_site,
                in_experiment=each.exposes,
            )


def tracked_moment(event: Tracked, judgement: Judgement, cause: Cause) -> Moment:
    """Return a metric event with what is said of it."""
    return Moment(
        *event.instant,
        event.key,
        f"{event.value:.6g}"
        if isinstance(event.value, float)
        else ""
        if event.value is None
        else str(event.value),
        event.witness,
        event.units,
        event.context.json if event.context else None,
        event.call_site,
        verdict=judgement.verdict,
        severity=judgement.severity,
        group=cause_id(cause),
    )
