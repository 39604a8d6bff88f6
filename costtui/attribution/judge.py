"""One metric event and the evidence in, one judgement out: the verdict, what differs, and what else is worth knowing."""

from typing import NamedTuple

from costtui.attribution.difference import Difference
from costtui.attribution.evidence import Evidence
from costtui.attribution.notes import notes_of
from costtui.attribution.rules import rule
from costtui.attribution.scope import Scope, nearest_of, scope_of
from costtui.attribution.sender import same_environment
from costtui.attribution.verdicts import Note, Severity, Verdict, severity
from costtui.attribution.witness import Evaluation, Tracked


class Judgement(NamedTuple):
    """What is said of one metric event, and on what grounds."""

    verdict: Verdict
    severity: Severity
    config: str
    """The flag or AI Config that the event is about, empty where that is not known."""
    detail: str
    """What makes this case of the verdict special: a kind, a fault, a hint."""
    baseline: Evaluation | None
    """The evaluation that the event was compared with."""
    differences: tuple[Difference, ...]
    notes: frozenset[Note]
    evaluation_site: str

    @property
    def witness(self) -> str:
        """Who saw the evaluation: ``none`` where nobody did."""
        if self.baseline is not None:
            return self.baseline.witness
        return self.detail if self.detail in ("index", "summary") else "none"


def judge(event: Tracked, evidence: Evidence, *, undelivered: bool = False) -> Judgement:
    """Return the judgement on one metric event from the evidence so far."""
    scope = scope_of(event, evidence)
    ruling = rule(scope, evidence, undelivered)
    baseline = ruling.baseline and _with_attributes(scope, ruling.baseline)
    changed: tuple[Difference, ...] = ()
    if baseline is not None and baseline.context is not None and event.context is not None:
        changed = evidence.contexts.compare(baseline.context, event.context)
    verdict, level = ruling.verdict, severity(ruling.verdict)
    if changed and verdict is Verdict.ATTRIBUTED:
        verdict, level = Verdict.ATTRIBUTES_DIFFER, _filtered(event, changed)
    config = ruling.config or (baseline.flag if baseline else "") or scope.config
    return Judgement(
        verdict,
        level,
        config=config,
        detail=ruling.detail,
        baseline=baseline,
        differences=changed,
        notes=notes_of(event, config, baseline, scope.evaluations, evidence),
        evaluation_site=_site(scope, baseline),
    )


def _with_attributes(scope: Scope, baseline: Evaluation) -> Evaluation:
    """Return the evaluation whose attributes can be compared: another witness of it, where it has none itself."""
    if baseline.context is not None:
        return baseline
    others = [
        each
        for each in scope.evaluations
        if each.context is not None
        and each.flag == baseline.flag
        and each.units == baseline.units
        and each.witness in ("feature", "plugin", "debug", "usage")
        and same_environment(each.environment, baseline.environment)
    ]
    return nearest_of(others, scope.event.instant) or baseline


def _filtered(event: Tracked, changed: tuple[Difference, ...]) -> Severity:
    if not event.metric.filters:
        return Severity.WARNING
    touched = any(each.attribute.strip("/").split("/")[0] in event.metric.filters for each in changed)
    return Severity.ERROR if touched else Severity.WARNING


def _site(scope: Scope, baseline: Evaluation | None) -> str:
    """Return the source line of the evaluation: the plugin knows it of what the wire has seen, too."""
    if baseline is None or baseline.call_site:
        return baseline.call_site if baseline else ""
    twins = [
        each
        for each in scope.evaluations
        if each.call_site and each.flag == baseline.flag and each.units == baseline.units
    ]
    nearest = nearest_of(twins, scope.event.instant)
    return nearest.call_site if nearest else ""
