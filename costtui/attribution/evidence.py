"""Everything seen of evaluations, by context key and by flag: what verdicts are given from."""

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterator, Mapping

from costtui.attribution.sender import same_environment
from costtui.attribution.witness import Dossier, Evaluation, Instant, KnownContexts, primary_key
from costtui.facts import Exposure

_FLAGS_LIMIT = 10_000
_ENVIRONMENTS_LIMIT = 200
_RUNS_LIMIT = 50_000
EVALUATIONS_LIMIT = 128
"""Different evaluations of one key; contexts that hold a time make each one different."""


class FlagRecord:
    """What the whole stream says about one flag or AI Config."""

    __slots__ = ("crossed", "exposed", "features", "kinds", "shared_kinds", "started", "summarised", "usages")

    def __init__(self) -> None:
        self.exposed: dict[str, set[str]] = {}
        """Environment → kinds of which units were exposed."""
        self.shared_kinds: frozenset[str] | None = None
        """Kinds that every exposure had: the unit of randomisation is one of them."""
        self.crossed: frozenset[str] = frozenset()
        """Kinds of which one key was served several variations of one version."""
        self.features = 0
        """Evaluations that were sent."""
        self.usages = 0
        """Evaluations that an AI SDK announced."""
        self.summarised = 0
        """Evaluations that summaries count."""
        self.started: dict[str, int] = {}
        """Environment → when the first summary began to count."""
        self.kinds: set[str] = set()
        """Kinds of context that summaries name."""

    @property
    def unexplained(self) -> bool:
        """Whether summaries count evaluations of which no event was sent."""
        return self.summarised > max(self.features, self.usages)

    @property
    def sampled(self) -> bool:
        """Whether some evaluations were sent, and fewer than summaries count."""
        return 0 < self.features < self.summarised

    def unit_kinds(self, unit: str) -> frozenset[str]:
        """Return the kinds that may be the unit of randomisation: the one that is known, else a guess."""
        if unit:
            return frozenset((unit,))
        shared = self.shared_kinds or frozenset()
        return shared - self.crossed or shared


class RunRecord:
    """The first that was tracked under an AI run id."""

    __slots__ = ("config", "context_id", "instant", "keys")

    def __init__(self) -> None:
        self.instant: Instant | None = None
        self.context_id = ""
        self.config = ""
        self.keys: set[str] = set()
        """Keys with metric events of this run."""


class Evidence:
    """Exposures, indexed for verdicts. ``touched`` collects the keys whose verdicts may have changed."""

    def __init__(self) -> None:
        self.dossiers: OrderedDict[str, Dossier] = OrderedDict()
        self.flags: dict[str, FlagRecord] = {}
        self.experiments: list[str] = []
        """Flags that anybody was exposed to in an experiment, sorted."""
        self.runs: OrderedDict[str, RunRecord] = OrderedDict()
        self.contexts = KnownContexts()
        self._introduced: dict[str, int] = {}
        self._evaluated: dict[str, int] = {}
        self.touched: set[str] = set()
        self.version = 0
        """Counts the changes that may flip the verdicts of any key."""
        self.crowded: set[str] = set()
        """Keys with more different evaluations than are kept."""
        self.forgotten = False
        """Whether exposures had to be forgotten to stay within memory."""

    def dossier(self, key: str) -> Dossier:
        """Return the dossier of a key, made where there is none, and mark it as the last one used."""
        found = self.dossiers.get(key)
        if found is None:
            found = self.dossiers[key] = Dossier()
        else:
            self.dossiers.move_to_end(key)
        return found

    def run(self, run_id: str) -> RunRecord:
        """Return the record of an AI run id."""
        record = self.runs.get(run_id)
        if record is None:
            if len(self.runs) >= _RUNS_LIMIT:
                self.runs.popitem(last=False)
            record = self.runs[run_id] = RunRecord()
        return record

    def add(self, fact: Exposure) -> None:
        """Take in one exposure."""
        if fact.witness == "summary":
            self._add_summary(fact)
            return
        if fact.witness == "index":
            self._add_index(fact)
            return
        context = self.contexts.know(fact.context)
        signature = (
            fact.flag, fact.environment, fact.witness, fact.in_experiment, fact.variation, fact.version, fact.call_site,
            context.id if context else tuple(sorted(fact.units.items())),
        )  # fmt: skip
        instant = (fact.at_us, fact.order)
        exposure = None
        for key in set(fact.units.values()):
            dossier = self.dossier(key)
            evaluation = dossier.evaluations.get(signature)
            if evaluation is None:
                if len(dossier.evaluations) >= EVALUATIONS_LIMIT:
                    self.crowded.add(key)
                evaluation = dossier.evaluations[signature] = Evaluation(fact, context)
                self._touch(key, dossier)
            elif instant <= dossier.last_event or dossier.linked:
                self._touch(key, dossier)
            evaluation.add(instant)
            exposure = evaluation
        if fact.witness == "tracker" and fact.ai_run_id:
            self._add_run(fact, instant, context.id if context else "")
        elif fact.flag:
            self._add_to_flag(fact, exposure is not None and exposure.exposes)

    def _add_index(self, fact: Exposure) -> None:
        place = fact.environment, tuple(sorted(fact.units.items()))
        primary = primary_key(fact.units)
        for key in set(fact.units.values()):
            dossier = self.dossier(key)
            known = dossier.indexed.get(place)
            if known is None and len(dossier.indexed) >= EVALUATIONS_LIMIT:
                continue
            if known is None and key == primary:
                self._count(self._introduced, fact.environment, 1)
            if known is None or fact.at_us > known:
                dossier.indexed[place] = fact.at_us
                self._touch(key, dossier)

    def _count(self, counts: dict[str, int], environment: str, number: int) -> None:
        if environment in counts or len(counts) < _ENVIRONMENTS_LIMIT:
            counts[environment] = counts.get(environment, 0) + number

    @property
    def uncertain(self) -> frozenset[str]:
        """Environments where more contexts were introduced than flags were evaluated: track() introduced some."""
        return frozenset(
            name for name, number in self._introduced.items() if number > self._evaluated.get(name, 0)
        )

    def _touch(self, key: str, dossier: Dossier) -> None:
        self.touched.add(key)
        if dossier.linked:
            self.touched.update(dossier.linked)

    def _flag(self, name: str) -> FlagRecord | None:
        record = self.flags.get(name)
        if record is None and len(self.flags) < _FLAGS_LIMIT:
            record = self.flags[name] = FlagRecord()
        return record

    def _add_summary(self, fact: Exposure) -> None:
        record = self._flag(fact.flag)
        if record is None:
            return
        before = record.unexplained, record.sampled
        record.summarised += fact.count
        self._count(self._evaluated, fact.environment, fact.count)
        first = record.started.get(fact.environment)
        if first is None or fact.at_us < first:
            if first is None and len(record.started) >= _ENVIRONMENTS_LIMIT:
                return
            record.started[fact.environment] = fact.at_us
            self.version += 1
        if not record.kinds.issuperset(fact.units):
            record.kinds.update(fact.units)
            self.version += 1
        self.version += before != (record.unexplained, record.sampled)

    def _add_to_flag(self, fact: Exposure, exposed: bool) -> None:
        record = self._flag(fact.flag)
        if record is None:
            return
        if fact.witness in ("feature", "usage"):
            before = record.unexplained, record.sampled
            record.features += fact.witness == "feature"
            record.usages += fact.witness == "usage"
            self.version += before != (record.unexplained, record.sampled)
        if not exposed:
            return
        kinds = record.exposed.get(fact.environment)
        if kinds is None:
            if len(record.exposed) >= _ENVIRONMENTS_LIMIT:
                return
            if not record.exposed:
                insort(self.experiments, fact.flag)
            kinds = record.exposed[fact.environment] = set()
        if not kinds.issuperset(fact.units):
            kinds.update(fact.units)
            self.version += 1
        own = frozenset(fact.units)
        shared = own if record.shared_kinds is None else record.shared_kinds & own
        if shared != record.shared_kinds:
            record.shared_kinds = shared
            self.version += 1
        if len(own) > 1:
            self._add_variation(fact, record)

    def _add_variation(self, fact: Exposure, record: FlagRecord) -> None:
        for kind, key in fact.units.items():
            served = self.dossiers[key].first_variations
            place = (fact.environment, fact.flag, kind, fact.version)
            if served.setdefault(place, fact.variation) != fact.variation and kind not in record.crossed:
                record.crossed |= {kind}
                self.version += 1

    def _add_run(self, fact: Exposure, instant: Instant, context_id: str) -> None:
        record = self.run(fact.ai_run_id)
        if record.instant is None or (instant, context_id) < (record.instant, record.context_id):
            record.instant, record.context_id = instant, context_id
            record.config = fact.flag
            self.touched.update(record.keys)


def in_environment(found: Mapping[str, object], environment: str) -> Iterator[str]:
    """Return the keys of a mapping by environment that may be the same as one environment."""
    return (name for name in found if same_environment(name, environment))
