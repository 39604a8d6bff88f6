"""Bodies that LaunchDarkly SDKs post, of every schema, as exposures and metric events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costtui.attribution.contexts import Json, from_user, key_text, normal, redacted, units
from costtui.attribution.sender import environment, user_agent
from costtui.facts import Exposure, MetricEvent
from costtui.text import plain, shorten

INTERNAL_KIND = "ld_ai"
"""Kind of the context under which the AI SDKs report themselves."""
AI_PREFIX = "$ld:ai:"
_USAGE_PREFIXES = ("$ld:ai:usage:", "$ld:ai:config:function:", "$ld:ai:agent:function:")
"""*An AI Config was read with this context*; the last two are the names that older SDKs use."""
_METRIC_KINDS = ("custom", "click", "pageview")
_SILENT_KINDS = ("identify", "alias", "diagnostic-init")
_TEXT_LIMIT = 200
_DATA_FIELDS = 24
_MEMO_LIMIT = 4096
_MEMO_TEXT = 4096
"""Characters of a context that is remembered; larger ones are read each time."""
_UNITS = ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1))
"""Times below a bound are seconds, milliseconds (as documented) or microseconds, in microseconds each."""

Fact = Exposure | MetricEvent


@dataclass(frozen=True, slots=True)
class Batch:
    """What a body says."""

    facts: tuple[Fact, ...]
    events: int
    skipped: int
    """Events that could not be read."""
    dropped: int = 0
    """Events that the SDK says it dropped before sending."""


@dataclass(frozen=True, slots=True)
class _Who:
    context: Json | None
    units: Mapping[str, str]
    redacted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Origin:
    environment: str
    sender: str


class EventReader:
    """Reads bodies into facts; equal contexts are normalised once and shared.

    The positions of events go on from body to body, so that no two facts of one reader have the same place.
    """

    def __init__(self) -> None:
        self._contexts: dict[str, _Who] = {}
        self._read = 0
        self._at_us = 0

    def read(
        self, body: Any, path: str = "/bulk", headers: Mapping[str, str] | None = None, received_us: int = 0
    ) -> Batch:
        """Return the facts of a body in order. Never raises for what a body contains: bad events are counted.

        An event whose time is missing or no time has that of the event before it, else when the body was received.
        """
        origin = _Origin(environment(path, headers or {}), user_agent(headers or {}))
        events: Sequence[Any] = body if isinstance(body, list) else [body]
        self._at_us = _first_time(events) or received_us or self._at_us
        facts: list[Fact] = []
        skipped = dropped = 0
        for order, event in enumerate(events, self._read):
            try:
                if event["kind"] == "diagnostic":
                    dropped += max(int(event.get("droppedEvents") or 0), 0)
                else:
                    facts.extend(self._facts(event, origin, order))
            except (LookupError, TypeError, ValueError, AttributeError, RecursionError, OverflowError):
                skipped += 1
        self._read += len(events)
        return Batch(tuple(facts), len(events), skipped, dropped)

    def read_event(
        self, event: Mapping[str, Any], environment: str, sender: str, order: int
    ) -> tuple[Fact, ...]:
        """Return the facts of one event in the form of the wire. Raises LookupError, TypeError or ValueError."""
        return tuple(self._facts(event, _Origin(environment, sender), order))

    def _facts(self, event: Mapping[str, Any], origin: _Origin, order: int) -> Iterator[Fact]:
        kind = event["kind"]
        if kind == "summary":
            yield from _summary(event, origin, self._time(event.get("startDate")), order)
            return
        if kind in _SILENT_KINDS:
            return
        who = self._who(event)
        if not who.units:
            return
        at_us = self._time(event.get("creationDate"))
        if kind in _METRIC_KINDS:
            yield from _tracked(event, who, origin, at_us, order)
        elif kind in ("feature", "debug"):
            yield _evaluated(event, kind, who, origin, at_us, order)
        elif kind == "migration_op":
            yield _evaluated(event["evaluation"], "debug", who, origin, at_us, order)
        elif kind == "index":
            yield Exposure(
                origin.environment, "", at_us, order, who.context, who.units, "index", sender=origin.sender
            )
        else:
            raise ValueError(f"no kind of event known to costtui: {kind!r}")

    def _time(self, value: Any) -> int:
        """Return a time of the wire in microseconds, that of the event before where it is none."""
        found = _microseconds(value)
        if found is not None:
            self._at_us = found
        return self._at_us

    def _who(self, event: Mapping[str, Any]) -> _Who:
        """Return whose event it is, in the words of schema 4 (inline or keys only) or 3 (user)."""
        context, user = event.get("context"), event.get("user")
        if not isinstance(context, dict):
            if not isinstance(user, dict):
                keys = event.get("contextKeys")
                pairs = keys.items() if isinstance(keys, dict) else [("user", event["userKey"])]
                return _Who(None, {plain(str(kind)): plain(key_text(key)) for kind, key in pairs})
            context = from_user(user)
        written = repr(context)
        who = self._contexts.get(written)
        if who is None:
            who = _read_context(context)
            if len(written) <= _MEMO_TEXT:
                if len(self._contexts) >= _MEMO_LIMIT:
                    self._contexts.clear()
                self._contexts[written] = who
        return who


def _read_context(context: Mapping[str, Any]) -> _Who:
    clean = normal(context)
    found = units(clean)
    if not found:
        raise ValueError("a context without any key")
    if INTERNAL_KIND in found:
        del found[INTERNAL_KIND]
        clean = (
            normal({kind: inner for kind, inner in clean.items() if kind != INTERNAL_KIND}) if found else {}
        )
    return _Who(clean, found, redacted(clean))


def _evaluated(
    event: Mapping[str, Any], witness: str, who: _Who, origin: _Origin, at_us: int, order: int
) -> Exposure:
    reason = event.get("reason")
    reason = reason if isinstance(reason, dict) else {}
    return Exposure(
        environment=origin.environment,
        flag=_word(event["key"]),
        at_us=at_us,
        order=order,
        context=who.context,
        units=who.units,
        witness=witness,
        in_experiment=reason.get("inExperiment") is True,
        variation=_variation(event),
        version=_whole(event.get("version")),
        reason=_reason(reason),
        redacted=who.redacted,
        sender=origin.sender,
    )


def _tracked(event: Mapping[str, Any], who: _Who, origin: _Origin, at_us: int, order: int) -> Iterator[Fact]:
    key = event["key"]
    if not isinstance(key, str):
        raise TypeError("an event key that is no text")
    data = event.get("data")
    fields: Mapping[str, Any] = data if isinstance(data, dict) else {}
    config = _first(fields, "configKey", "config_key", "aiConfigKey", "ai_config_key")
    variation = _first(fields, "variationKey", "variation_key")
    run = _first(fields, "runId", "run_id")
    if key.startswith(_USAGE_PREFIXES):
        named = _word(data) if isinstance(data, str) else config or _first(fields, "key")
        yield Exposure(
            origin.environment, named, at_us, order, who.context, who.units, "usage",
            redacted=who.redacted, sender=origin.sender,
        )  # fmt: skip
        return
    if key.startswith(AI_PREFIX) and config:
        yield Exposure(
            origin.environment, config, at_us, order, who.context, who.units, "tracker",
            variation=variation, ai_run_id=run, redacted=who.redacted, sender=origin.sender,
        )  # fmt: skip
    yield MetricEvent(
        environment=origin.environment,
        key=_word(key),
        at_us=at_us,
        order=order,
        context=who.context,
        units=who.units,
        witness="custom",
        value=_scalar(event.get("metricValue")),
        data=_small(data),
        ai_run_id=run,
        config_key=config,
        variation_key=variation,
        redacted=who.redacted,
        sender=origin.sender,
    )


def _summary(event: Mapping[str, Any], origin: _Origin, at_us: int, order: int) -> Iterator[Exposure]:
    for flag, feature in event["features"].items():
        kinds = feature.get("contextKinds")
        shared = {plain(str(kind)): "" for kind in kinds} if isinstance(kinds, list) else {}
        if set(shared) == {INTERNAL_KIND}:
            continue
        counters = [each for each in feature.get("counters") or () if isinstance(each, dict)]
        counts = [max(_whole(each.get("count")) or 0, 0) for each in counters]
        yield Exposure(
            environment=origin.environment,
            flag=_word(flag),
            at_us=at_us,
            order=order,
            context=None,
            units=shared,
            witness="summary",
            reason="unknown flag" if counters and all(each.get("unknown") for each in counters) else "",
            count=sum(counts),
            sender=origin.sender,
        )


def _variation(event: Mapping[str, Any]) -> str:
    """Return the key of an AI Config's variation, else the variation's index; never the value, which may hold prompts."""
    value = event.get("value")
    meta = value.get("_ldMeta") if isinstance(value, dict) else None
    named = meta.get("variationKey") if isinstance(meta, dict) else None
    if isinstance(named, str) and named:
        return _word(named)
    index = _whole(event.get("variation"))
    return "" if index is None else str(index)


def _reason(reason: Mapping[str, Any]) -> str:
    parts = (reason.get(name) for name in ("kind", "errorKind", "ruleId", "prerequisiteKey"))
    return " ".join(_word(part) for part in parts if isinstance(part, str) and part)


def _small(data: Any) -> Any:
    """Return the data of an event without anything long: scalars, and the scalars of an object."""
    if isinstance(data, dict):
        first = list(data.items())[:_DATA_FIELDS]
        return {
            _word(str(name)): _scalar(value) for name, value in first if not isinstance(value, dict | list)
        }
    return None if isinstance(data, list) else _scalar(data)


def _scalar(value: Any) -> Any:
    if isinstance(value, str):
        return _word(value)
    return f"({type(value).__name__})" if isinstance(value, dict | list) else value


def _first(fields: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value:
            return _word(value)
    return ""


def _word(text: Any) -> str:
    return shorten(plain(text if isinstance(text, str) else str(text)), _TEXT_LIMIT)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53 else None


def _microseconds(value: Any) -> int | None:
    """Return a time in microseconds, None for what is no time; a sender that counts in seconds is understood."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return None
    return next((int(value * factor) for below, factor in _UNITS if value < below), None)


def _first_time(events: Sequence[Any]) -> int:
    times = (_microseconds(each.get("creationDate")) for each in events if isinstance(each, dict))
    return next((at_us for at_us in times if at_us is not None), 0)
