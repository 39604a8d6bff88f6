"""Follows the exposures and metric events of a store, page by page, and keeps the units of every experiment."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from zlib import crc32

from costtui.attribution.evidence import EVALUATIONS_LIMIT, Evidence
from costtui.attribution.experiment.bookings import Bookings
from costtui.attribution.experiment.plan import METRIC, Plan, plan_of
from costtui.attribution.experiment.units import Tally, attributes_of
from costtui.attribution.verdicts import Metric, metric_of
from costtui.attribution.witness import Dossier, Tracked, primary_key
from costtui.facts import Exposure, MetricEvent
from costtui.reading import EvidenceReader
from costtui.window import Span

PAGE = 2_000
_END = 2**62
"""A cursor beyond everything: of exposures or of events, whichever are not to be read now."""
_SLACK_US = 60_000_000
"""How much later than their events exposures may be written: senders keep both back for a while."""
_MOST_EXPERIMENTS = 100
_MOST_KEYS = 10_000
_KEYS_PER_UNIT = 6
"""Context keys of other kinds (sessions, organisations) that are kept with each unit, on average."""


class Ledger:
    """Keeps the units of every experiment while the evidence of a store grows.

    Verdicts are the debugger's. What counts, counts for good; what does not is judged again when an exposure of its keys
    arrives late. Memory is bounded by ``limit`` units: beyond it every second, fourth … of them is kept, by the hash of
    its key, which leaves means, ratios and shares as they are.
    """

    def __init__(
        self,
        reader: EvidenceReader,
        plans: Sequence[Plan] = (),
        span: Span | None = None,
        limit: int = 20_000,
        *,
        metrics: Sequence[Metric] = (),
    ) -> None:
        """Follow a store; ``span``: only what lies in it counts, whatever came before explains it.

        ``metrics``: what is known of metric events; only those that some plan asks for are looked at.
        """
        self._reader = reader
        self._plans = tuple(plans)
        self._span = span
        self._limit = limit
        self._kinds = tuple(dict.fromkeys(plan.unit for plan in self._plans if plan.unit))
        """Kinds by which units are chosen, where they are not users."""
        known = {metric.key: metric for metric in metrics}
        units = {METRIC: "", **{plan.metric: plan.unit for plan in self._plans}}
        self._metrics = tuple(known.get(key, Metric(key, unit)) for key, unit in units.items())
        self._known: dict[str, tuple[Metric, bool] | None] = {}
        self._cursor: tuple[int, ...] = ()
        self._exposures: deque[Exposure] = deque()
        self._events: deque[MetricEvent] = deque()
        self._ended = [False, False]
        self._exposed_until = self._tracked_until = 0
        self._touched: set[str] = set()
        self._evidence = Evidence()
        self._bookings = Bookings(self._evidence, self._tally, limit // 2)
        self.rate = 1
        """One in so many units is kept."""
        self.tallies: dict[str, Tally] = {}
        """Flag or AI Config → its units."""
        self.other_costs: Counter[str] = Counter()
        """Events whose keys sound like costs, and that no experiment asks for."""

    def advance(self) -> bool:
        """Take in the next page, and return whether there was something on it. Raises StoreError."""
        if not self._cursor:
            self._cursor = self._reader.evidence(limit=0).cursor
        if not self._exposures:
            self._read(0)
        if not self._events:
            self._read(1)
        grown = bool(self._exposures or self._events)
        self._take_exposures()
        self._take_events()
        if not grown:
            self._bookings.settle(self._touched)
            self._touched.clear()
        self._stay_small()
        return grown

    def _read(self, which: int) -> None:
        """Read a page of exposures (0) or of metric events (1)."""
        after = tuple(at if place % 2 == which else _END for place, at in enumerate(self._cursor))
        page = self._reader.evidence(after, PAGE)
        self._cursor = tuple(
            page.cursor[place] if place % 2 == which else at for place, at in enumerate(self._cursor)
        )
        self._exposures.extend(page.exposures)
        self._events.extend(page.events)
        self._tracked_until = max((event.at_us for event in page.events), default=self._tracked_until)
        self._ended[which] = not (page.exposures if which == 0 else page.events)

    def _take_exposures(self) -> None:
        """Take in exposures, as far as events need them: their table may be many times as long."""
        until = self._tracked_until + _SLACK_US if self._events else _END
        while self._exposures and self._exposed_until <= until:
            self._expose(self._exposures.popleft())
        for key in self._evidence.crowded:
            self._relieve(key)
        self._evidence.crowded.clear()

    def _take_events(self) -> None:
        """Take in the events that no exposure can come for any more, as far as the order of the tables tells."""
        while self._events:
            if not self._ended[0] and self._events[0].at_us + _SLACK_US > self._exposed_until:
                return
            event = self._events.popleft()
            found = self._metric(event.key)
            if found is None and len(self.other_costs) < _MOST_KEYS and Metric(event.key).is_cost:
                self.other_costs[event.key] += 1
            if found is not None and event.units and self._keeps(event.units) and self._inside(event.at_us):
                self._bookings.add(event, *found)

    def _expose(self, fact: Exposure) -> None:
        self._exposed_until = max(self._exposed_until, fact.at_us)
        if self._span is not None and fact.at_us >= self._span.end_us:
            return
        if fact.units and fact.witness != "summary":
            if not self._keeps(fact.units):
                return
            self._touched.update(fact.units.values())
        self._evidence.add(fact)
        if not (fact.in_experiment and fact.witness in ("feature", "plugin")):
            return
        tally = self._of_flag(fact.flag, fact.units)
        key = fact.units.get(tally.unit_kind) if tally else None
        inside = self._inside(fact.at_us)
        if tally is None:
            return
        if inside:
            tally.saw(fact.at_us)
        if key is None:
            tally.without_unit += inside
            return
        unit = tally.unit(key)
        unit.expose(fact.variation, fact.witness, fact.reason, inside=inside)
        if tally.audience and not unit.attributes:
            unit.attributes = attributes_of(fact.context, tally.audience)

    def _of_flag(self, flag: str, units: Mapping[str, str]) -> Tally | None:
        tally = self.tallies.get(flag)
        if tally is None and len(self.tallies) < _MOST_EXPERIMENTS:
            plan = plan_of(flag, self._plans)
            kind = plan.unit or ("user" if "user" in units else min(units))
            tally = self.tallies[flag] = Tally(plan, kind)
        return tally

    def _tally(self, config: str, event: Tracked) -> Tally | None:
        """Return the experiment that an event belongs to: the one it is judged by, else the only one of its metric."""
        if config:
            return self._of_flag(config, event.units)
        found = [tally for tally in self.tallies.values() if tally.plan.metric == event.metric.key]
        return found[0] if len(found) == 1 else None

    def _metric(self, key: str) -> tuple[Metric, bool] | None:
        """Return the metric of a key, None for one that is no cost; only known metrics are told from typing errors."""
        if key not in self._known:
            if len(self._known) > _MOST_KEYS:
                self._known.clear()
            self._known[key] = metric_of(key, self._metrics)
        return self._known[key]

    def _inside(self, at_us: int) -> bool:
        return self._span is None or self._span.start_us <= at_us < self._span.end_us

    def _keeps(self, units: Mapping[str, str]) -> bool:
        if self.rate == 1:
            return True
        found = next((units[kind] for kind in self._kinds if kind in units), None)
        return self._keeps_key(primary_key(units) if found is None else found)

    def _keeps_key(self, key: str) -> bool:
        return not crc32(key.encode("utf-8", "replace")) % self.rate

    def _relieve(self, key: str) -> None:
        """Drop the older half of a key's evaluations: contexts that hold a time make each one different."""
        dossier = self._evidence.dossiers[key]
        newest = sorted(dossier.evaluations.items(), key=lambda item: (item[1].times[-1], item[1].order()))
        dossier.evaluations = dict(newest[-EVALUATIONS_LIMIT // 2 :])

    def _stay_small(self) -> None:
        while sum(len(tally.units) for tally in self.tallies.values()) > self._limit:
            self._halve()
        dossiers = self._evidence.dossiers
        while len(dossiers) > _KEYS_PER_UNIT * self._limit:
            dossiers.popitem(last=False)
            self._evidence.forgotten = True

    def _halve(self) -> None:
        """Keep half of the units, and what is known of them."""
        self.rate *= 2
        dossiers = self._evidence.dossiers
        for key in [key for key, dossier in dossiers.items() if not self._keeps_dossier(key, dossier)]:
            del dossiers[key]
        for tally in self.tallies.values():
            tally.units = {key: unit for key, unit in tally.units.items() if self._keeps_key(key)}
        self._bookings.keep(self._keeps)

    def _keeps_dossier(self, key: str, dossier: Dossier) -> bool:
        found = dossier.evaluations.values()
        return any(self._keeps(each.units) for each in found) if found else self._keeps_key(key)
