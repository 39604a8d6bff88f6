"""The rules: one metric event and the evidence in, one verdict out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from costtui.attribution.difference import Difference, differences
from costtui.attribution.evidence import Evidence, FlagRecord, in_environment
from costtui.attribution.notes import notes_of
from costtui.attribution.sender import same_environment
from costtui.attribution.verdicts import Note, Severity, Verdict, severity
from costtui.attribution.witness import Evaluation, Instant, Tracked


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one metric event, and on what grounds."""

    verdict: Verdict
    severity: Severity
    config: str = ""
    """The flag or AI Config that the event is about, empty where that is not known."""
    detail: str = ""
    """What makes this case of the verdict special: a kind, a fault, a hint."""
    baseline: Evaluation | None = None
    """The evaluation that the event was compared with."""
    differences: tuple[Difference, ...] = ()
    notes: frozenset[Note] = frozenset()
    evaluation_site: str = ""

    @property
    def witness(self) -> str:
        """Who saw the evaluation: ``none`` where nobody did."""
        if self.baseline is not None:
            return self.baseline.witness
        return self.detail if self.detail in ("index", "summary") else "none"


@dataclass(frozen=True, slots=True)
class _Scope:
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


def judge(event: Tracked, evidence: Evidence, *, undelivered: bool = False) -> Judgement:
    """Return the verdict on one metric event from the evidence so far."""
    scope = _scope(event, evidence)
    verdict = _verdict(scope, evidence, undelivered)
    baseline = verdict.baseline
    if baseline is not None and not verdict.differences:
        source = _with_attributes(scope, baseline)
        changed = _differences(source, event)
        verdict = replace(
            verdict, baseline=source, differences=changed, config=verdict.config or baseline.flag
        )
        baseline = source
        if verdict.verdict is Verdict.ATTRIBUTED and changed:
            verdict = replace(verdict, verdict=Verdict.ATTRIBUTES_DIFFER, severity=_filtered(event, changed))
    return replace(
        verdict,
        config=verdict.config or scope.config,
        notes=notes_of(event, baseline, scope.evaluations, evidence),
        evaluation_site=_site(scope, baseline),
    )


def _verdict(scope: _Scope, evidence: Evidence, undelivered: bool) -> Judgement:
    """Return the first rule that holds, most certain first."""
    event = scope.event
    exposures, lacking = _exposures(scope, evidence)
    exposed = _nearest(exposures, event.instant)
    if undelivered:
        return _because(Verdict.NOT_DELIVERED, baseline=exposed)
    if event.typo:
        return _because(Verdict.EVENT_KEY_TYPO, event.key, exposed)
    if event.fault:
        missing = event.fault in ("missing", "only in data")
        return _because(Verdict.VALUE_MISSING if missing else Verdict.VALUE_INVALID, event.fault, exposed)
    if exposed is not None:
        early = exposed.latest(event.instant) is None
        return _because(Verdict.BEFORE_EXPOSURE if early else Verdict.ATTRIBUTED, baseline=exposed)
    return (
        _unit_kind_missing(scope, lacking)
        or _served(scope, evidence)
        or _elsewhere(scope)
        or _other_kind(scope)
        or _kind_never_tracked(scope, evidence)
        or _introduced(scope, evidence)
        or _other_key(scope, evidence)
        or _unwitnessed(scope, evidence)
        or _because(Verdict.NO_EXPOSURE)
    )


def _because(verdict: Verdict, detail: str = "", baseline: Evaluation | None = None) -> Judgement:
    return Judgement(verdict, severity(verdict), detail=detail, baseline=baseline)


def _scope(event: Tracked, evidence: Evidence) -> _Scope:
    run = evidence.runs.get(event.run_id) if event.run_id else None
    config = event.config or (run.config if run else "")
    found: dict[int, Evaluation] = {}
    for key in set(event.units.values()):
        dossier = evidence.dossiers.get(key)
        for evaluation in dossier.evaluations.values() if dossier else ():
            found[id(evaluation)] = evaluation
    evaluations = tuple(found.values())
    flags: frozenset[str] | None = None
    if event.metric.flag:
        flags = frozenset((event.metric.flag,))
    elif config:
        record = evidence.flags.get(config)
        if (record and record.exposed) or any(each.flag == config for each in evaluations):
            flags = frozenset((config,))
    return _Scope(event, config, flags, evaluations)


def _exposures(scope: _Scope, evidence: Evidence) -> tuple[list[Evaluation], list[Evaluation]]:
    """Return exposures of the event's unit in its environment, and those whose unit's kind the event lacks."""
    event, matching, lacking = scope.event, [], []
    for each in scope.evaluations:
        record = evidence.flags.get(each.flag)
        if not each.exposes or record is None or not scope.concerns(each.flag):
            continue
        kinds = record.unit_kinds(event.metric.unit)
        if not same_environment(each.environment, event.environment):
            continue
        if not kinds <= event.units.keys():
            if _same_units(each, event):
                lacking.append(each)
        elif _same_unit(each, event, kinds):
            matching.append(each)
    return matching, lacking


def _same_unit(evaluation: Evaluation, event: Tracked, kinds: frozenset[str]) -> bool:
    """Return whether both have one unit; of several kinds in question the user decides, else any."""
    if "user" in kinds:
        return evaluation.units.get("user") == event.units["user"]
    return any(evaluation.units.get(kind) == event.units[kind] for kind in kinds)


def _same_units(evaluation: Evaluation, event: Tracked) -> bool:
    return any(evaluation.units.get(kind) == key for kind, key in event.units.items())


def _nearest(found: list[Evaluation], instant: Instant) -> Evaluation | None:
    """Return the newest evaluation up to an instant, else the first one after it."""
    before = [(latest, each.order(), each) for each in found if (latest := each.latest(instant)) is not None]
    if before:
        return max(before, key=lambda entry: entry[:2])[2]
    return min(found, key=lambda each: (each.times[0], each.order()), default=None)


def _unit_kind_missing(scope: _Scope, lacking: list[Evaluation]) -> Judgement | None:
    """The event's context lacks a kind that the exposures of the same people had."""
    nearest = _nearest(lacking, scope.event.instant)
    if nearest is None:
        return None
    kinds = nearest.units.keys() - scope.event.units.keys()
    unit = scope.event.metric.unit
    return _because(Verdict.UNIT_KIND_MISSING, f"tracked without {unit or ', '.join(sorted(kinds))}", nearest)


def _served(scope: _Scope, evidence: Evidence) -> Judgement | None:
    """The same unit was evaluated, but not exposed."""
    event, unit = scope.event, scope.event.metric.unit
    found = []
    for each in scope.evaluations:
        record = evidence.flags.get(each.flag)
        in_experiment = record is not None and bool(record.exposed)
        if each.exposes or not scope.concerns(each.flag) or (each.witness == "tracker" and in_experiment):
            continue
        if same_environment(each.environment, event.environment) and _same_units(each, event):
            found.append(each)
    nearest = _nearest(_most_telling(found), event.instant)
    if nearest is None:
        return None
    if unit and unit in event.units and unit not in nearest.units:
        return _because(Verdict.UNIT_KIND_MISSING, f"evaluated without {unit}", nearest)
    return _because(Verdict.NOT_IN_EXPERIMENT, _reason(nearest), nearest)


def _most_telling(found: list[Evaluation]) -> list[Evaluation]:
    """Return evaluations themselves where there are any, else the AI tracker's word for them."""
    return [each for each in found if each.witness != "tracker"] or found


def _reason(evaluation: Evaluation) -> str:
    if evaluation.witness == "debug" and evaluation.in_experiment:
        return "debug copy only"
    return evaluation.reason.split(" ")[0]


def _elsewhere(scope: _Scope) -> Judgement | None:
    """The same unit was exposed, in another environment."""
    found = [
        each for each in scope.evaluations if _exposed_here(scope, each) and _same_units(each, scope.event)
    ]
    other = [each for each in found if not same_environment(each.environment, scope.event.environment)]
    nearest = _nearest(other, scope.event.instant)
    return None if nearest is None else _because(Verdict.OTHER_ENVIRONMENT, baseline=nearest)


def _other_kind(scope: _Scope) -> Judgement | None:
    """A key of the event was exposed, as another kind."""
    keys = set(scope.event.units.values())
    found = [
        each
        for each in scope.evaluations
        if _exposed_here(scope, each)
        and same_environment(each.environment, scope.event.environment)
        and any(key in keys and scope.event.units.get(kind) != key for kind, key in each.units.items())
    ]
    nearest = _nearest(found, scope.event.instant)
    if nearest is None:
        return None
    kinds = sorted(kind for kind, key in nearest.units.items() if key in keys)
    return _because(
        Verdict.KIND_MISMATCH, f"{', '.join(kinds)} → {', '.join(sorted(scope.event.units))}", nearest
    )


def _exposed_here(scope: _Scope, evaluation: Evaluation) -> bool:
    return evaluation.exposes and scope.concerns(evaluation.flag)


def _experiments(scope: _Scope, evidence: Evidence) -> Iterator[tuple[str, FlagRecord, frozenset[str]]]:
    """Return the flags with exposures in the event's environment, and the kinds that were exposed there."""
    for name in evidence.experiments:
        if scope.concerns(name):
            record = evidence.flags[name]
            here = in_environment(record.exposed, scope.event.environment)
            kinds = frozenset(kind for environment in here for kind in record.exposed[environment])
            if kinds:
                yield name, record, kinds


def _kind_never_tracked(scope: _Scope, evidence: Evidence) -> Judgement | None:
    """Others were exposed as units of a kind that the event's context does not have."""
    event = scope.event
    for name, record, exposed in _experiments(scope, evidence):
        kinds = record.unit_kinds(event.metric.unit)
        if kinds <= event.units.keys():
            return None
        if event.metric.unit or len(event.units) > 1 or len(exposed) > 1:
            missing = ", ".join(sorted(kinds - event.units.keys()))
            return replace(_because(Verdict.UNIT_KIND_MISSING, f"tracked without {missing}"), config=name)
    return None


def _introduced(scope: _Scope, evidence: Evidence) -> Judgement | None:
    """Only an index event shows the key, from a time when flags were evaluated that sent no exposure."""
    newest = -1
    for key in set(scope.event.units.values()):
        dossier = evidence.dossiers.get(key)
        if dossier:
            here = in_environment(dossier.indexed, scope.event.environment)
            newest = max([newest, *(dossier.indexed[name] for name in here)])
    begun = [
        name
        for name, record in _silent_flags(scope, evidence)
        for each in in_environment(record.started, scope.event.environment)
        if record.started[each] <= newest
    ]
    if not begun:
        return None
    return replace(_because(Verdict.NOT_IN_EXPERIMENT, "index"), config=begun[0] if len(begun) == 1 else "")


def _silent_flags(scope: _Scope, evidence: Evidence) -> list[tuple[str, FlagRecord]]:
    """Return flags that were evaluated more often than events say, experiments alone where there are any."""
    experiments = [(name, record) for name, record, _ in _experiments(scope, evidence)]
    found = experiments or [(n, r) for n, r in evidence.flags.items() if scope.concerns(n)]
    return sorted((name, record) for name, record in found if record.unexplained and _here(scope, record))


def _here(scope: _Scope, record: FlagRecord) -> bool:
    kinds = not record.kinds or bool(record.kinds & scope.event.units.keys())
    return kinds and any(in_environment(record.started, scope.event.environment))


def _other_key(scope: _Scope, evidence: Evidence) -> Judgement | None:
    """Units of the event's kind were exposed, never this one."""
    for name, record, exposed in _experiments(scope, evidence):
        kinds = record.unit_kinds(scope.event.metric.unit) & exposed & scope.event.units.keys()
        if kinds:
            if evidence.forgotten:
                return replace(_because(Verdict.CANNOT_TELL, "forgotten"), config=name)
            kind = "user" if "user" in kinds else min(kinds)
            hint = "random key" if _looks_random(scope.event.units[kind]) else ""
            config = name if scope.flags else ""
            return replace(_because(Verdict.KEY_MISMATCH, hint or kind), config=config)
    return None


def _unwitnessed(scope: _Scope, evidence: Evidence) -> Judgement | None:
    """Flags were evaluated, and nothing says for whom."""
    if evidence.forgotten:
        return _because(Verdict.CANNOT_TELL, "forgotten")
    silent = _silent_flags(scope, evidence)
    if not silent:
        return None
    return replace(_because(Verdict.CANNOT_TELL, "summary"), config=silent[0][0] if len(silent) == 1 else "")


def _looks_random(key: str) -> bool:
    """Return whether a key looks made up anew for each request: a UUID or long hexadecimal."""
    digits = key.replace("-", "")
    return len(digits) >= 24 and all(char in "0123456789abcdefABCDEF" for char in digits)


def _with_attributes(scope: _Scope, baseline: Evaluation) -> Evaluation:
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
    return _nearest(others, scope.event.instant) or baseline


def _differences(baseline: Evaluation, event: Tracked) -> tuple[Difference, ...]:
    if baseline.context is None or event.context is None or baseline.context_id == event.context_id:
        return ()
    return differences(baseline.context, event.context)


def _filtered(event: Tracked, changed: tuple[Difference, ...]) -> Severity:
    touched = any(each.attribute.strip("/").split("/")[0] in event.metric.filters for each in changed)
    return Severity.ERROR if touched else Severity.WARNING


def _site(scope: _Scope, baseline: Evaluation | None) -> str:
    """Return the source line of the evaluation: the plugin knows it of what the wire has seen, too."""
    if baseline is None or baseline.call_site:
        return baseline.call_site if baseline else ""
    twins = [
        each
        for each in scope.evaluations
        if each.call_site and each.flag == baseline.flag and each.units == baseline.units
    ]
    nearest = _nearest(twins, scope.event.instant)
    return nearest.call_site if nearest else ""
