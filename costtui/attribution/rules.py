"""The rules, most certain first: what an event's unit was exposed to, and which verdict follows."""

from collections.abc import Iterator
from typing import NamedTuple

from costtui.attribution.evidence import Evidence, FlagRecord, in_environment
from costtui.attribution.scope import Scope, nearest_of
from costtui.attribution.sender import same_environment
from costtui.attribution.verdicts import Verdict
from costtui.attribution.witness import Evaluation, Tracked


class Ruling(NamedTuple):
    """A verdict and its grounds, before anything is compared or noted."""

    verdict: Verdict
    detail: str = ""
    baseline: Evaluation | None = None
    config: str = ""


def rule(scope: Scope, evidence: Evidence, undelivered: bool) -> Ruling:
    """Return the first verdict that holds."""
    event = scope.event
    exposures, lacking = _exposures(scope, evidence)
    exposed = nearest_of(exposures, event.instant)
    if undelivered:
        return Ruling(Verdict.NOT_DELIVERED, baseline=exposed)
    if event.typo:
        return Ruling(Verdict.EVENT_KEY_TYPO, event.key, exposed)
    if event.fault:
        missing = event.fault in ("missing", "only in data")
        return Ruling(Verdict.VALUE_MISSING if missing else Verdict.VALUE_INVALID, event.fault, exposed)
    if exposed is not None:
        early = exposed.latest(event.instant) is None
        return Ruling(Verdict.BEFORE_EXPOSURE if early else Verdict.ATTRIBUTED, baseline=exposed)
    return (
        _unit_kind_missing(scope, lacking)
        or _served(scope, evidence)
        or _elsewhere(scope)
        or _other_kind(scope)
        or _kind_never_tracked(scope, evidence)
        or _introduced(scope, evidence)
        or _other_key(scope, evidence)
        or _unwitnessed(scope, evidence)
        or Ruling(Verdict.NO_EXPOSURE)
    )


def _exposures(scope: Scope, evidence: Evidence) -> tuple[list[Evaluation], list[Evaluation]]:
    """Return exposures of the event's unit in its environment, and those whose unit's kind the event lacks."""
    event, matching, lacking = scope.event, [], []
    for each in scope.evaluations:
        record = evidence.flags.get(each.flag)
        if not each.exposes or record is None or not scope.concerns(each.flag):
            continue
        kinds = record.unit_kinds(event.metric.unit)
        if not same_environment(each.environment, event.environment):
            continue
        if not kinds <= event.units.keys() & each.units.keys():
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


def _unit_kind_missing(scope: Scope, lacking: list[Evaluation]) -> Ruling | None:
    """The event's context lacks a kind that the exposures of the same people had, or theirs lack the unit's."""
    nearest = nearest_of(lacking, scope.event.instant)
    if nearest is None:
        return None
    kinds = nearest.units.keys() - scope.event.units.keys()
    unit = scope.event.metric.unit
    if unit and unit not in nearest.units:
        return Ruling(Verdict.UNIT_KIND_MISSING, f"evaluated without {unit}", nearest)
    return Ruling(Verdict.UNIT_KIND_MISSING, f"tracked without {unit or ', '.join(sorted(kinds))}", nearest)


def _served(scope: Scope, evidence: Evidence) -> Ruling | None:
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
    nearest = nearest_of(_most_telling(found), event.instant)
    if nearest is None:
        return None
    if unit and unit in event.units and unit not in nearest.units:
        return Ruling(Verdict.UNIT_KIND_MISSING, f"evaluated without {unit}", nearest)
    return Ruling(Verdict.NOT_IN_EXPERIMENT, _reason(nearest), nearest)


def _most_telling(found: list[Evaluation]) -> list[Evaluation]:
    """Return evaluations themselves where there are any, else the AI tracker's word for them."""
    return [each for each in found if each.witness != "tracker"] or found


def _reason(evaluation: Evaluation) -> str:
    if evaluation.witness == "debug" and evaluation.in_experiment:
        return "debug copy only"
    return evaluation.reason.split(" ")[0]


def _elsewhere(scope: Scope) -> Ruling | None:
    """The same unit was exposed, in another environment."""
    found = [
        each for each in scope.evaluations if _exposed_here(scope, each) and _same_units(each, scope.event)
    ]
    other = [each for each in found if not same_environment(each.environment, scope.event.environment)]
    nearest = nearest_of(other, scope.event.instant)
    return None if nearest is None else Ruling(Verdict.OTHER_ENVIRONMENT, baseline=nearest)


def _other_kind(scope: Scope) -> Ruling | None:
    """A key of the event was exposed, as another kind."""
    keys = set(scope.event.units.values())
    found = [
        each
        for each in scope.evaluations
        if _exposed_here(scope, each)
        and same_environment(each.environment, scope.event.environment)
        and any(key in keys and scope.event.units.get(kind) != key for kind, key in each.units.items())
    ]
    nearest = nearest_of(found, scope.event.instant)
    if nearest is None:
        return None
    kinds = sorted(kind for kind, key in nearest.units.items() if key in keys)
    return Ruling(
        Verdict.KIND_MISMATCH, f"{', '.join(kinds)} → {', '.join(sorted(scope.event.units))}", nearest
    )


def _exposed_here(scope: Scope, evaluation: Evaluation) -> bool:
    return evaluation.exposes and scope.concerns(evaluation.flag)


def _experiments(scope: Scope, evidence: Evidence) -> Iterator[tuple[str, FlagRecord, frozenset[str]]]:
    """Return the flags with exposures in the event's environment, and the kinds that were exposed there."""
    for name in evidence.experiments:
        if scope.concerns(name):
            record = evidence.flags[name]
            here = in_environment(record.exposed, scope.event.environment)
            kinds = frozenset(kind for environment in here for kind in record.exposed[environment])
            if kinds:
                yield name, record, kinds


def _kind_never_tracked(scope: Scope, evidence: Evidence) -> Ruling | None:
    """Others were exposed as units of a kind that the event's context does not have."""
    event = scope.event
    experiments = list(_experiments(scope, evidence))
    if any(record.unit_kinds(event.metric.unit) <= event.units.keys() for _, record, _ in experiments):
        return None
    for name, record, exposed in experiments:
        kinds = record.unit_kinds(event.metric.unit)
        if event.metric.unit or len(event.units) > 1 or len(exposed) > 1:
            missing = ", ".join(sorted(kinds - event.units.keys()))
            return Ruling(Verdict.UNIT_KIND_MISSING, f"tracked without {missing}", config=name)
    return None


def _introduced(scope: Scope, evidence: Evidence) -> Ruling | None:
    """Only an index event shows the key, from a time when flags were evaluated that sent no exposure."""
    newest, certain = -1, True
    for key in set(scope.event.units.values()):
        dossier = evidence.dossiers.get(key)
        for (environment, _), at_us in dossier.indexed.items() if dossier else ():
            if same_environment(environment, scope.event.environment):
                newest = max(newest, at_us)
                certain &= environment not in evidence.uncertain
    begun = [
        name
        for name, record in _silent_flags(scope, evidence)
        for each in in_environment(record.started, scope.event.environment)
        if record.started[each] <= newest
    ]
    if not begun or not certain:
        return None
    return Ruling(Verdict.NOT_IN_EXPERIMENT, "index", config=begun[0] if len(begun) == 1 else "")


def _silent_flags(scope: Scope, evidence: Evidence) -> list[tuple[str, FlagRecord]]:
    """Return flags that were evaluated more often than events say, experiments alone where there are any."""
    experiments = [(name, record) for name, record, _ in _experiments(scope, evidence)]
    found = experiments or [(n, r) for n, r in evidence.flags.items() if scope.concerns(n)]
    return sorted((name, record) for name, record in found if record.unexplained and _here(scope, record))


def _here(scope: Scope, record: FlagRecord) -> bool:
    kinds = not record.kinds or bool(record.kinds & scope.event.units.keys())
    return kinds and any(same_environment(each, scope.event.environment) for each in record.started)


def _other_key(scope: Scope, evidence: Evidence) -> Ruling | None:
    """Units of the event's kind were exposed, never this one."""
    experiments = list(_experiments(scope, evidence))
    for name, record, exposed in experiments:
        kinds = record.unit_kinds(scope.event.metric.unit) & exposed & scope.event.units.keys()
        if kinds:
            if evidence.forgotten:
                return Ruling(Verdict.CANNOT_TELL, "forgotten", config=name)
            kind = "user" if "user" in kinds else min(kinds)
            hint = "random key" if _looks_random(scope.event.units[kind]) else ""
            config = name if scope.flags or len(experiments) == 1 else ""
            return Ruling(Verdict.KEY_MISMATCH, hint or kind, config=config)
    return None


def _unwitnessed(scope: Scope, evidence: Evidence) -> Ruling | None:
    """Flags were evaluated, and nothing says for whom."""
    if evidence.forgotten:
        return Ruling(Verdict.CANNOT_TELL, "forgotten")
    silent = _silent_flags(scope, evidence)
    if not silent:
        return None
    return Ruling(Verdict.CANNOT_TELL, "summary", config=silent[0][0] if len(silent) == 1 else "")


def _looks_random(key: str) -> bool:
    """Return whether a key looks made up anew for each request: a UUID or long hexadecimal."""
    digits = key.replace("-", "")
    return len(digits) >= 24 and all(char in "0123456789abcdefABCDEF" for char in digits)
