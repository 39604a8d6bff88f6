"""The words of the debugger: verdicts with their severity, notes, and what is known of a metric."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache


class Severity(StrEnum):
    """How bad a verdict is: errors are not counted in the experiment, warnings may be, info could not be decided."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Verdict(StrEnum):
    """What the debugger says of a metric event: attributed, or why not."""

    ATTRIBUTED = "attributed"
    ATTRIBUTES_DIFFER = "attributes_differ"
    BEFORE_EXPOSURE = "before_exposure"
    CANNOT_TELL = "cannot_tell"
    KEY_MISMATCH = "key_mismatch"
    KIND_MISMATCH = "kind_mismatch"
    UNIT_KIND_MISSING = "unit_kind_missing"
    NOT_IN_EXPERIMENT = "not_in_experiment"
    NO_EXPOSURE = "no_exposure"
    OTHER_ENVIRONMENT = "other_environment"
    VALUE_MISSING = "value_missing"
    VALUE_INVALID = "value_invalid"
    EVENT_KEY_TYPO = "event_key_typo"
    NOT_DELIVERED = "not_delivered"


class Note(StrEnum):
    """Something worth knowing beside the verdict."""

    METADATA_MISSING = "metadata_missing"
    RUN_MISMATCH = "run_mismatch"
    CROSSOVER = "crossover"
    ANONYMOUS = "anonymous"
    SHARED_KEY = "shared_key"
    REDACTED = "redacted"
    SAMPLED = "sampled"
    ATTRIBUTES_UNKNOWN = "attributes_unknown"
    IDENTITY_OVERWRITTEN = "identity_overwritten"


_SEVERITY = {
    Verdict.ATTRIBUTED: Severity.OK,
    Verdict.ATTRIBUTES_DIFFER: Severity.WARNING,
    Verdict.BEFORE_EXPOSURE: Severity.WARNING,
    Verdict.CANNOT_TELL: Severity.INFO,
}
_COST = re.compile(r"cost|spen[dt]|price|usd|dollar", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s_.:/-]+")


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric whose events are judged, and what is known of it from elsewhere."""

    key: str
    unit: str = ""
    """Context kind by which the experiment randomises; empty: guessed from the exposures."""
    flag: str = ""
    """The flag or AI Config of the experiment; empty: whatever the unit was exposed to."""
    numeric: bool = True
    """Whether the metric needs a value (a count of events does not)."""
    filters: frozenset[str] = field(default_factory=frozenset)
    """Attributes that the metric filters on: a difference in one of them is an error."""

    @property
    def is_cost(self) -> bool:
        """Whether the values are dollars, by the metric's name."""
        return _is_cost(self.key)


@lru_cache(maxsize=1024)
def _is_cost(key: str) -> bool:
    return bool(_COST.search(key))


def severity(verdict: Verdict) -> Severity:
    """Return how bad a verdict is, where nothing else is known."""
    return _SEVERITY.get(verdict, Severity.ERROR)


def is_typo(key: str, known: str) -> bool:
    """Return whether an event key is a known metric key but for case, separators or one character.

    Keys that differ in a number (``step_1``, ``step_2``) are different metrics, not typos.
    """
    if key == known:
        return False
    own, other = _SEPARATORS.sub("", key).casefold(), _SEPARATORS.sub("", known).casefold()
    if own == other:
        return True
    return len(other) > 3 and re.findall(r"\d+", own) == re.findall(r"\d+", other) and _one_edit(own, other)


def metric_of(key: str, metrics: Sequence[Metric]) -> tuple[Metric, bool] | None:
    """Return the metric that an event key means and whether it is misspelt; None for other keys.

    Without any metrics given, every key outside ``$ld:`` is a metric of its own.
    """
    if not metrics:
        found = Metric(key)
        return None if key.startswith("$ld:") else (Metric(key, numeric=found.is_cost), False)
    for metric in metrics:
        if metric.key == key:
            return metric, False
    return next(((metric, True) for metric in metrics if is_typo(key, metric.key)), None)


def _one_edit(one: str, other: str) -> bool:
    """Return whether one insertion, deletion, replacement or swap of neighbours makes them equal."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    if len(one) == len(other):
        swapped = one[start + 1 : start + 2] + one[start : start + 1] + one[start + 2 :]
        return one[start + 1 :] == other[start + 1 :] or swapped == other[start:]
    short, long = sorted((one, other), key=len)
    return short[start:] == long[start + 1 :]
