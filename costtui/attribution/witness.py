"""What is known of a context key: where it was evaluated, by which witness, and what was tracked for it."""

import math
from bisect import bisect_right, insort
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from costtui.attribution.contexts import Json, individuals
from costtui.attribution.difference import Difference, differences
from costtui.attribution.verdicts import Metric
from costtui.facts import Exposure, MetricEvent
from costtui.money import nano

Instant = tuple[int, int]
"""Time in microseconds, and the position among events of that time."""
Units = tuple[tuple[str, str], ...]
"""Kind and key of each individual context, sorted."""

RANK = {"feature": 6, "plugin": 5, "debug": 4, "usage": 3, "tracker": 2, "index": 1}
"""How far a witness of an evaluation is believed."""
_TIMES_LIMIT = 64
_NONE: frozenset[str] = frozenset()
"""Shared by the many that need no set of their own."""
_MEMO_LIMIT = 4096
_COST_FIELDS = ("cost", "cost_usd", "costUsd", "value", "amount", "total_cost", "totalCost", "metricValue")


class KnownContext:
    """A context in normal form with what verdicts ask of it again and again."""

    __slots__ = ("anonymous", "id", "json", "overwritten", "redacted")

    def __init__(self, written: str, context: Json) -> None:
        self.id = written
        self.json = context
        self.anonymous = self.redacted = self.overwritten = False
        # Most contexts hold none of these words: looking at the text first saves opening them.
        if "anonymous" in written or "_meta" in written or "attribute_k" in written:
            self._open()

    def _open(self) -> None:
        inner = individuals(self.json).values()
        self.anonymous = any(each.get("anonymous") is True for each in inner)
        self.redacted = any("_meta" in each for each in inner)
        self.overwritten = any("attribute_key" in each or "attribute_kind" in each for each in inner)


class KnownContexts:
    """Makes equal contexts one object, and compares each pair once."""

    def __init__(self) -> None:
        self._known: dict[str, KnownContext] = {}
        self._compared: dict[tuple[str, str], tuple[Difference, ...]] = {}

    def know(self, context: Mapping[str, Any] | None) -> KnownContext | None:
        """Return what is known of a context in normal form (which is sorted: its text identifies it)."""
        if context is None:
            return None
        written = repr(context)
        known = self._known.get(written)
        if known is None:
            if len(self._known) >= _MEMO_LIMIT:
                self._known.clear()
            own = context if isinstance(context, dict) else dict(context)
            known = self._known[written] = KnownContext(written, own)
        return known

    def compare(self, evaluated: KnownContext, tracked: KnownContext) -> tuple[Difference, ...]:
        """Return the differences between two contexts."""
        if evaluated.id == tracked.id:
            return ()
        pair = evaluated.id, tracked.id
        found = self._compared.get(pair)
        if found is None:
            if len(self._compared) >= _MEMO_LIMIT:
                self._compared.clear()
            found = self._compared[pair] = differences(evaluated.json, tracked.json)
        return found


class Evaluation:
    """Equal evaluations of one flag for one context by one witness, with their times."""

    __slots__ = (
        "call_site", "context", "environment", "flag", "in_experiment", "reason", "sender",
        "times", "units", "variation", "witness",
    )  # fmt: skip

    def __init__(self, fact: Exposure, context: KnownContext | None) -> None:
        self.environment = fact.environment
        self.flag = fact.flag
        self.units = fact.units
        self.context = context
        self.witness = fact.witness
        self.in_experiment = fact.in_experiment
        self.variation = fact.variation
        self.reason = fact.reason
        self.call_site = fact.call_site
        self.sender = fact.sender
        self.times: list[Instant] = []

    @property
    def exposes(self) -> bool:
        """Whether this is an exposure: in the experiment, by a witness that LaunchDarkly counts."""
        return self.in_experiment and self.witness in ("feature", "plugin")

    def add(self, instant: Instant) -> None:
        """Add an evaluation; of many, the first and the newest are kept."""
        if self.times and instant > self.times[-1]:
            self.times.append(instant)
        else:
            insort(self.times, instant)
        if len(self.times) > _TIMES_LIMIT:
            del self.times[1]

    def latest(self, until: Instant) -> Instant | None:
        """Return when it last happened up to an instant, None if never."""
        index = bisect_right(self.times, until)
        return self.times[index - 1] if index else None

    def order(self) -> tuple[int, tuple[str, ...]]:
        """Return what decides between evaluations of one instant, whatever their order of arrival."""
        words = (
            self.flag,
            self.variation,
            self.context.id if self.context else "",
            self.environment,
            self.reason,
            self.call_site,
        )
        return RANK.get(self.witness, 0), (*words, repr(sorted(self.units.items())))


class Tracked:
    """One metric event, reduced to what a verdict needs."""

    __slots__ = (
        "call_site", "config", "context", "cost_nano", "delivered", "environment", "fault", "has_config",
        "instant", "key", "metric", "run_id", "sender", "typo", "units", "value", "witness",
    )  # fmt: skip

    def __init__(self, event: MetricEvent, metric: Metric, typo: bool, context: KnownContext | None) -> None:
        self.instant: Instant = (event.at_us, event.order)
        self.key = event.key
        self.metric = metric
        self.typo = typo
        self.environment = event.environment
        self.units = event.units
        self.context = context
        self.witness = event.witness
        self.fault = value_fault(event.value, event.data) if metric.numeric else ""
        self.cost_nano = amount(event.value, event.data) if metric.is_cost else None
        self.value = event.value if isinstance(event.value, int | float | str | None) else str(event.value)
        self.run_id = event.ai_run_id
        self.config = event.config_key
        self.has_config = bool(event.config_key and event.variation_key)
        self.call_site = event.call_site
        self.delivered = event.delivered
        self.sender = event.sender

    def order(self) -> tuple[Instant, tuple[str, ...]]:
        """Return what sorts events, whatever their order of arrival."""
        words = (
            self.key,
            self.context.id if self.context else "",
            repr(self.value),
            self.environment,
            self.witness,
            self.config,
            self.run_id,
        )
        return self.instant, (*words, self.call_site, repr(sorted(self.units.items())))


class Dossier:
    """All that is known about one context key, of any kind."""

    __slots__ = (
        "evaluations",
        "events",
        "first_variations",
        "indexed",
        "judged",
        "last_event",
        "linked",
        "settled",
    )

    def __init__(self) -> None:
        self.evaluations: dict[tuple[Any, ...], Evaluation] = {}
        self.events: list[Tracked] = []
        self.indexed: dict[tuple[str, Units], int] = {}
        """Environment and units → newest time at which an index event introduced that context."""
        self.first_variations: dict[tuple[str, str, str, int | None], str] = {}
        """(environment, flag, kind, version) → the variation that was served first to arrive."""
        self.linked: set[str] | frozenset[str] = _NONE
        """Keys whose multi-context events name this key as well."""
        self.last_event: Instant = (-1, -1)
        self.judged: dict[Any, Any] = {}
        """Total of a cause → share of this key's events in it."""
        self.settled: dict[Any, Any] = {}
        """The same for events that were judged for good."""

    def link(self, key: str) -> None:
        """Note a key whose multi-context events name this one."""
        if not self.linked:
            self.linked = set()
        assert isinstance(self.linked, set)
        self.linked.add(key)


def value_fault(value: Any, data: Any) -> str:
    """Return what keeps a metric value from counting, in a word: empty where it is a finite number."""
    if value is None:
        return "only in data" if _in_data(data) is not None else "missing"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "" if math.isfinite(value) else "not a number"
    return "text" if isinstance(value, str) else "not a number"


def amount(value: Any, data: Any) -> int | None:
    """Return the dollars that an event stands for as nano-dollars, even where LaunchDarkly cannot read them."""
    found = _in_data(data) if value is None else value
    if found is None or isinstance(found, bool):
        return None
    try:
        return nano(found if isinstance(found, float | Decimal) else str(found).strip().lstrip("$"))
    except (ValueError, InvalidOperation, OverflowError):
        return None


def primary_key(found: Mapping[str, str]) -> str:
    """Return the key under which an event of these units is kept: the user's, else the first kind's."""
    return found["user"] if "user" in found else found[min(found)]


def _in_data(data: Any) -> Any:
    if isinstance(data, bool) or data is None:
        return None
    if isinstance(data, int | float):
        return data
    if isinstance(data, Mapping):
        for name in _COST_FIELDS:
            if isinstance(data.get(name), int | float | str) and not isinstance(data[name], bool):
                return data[name]
    return None
