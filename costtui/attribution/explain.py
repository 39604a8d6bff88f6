"""Why a verdict was given, in one sentence that names the evidence, and what to change, in the sender's language."""

from collections.abc import Callable, Mapping

from costtui.attribution.difference import REDACTED, Change, Difference, json_text
from costtui.attribution.judge import Judgement
from costtui.attribution.snippets import CLOSE, KEY, NUMBER, SHARE
from costtui.attribution.verdicts import Note, Verdict
from costtui.attribution.witness import Tracked
from costtui.text import shorten

_SHOWN = 4
_DOCUMENTED = "LaunchDarkly documents kind and key as what must match"


def why(event: Tracked, judgement: Judgement) -> str:
    """Return the sentence that says why."""
    return _WHY[judgement.verdict](event, judgement)


def fix(event: Tracked, judgement: Judgement, language: str) -> str:
    """Return what to do about it, with a line of code where one helps; empty where nothing is wrong."""
    if judgement.verdict is Verdict.ATTRIBUTED:
        return ""
    advice, code = _FIX[judgement.verdict]
    template = code.get(language, "")
    metric, config = event.metric.key, judgement.config or "flag-key"
    return advice + (f"\n{template.format(metric=metric, config=config)}" if template else "")


def name_units(found: Mapping[str, str]) -> str:
    """Return the units of a context in words: ``user u1, org o1``."""
    return ", ".join(f"{kind} {shorten(key, 40)}" for kind, key in sorted(found.items()))


def name_change(difference: Difference) -> str:
    """Return a difference in words, seen from the tracked side."""
    if not difference.attribute:
        return f"the whole kind {difference.kind} is {difference.change}"
    named = f"attribute {difference.attribute!r} of the {difference.kind}"
    if difference.change is Change.ADDED:
        return f"{named} added ({_value(difference.tracked)})"
    if difference.change is Change.REMOVED:
        return f"{named} removed (was {_value(difference.evaluated)})"
    return f"{named} {difference.change} from {_value(difference.evaluated)} to {_value(difference.tracked)}"


def _value(value: object) -> str:
    return "redacted" if value == REDACTED else shorten(json_text(value), 40)


def _changes(judgement: Judgement) -> str:
    shown = [name_change(each) for each in judgement.differences[:_SHOWN]]
    more = len(judgement.differences) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _and_changes(judgement: Judgement) -> str:
    return f" The contexts differ as well: {_changes(judgement)}." if judgement.differences else ""


def _config(judgement: Judgement) -> str:
    return judgement.config or "the flag"


def _attributed(event: Tracked, judgement: Judgement) -> str:
    unknown = judgement.baseline is not None and judgement.baseline.context is None
    if event.context is None or unknown:
        return "The unit was exposed before; this SDK sends keys only, so attributes cannot be compared."
    return "The unit was exposed in the experiment before, with the same context."


def _attributes_differ(event: Tracked, judgement: Judgement) -> str:
    hit = {each.attribute.strip("/").split("/")[0] for each in judgement.differences} & event.metric.filters
    grounds = (
        f"the metric filters on {', '.join(sorted(hit))}, so the event may not match"
        if hit
        else f"{_DOCUMENTED}, but "
        "filters, targeting and segments look at attributes, and this is how a whole experiment has stayed empty before"
    )
    return f"Tracked with another context than {_config(judgement)} was evaluated with: {_changes(judgement)}; {grounds}."


def _before_exposure(event: Tracked, judgement: Judgement) -> str:
    return (
        "Tracked before the unit was first exposed: LaunchDarkly counts events after an evaluation."
        + _and_changes(judgement)
    )


def _cannot_tell(event: Tracked, judgement: Judgement) -> str:
    if judgement.detail == "forgotten":
        return "Older exposures were dropped to stay within memory, so a match cannot be ruled out."
    return (
        f"{judgement.config or 'A flag'} was evaluated, but the stream does not show for which context: an untracked flag "
        "leaves only a count, and an index event may come from track()."
    )


def _key_mismatch(event: Tracked, judgement: Judgement) -> str:
    hint = (
        " The tracked key looks random: a new one per request can never match."
        if judgement.detail == "random key"
        else ""
    )
    exposed = f"Others were exposed to {judgement.config}" if judgement.config else "Others were exposed"
    return f"{exposed}, {name_units(event.units)} never was: evaluation and track() use different keys.{hint}"


def _kind_mismatch(event: Tracked, judgement: Judgement) -> str:
    exposed, _, tracked = judgement.detail.partition(" → ")
    return f"The same key was exposed as kind {exposed}, and tracked as kind {tracked}: to LaunchDarkly they are strangers."


def _unit_kind_missing(event: Tracked, judgement: Judgement) -> str:
    side, _, kind = judgement.detail.partition(" without ")
    other = "evaluated" if side == "tracked" else "tracked"
    guess = (
        ""
        if event.metric.unit
        else f" If the experiment randomises by {min(event.units)}, say --unit {min(event.units)}."
    )
    return f"The {side} context has no {kind}, the {other} one has: an experiment by {kind} cannot connect them.{guess}"


_REASONS = {
    "OFF": "the flag is off",
    "FALLTHROUGH": "the default rule served it outside the experiment",
    "RULE_MATCH": "a rule outside the experiment matched",
    "TARGET_MATCH": "it is an individual target",
    "PREREQUISITE_FAILED": "a prerequisite failed",
    "ERROR": "the evaluation failed and served the default",
    "index": "no event shows an exposure, and the SDK sends one for every evaluation in an experiment",
    "debug copy only": "only a debug copy of the evaluation was sent, which experiments do not count",
}


def _not_in_experiment(event: Tracked, judgement: Judgement) -> str:
    reason = _REASONS.get(judgement.detail, "the evaluation sent no exposure")
    if Note.SAMPLED in judgement.notes and judgement.detail == "index":
        reason = "its evaluation was outside, or its exposure is one of those that sampling leaves out"
    return (
        f"{judgement.config or 'A flag'} was evaluated for {name_units(event.units)}, but not in an "
        f"experiment: {reason}." + _and_changes(judgement)
    )


def _no_exposure(event: Tracked, judgement: Judgement) -> str:
    return f"Nothing was evaluated for {name_units(event.units)} in what was captured, so there is nothing to attribute to."


def _other_environment(event: Tracked, judgement: Judgement) -> str:
    exposed = judgement.baseline.environment if judgement.baseline else "another environment"
    return f"Exposed in environment {exposed}, tracked in {event.environment}: two SDK keys, two worlds."


def _value_missing(event: Tracked, judgement: Judgement) -> str:
    place = (
        " The number stands in data, which LaunchDarkly does not read."
        if judgement.detail == "only in data"
        else ""
    )
    return f"No metric value was sent, and this metric needs a number.{place}{_and_changes(judgement)}"


def _value_invalid(event: Tracked, judgement: Judgement) -> str:
    kind = {"text": "text", "boolean": "true or false"}.get(judgement.detail, "not a finite number")
    return f"The metric value {_value(event.value)} is {kind}; LaunchDarkly counts numbers only."


def _event_key_typo(event: Tracked, judgement: Judgement) -> str:
    return f"Sent as {shorten(event.key, 60)!r}; the metric listens for {event.metric.key!r}."


def _not_delivered(event: Tracked, judgement: Judgement) -> str:
    return "The process called track(), and no event reached the endpoint: it was never flushed, or the batch was lost."


_Why = Callable[[Tracked, Judgement], str]
_WHY: Mapping[Verdict, _Why] = {
    Verdict.ATTRIBUTED: _attributed,
    Verdict.ATTRIBUTES_DIFFER: _attributes_differ,
    Verdict.BEFORE_EXPOSURE: _before_exposure,
    Verdict.CANNOT_TELL: _cannot_tell,
    Verdict.KEY_MISMATCH: _key_mismatch,
    Verdict.KIND_MISMATCH: _kind_mismatch,
    Verdict.UNIT_KIND_MISSING: _unit_kind_missing,
    Verdict.NOT_IN_EXPERIMENT: _not_in_experiment,
    Verdict.NO_EXPOSURE: _no_exposure,
    Verdict.OTHER_ENVIRONMENT: _other_environment,
    Verdict.VALUE_MISSING: _value_missing,
    Verdict.VALUE_INVALID: _value_invalid,
    Verdict.EVENT_KEY_TYPO: _event_key_typo,
    Verdict.NOT_DELIVERED: _not_delivered,
}

_FIX: Mapping[Verdict, tuple[str, Mapping[str, str]]] = {
    Verdict.ATTRIBUTES_DIFFER: (
        "Build the context once, and pass the same object to evaluation and track().",
        SHARE,
    ),
    Verdict.BEFORE_EXPOSURE: ("Evaluate the flag first, then track.", SHARE),
    Verdict.CANNOT_TELL: (
        "Turn on event tracking for the flag, or add costtui's AttributionPlugin to the SDK's Config(plugins=[…]): it sees "
        "every evaluation.",
        {},
    ),
    Verdict.KEY_MISMATCH: ("Use one stable key: pass the context of the evaluation to track().", SHARE),
    Verdict.KIND_MISMATCH: (
        "Give both contexts the same kind: pass the context of the evaluation to track().",
        SHARE,
    ),
    Verdict.UNIT_KIND_MISSING: (
        "Use one multi-context with every kind that an experiment may randomise by, on both sides.",
        SHARE,
    ),
    Verdict.NOT_IN_EXPERIMENT: (
        "Check that the flag is on, that the rule which matches carries the experiment with traffic for this unit, and that "
        "the context has the kind by which it randomises.",
        {},
    ),
    Verdict.NO_EXPOSURE: ("Evaluate the flag or AI Config with this context before tracking.", SHARE),
    Verdict.OTHER_ENVIRONMENT: ("Use the SDK key of one environment for evaluating and for tracking.", {}),
    Verdict.VALUE_MISSING: ("Pass the number as the metric value; data is not read as a value.", NUMBER),
    Verdict.VALUE_INVALID: ("Pass a finite number.", NUMBER),
    Verdict.EVENT_KEY_TYPO: ("Track with the metric's exact event key.", KEY),
    Verdict.NOT_DELIVERED: (
        "Close the client before the process ends; pass floats, never Decimal or datetime (one value that is not JSON loses the "
        "whole batch); after os.fork() call postfork().",
        CLOSE,
    ),
}

NOTES: Mapping[str, str] = {
    Note.METADATA_MISSING: "no config key with variation key in data, and no run id that the AI SDK has used: the cost cannot "
    "be joined to what it paid for",
    Note.RUN_MISMATCH: "the AI run id belongs to a run with another context",
    Note.CROSSOVER: "the unit was exposed to several variations of the flag",
    Note.ANONYMOUS: "an anonymous context: its attributes are redacted, its key may change with the device",
    Note.SHARED_KEY: "a key that many users share counts as one unit",
    Note.REDACTED: "private attributes are redacted: their names are compared, not their values",
    Note.SAMPLED: "fewer exposures were sent than the summary counts: sampling, or part of the traffic is outside",
    Note.ATTRIBUTES_UNKNOWN: "the SDK sends context keys only, so attributes cannot be compared; newer SDKs send them",
    Note.IDENTITY_OVERWRITTEN: "an attribute named key or kind: set on a builder, it replaces who the context is",
}
"""What each note means, in a line."""
