"""The attribution debugger: facts in, in any order and at any time; verdicts out, as of now."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from costtui.attribution.evidence import EVALUATIONS_LIMIT, Evidence
from costtui.attribution.groups import Cause, Report, Share, Total, cause_of, group_of, report_of
from costtui.attribution.history import Moment, evaluated_moments, tracked_moment
from costtui.attribution.judge import Judgement, judge
from costtui.attribution.pairs import paired
from costtui.attribution.verdicts import Metric, metric_of
from costtui.attribution.witness import Dossier, Tracked, primary_key
from costtui.facts import Exposure, MetricEvent

_SILENCE_US = 30_000_000
"""An event that the plugin saw and that the wire has not shown after this time was not delivered."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept; what is beyond is judged for good, oldest first."""

    keys: int = 100_000
    events: int = 50_000
    events_per_key: int = 500
    causes: int = 2_000
    """Beyond these, causes of one verdict are told together."""


class Debugger:
    """Keeps verdicts on metric events up to date while exposures and events arrive.

    Feeding costs O(1) per fact; a report judges again only the context keys that something new was learnt about. A late
    exposure flips the verdicts that it explains. Memory is bounded by ``Limits``.
    """

    def __init__(self, metrics: Sequence[Metric] = (), limits: Limits = Limits()) -> None:
        self._metrics = tuple(metrics)
        self._limits = limits
        self._evidence = Evidence()
        self._known: dict[str, tuple[Metric, bool] | None] = {}
        self._groups: dict[Cause, Total] = {}
        self._wire_until: dict[str, int] = {}
        self._waiting: set[str] = set()
        """Keys with events of the plugin that the wire has not confirmed."""
        self.kept = 0
        """Events that may still be judged anew."""
        self._version: tuple[int, frozenset[str]] = (0, frozenset())
        self.other_keys: Counter[str] = Counter()
        """Events with keys that no metric has."""

    def feed(self, facts: Iterable[Exposure | MetricEvent]) -> None:
        """Take in exposures and metric events; their contexts are in normal form, as every witness gives them."""
        for fact in facts:
            if isinstance(fact, MetricEvent):
                self._add(fact)
            else:
                self._evidence.add(fact)
        for key in self._evidence.crowded:
            self._relieve(self._evidence.dossiers[key])
        self._evidence.crowded.clear()
        if self.kept > self._limits.events or len(self._evidence.dossiers) > self._limits.keys:
            self._forget()

    def report(self) -> Report:
        """Return the verdicts on everything so far, as groups by cause, worst first."""
        self._judge_touched()
        self._groups = {cause: total for cause, total in self._groups.items() if total.events}
        for total in self._groups.values():
            total.settle()
        groups = [group_of(cause, total) for cause, total in self._groups.items()]
        return report_of(", ".join(metric.key for metric in self._metrics), groups)

    def history(self, key: str) -> tuple[Moment, ...]:
        """Return what is kept of a context key: its evaluations and metric events, the oldest first."""
        dossier = self._evidence.dossiers.get(key)
        if dossier is None:
            return ()
        tracked = (
            tracked_moment(event, found, total.cause) for event, found, total in self._judged(dossier.events)
        )
        moments = [*evaluated_moments(dossier), *tracked]
        return tuple(sorted(moments, key=lambda moment: (moment.at_us, moment.order)))

    def _add(self, event: MetricEvent) -> None:
        if event.witness != "plugin" and event.at_us > self._wire_until.get(event.environment, 0):
            self._wire_until[event.environment] = event.at_us
        found = self._metric(event.key)
        if found is None or not event.units:
            if found is None and not event.key.startswith("$ld:") and len(self.other_keys) < 1_000:
                self.other_keys[event.key] += 1
            return
        evidence = self._evidence
        tracked = Tracked(event, *found, evidence.contexts.know(event.context))
        key = primary_key(event.units)
        dossier = evidence.dossier(key)
        if tracked.witness == "plugin" and _replaced(dossier.events, tracked):
            evidence.touched.add(key)
            return
        dossier.events.append(tracked)
        dossier.last_event = max(dossier.last_event, tracked.instant)
        for other in event.units.values():
            if other != key:
                evidence.dossier(other).link(key)
        if tracked.run_id:
            evidence.run(tracked.run_id).keys.add(key)
        if tracked.witness == "plugin":
            self._waiting.add(key)
        evidence.touched.add(key)
        self.kept += 1
        if len(dossier.events) > self._limits.events_per_key:
            self._settle(dossier, self._limits.events_per_key // 2)

    def _metric(self, key: str) -> tuple[Metric, bool] | None:
        if key not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[key] = metric_of(key, self._metrics)
        return self._known[key]

    def _judge_touched(self) -> None:
        evidence = self._evidence
        version = evidence.version, evidence.uncertain
        if self._version != version:
            self._version = version
            evidence.touched.update(key for key, dossier in evidence.dossiers.items() if dossier.events)
        touched = evidence.touched | self._waiting if self._wire_until else evidence.touched
        evidence.touched = set()
        for key in touched:
            dossier = evidence.dossiers.get(key)
            if dossier is not None and (dossier.events or dossier.settled or dossier.judged):
                self._replace(key, dossier)
                if all(self._is_silent(event) for event in dossier.events if event.witness == "plugin"):
                    self._waiting.discard(key)  # only news of this key can change it now

    def _replace(self, key: str, dossier: Dossier) -> None:
        """Judge all events of a key again, and put its shares in the place of the earlier ones."""
        for total in dossier.judged:
            total.take(key)
        dossier.judged = self._shares(dossier.events)
        for total, settled in dossier.settled.items():
            now = self._groups.setdefault(total.cause, total)
            dossier.judged.setdefault(now, Share()).merge(settled, same_units=True)
        for total, share in dossier.judged.items():
            total.put(key, share)

    def _shares(self, events: Sequence[Tracked]) -> dict[Total, Share]:
        shares: dict[Total, Share] = {}
        for event, judgement, total in self._judged(events):
            share = shares.get(total)
            if share is None:
                share = shares[total] = Share()
            share.add(event, judgement)
        return shares

    def _judged(self, events: Sequence[Tracked]) -> Iterator[tuple[Tracked, Judgement, Total]]:
        for event, unconfirmed in paired(events):
            undelivered = unconfirmed and (event.delivered is False or self._is_silent(event))
            judgement = judge(event, self._evidence, undelivered=undelivered)
            yield event, judgement, self._total(cause_of(event, judgement))

    def _total(self, cause: Cause) -> Total:
        total = self._groups.get(cause)
        if total is None:
            if len(self._groups) >= self._limits.causes:
                cause = cause._replace(config="", detail="", changes=(), call_sites=())
            total = self._groups.setdefault(cause, Total(cause))
        return total

    def _is_silent(self, event: Tracked) -> bool:
        """Return whether the wire has gone on without an event."""
        return self._wire_until.get(event.environment, 0) > event.instant[0] + _SILENCE_US

    def _settle(self, dossier: Dossier, count: int) -> None:
        """Judge the oldest events of a key for good."""
        dossier.events.sort(key=Tracked.order)
        for total, share in self._shares(dossier.events[:count]).items():
            dossier.settled.setdefault(total, Share()).merge(share, same_units=True)
        del dossier.events[:count]
        self.kept -= count

    def _relieve(self, dossier: Dossier) -> None:
        """Judge all events of a key for good, then drop the older half of its evaluations."""
        self._settle(dossier, len(dossier.events))
        newest = sorted(dossier.evaluations.items(), key=lambda item: (item[1].times[-1], item[1].order()))
        dossier.evaluations = dict(newest[-EVALUATIONS_LIMIT // 2 :])

    def _forget(self) -> None:
        """Drop the keys that were not seen for longest; their verdicts stay counted as they are."""
        evidence = self._evidence
        self._judge_touched()
        while evidence.dossiers and (
            self.kept > self._limits.events * 9 // 10 or len(evidence.dossiers) > self._limits.keys * 9 // 10
        ):
            key, dossier = evidence.dossiers.popitem(last=False)
            self.kept -= len(dossier.events)
            self._waiting.discard(key)
            evidence.forgotten |= any(each.exposes for each in dossier.evaluations.values())
            for total in dossier.judged:
                total.archive(key)


def _replaced(events: list[Tracked], newer: Tracked) -> bool:
    """Put the plugin's last word on an event (that it was never delivered) in the place of its first."""
    for index in range(len(events) - 1, -1, -1):
        older = events[index]
        if (older.instant, older.key, older.environment, older.witness) == (
            newer.instant, newer.key, newer.environment, newer.witness,
        ) and older.units == newer.units:  # fmt: skip
            if newer.delivered is not None:
                events[index] = newer
            return newer.delivered is not None
    return False
