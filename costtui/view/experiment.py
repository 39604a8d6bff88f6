"""The experiment page: each variation's cost, time and success, with and without lost events, and what to decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from costtui.attribution.experiment.decisions import Decision, decisions_of
from costtui.attribution.experiment.findings import findings_of
from costtui.attribution.experiment.ledger import Ledger
from costtui.attribution.experiment.result import Result, result_of
from costtui.attribution.experiment.units import Tally
from costtui.attribution.live import Attribution
from costtui.reading import EvidenceReader, Reader, VariationCalls, VariationReader
from costtui.view.empty import nothing_recorded
from costtui.view.experiment_findings import DECISIONS, FINDINGS, Line
from costtui.view.experiment_table import VARIATIONS, Served, served_of
from costtui.view.experiment_words import headline, lines_of, notes_of, verdict_of
from costtui.view.headline import Figure
from costtui.view.snapshot import Sources
from costtui.view.table import Row
from costtui.view.target import Target, quoted
from costtui.window import Span

COMMAND = "costtui traffic 200 --store {path}"
"""What fills an empty page."""
_PAGES = 5
"""Pages of evidence that are read for one redraw; the next one reads on."""
_FRESH_US = 2_000_000
_CALL_US = 20
"""How long the calls are shown as they were read: at least so long, and so much longer for each call of the store."""


@dataclass(frozen=True, slots=True)
class ExperimentPage:
    """One experiment: what its variations cost and achieved, and what follows."""

    flags: tuple[str, ...]
    """All experiments, the one with most exposures first."""
    flag: str
    baseline: str
    verdict: str
    """The result in words."""
    tone: str
    notes: tuple[str, ...]
    """What else must be known to believe it."""
    headline: tuple[Figure, ...]
    variations: tuple[Row, ...]
    findings: tuple[Row, ...]
    decisions: tuple[Row, ...]
    empty: str
    unfinished: bool
    """Whether there is evidence that was not read yet."""
    served: tuple[Served, ...] = ()
    lines: tuple[Line, ...] = ()
    answers: tuple[Decision, ...] = ()
    result: Result | None = None

    def rows(self) -> list[dict[str, Any]]:
        """Return the variations as plain values."""
        return [VARIATIONS.record(one) for one in self.served]

    def target(self, key: str) -> Target | None:
        """Return the calls that were made under a variation; None where no filter can name it."""
        name = key.partition("\x1f")[0]
        if '"' in name + self.flag or not name:
            return None
        return Target("calls", filter=f"{quoted('config', self.flag)} {quoted('variation', name)}")


@dataclass
class _Read:
    """What was read, of which store, and the page that was made of it."""

    reader: Reader | None = None
    attribution: Attribution | None = None
    span: Span | None = None
    ledger: Ledger | None = None
    finished: bool = False
    calls: dict[tuple[str, str], VariationCalls] = field(default_factory=dict)
    calls_us: int = -1
    page: ExperimentPage | None = None


@dataclass(frozen=True, slots=True)
class ExperimentRequest:
    """One experiment, over all that is stored; ``windowed``: over the window alone, read to the end at once."""

    redraw_s: ClassVar[float] = 1.0

    flag: str = ""
    """Empty: the one with most exposures."""
    baseline: str = ""
    """Variation to compare with; empty: that of the settings."""
    windowed: bool = False
    _read: _Read = field(default_factory=_Read, compare=False, repr=False)

    def build(self, sources: Sources) -> ExperimentPage:
        """Return the page. Raises StoreError."""
        read = self._read
        if not isinstance(sources.reader, EvidenceReader):
            return _nothing(sources, (), finished=True)
        ledger = self._ledger(sources, sources.reader)
        grown = self._advance(ledger)
        fresh = self._read_calls(sources)
        if read.page is None or grown or fresh or read.page.unfinished == read.finished:
            read.page = _page(sources, ledger, read.calls, self, finished=read.finished)
        return read.page

    def of(self, flag: str, baseline: str) -> "ExperimentRequest":
        """Return the request for another experiment or baseline, which goes on with what was read."""
        return ExperimentRequest(flag, baseline, self.windowed, replace(self._read, page=None))

    def _ledger(self, sources: Sources, reader: EvidenceReader) -> Ledger:
        read, span = self._read, sources.span if self.windowed else None
        replaced = read.attribution is not None and read.attribution is not sources.attribution
        if read.ledger is None or read.reader is not sources.reader or read.span != span or replaced:
            read.ledger = Ledger(reader, sources.experiments, span, metrics=sources.metrics)
            read.reader, read.span, read.calls_us, read.page = sources.reader, span, -1, None
        read.attribution = sources.attribution
        return read.ledger

    def _advance(self, ledger: Ledger) -> bool:
        pages = 0
        self._read.finished = False
        while self.windowed or pages < _PAGES:
            if not ledger.advance():
                self._read.finished = True
                break
            pages += 1
        return pages > 0

    def _read_calls(self, sources: Sources) -> bool:
        read = self._read
        stored = sources.info.calls if sources.info else 0
        if 0 <= read.calls_us <= sources.now_us < read.calls_us + _FRESH_US + _CALL_US * stored:
            return False
        read.calls_us = sources.now_us
        found = (
            dict(sources.reader.variations(read.span)) if isinstance(sources.reader, VariationReader) else {}
        )
        changed = found != read.calls
        read.calls = found
        return changed


def _page(
    sources: Sources,
    ledger: Ledger,
    calls: dict[tuple[str, str], VariationCalls],
    request: ExperimentRequest,
    *,
    finished: bool,
) -> ExperimentPage:
    tallies = {flag: tally for flag, tally in ledger.tallies.items() if tally.units}
    if not tallies:
        return _nothing(sources, tuple(ledger.other_costs), finished=finished)
    flags = tuple(sorted(tallies, key=lambda flag: (-_exposed(tallies[flag]), flag)))
    flag = request.flag if request.flag in tallies else flags[0]
    result = result_of(tallies[flag], calls, ledger.rate, request.baseline)
    findings = findings_of(result)
    served = tuple(served_of(result.arms, ledger.rate))
    lines = tuple(lines_of(findings, result))
    answers = decisions_of(result)
    verdict, tone = verdict_of(result, findings)
    return ExperimentPage(
        flags=flags,
        flag=flag,
        baseline=result.baseline.name if result.baseline else "",
        verdict=verdict,
        tone=tone,
        notes=tuple(notes_of(result, finished=finished)),
        headline=headline(result, findings),
        variations=tuple(VARIATIONS.row(one.arm.name, one) for one in served),
        findings=tuple(FINDINGS.row(f"{one.variation}\x1f{one.name}", one) for one in lines),
        decisions=tuple(DECISIONS.row(f"{one.rule.variation}\x1f{one.rule.name}", one) for one in answers),
        empty="",
        unfinished=not finished,
        served=served,
        lines=lines,
        answers=answers,
        result=result,
    )


def _exposed(tally: Tally) -> int:
    return sum(unit.exposed for unit in tally.units.values())


def _nothing(sources: Sources, others: Sequence[str], *, finished: bool) -> ExperimentPage:
    if not finished:
        text = "reading what was evaluated and tracked …"
    elif others:
        text = (
            f"No event of an experiment's metric is recorded; {', '.join(sorted(others)[:3])} was tracked.\n"
            f'If that is the cost, say so in the settings: [experiments.YOUR-FLAG] metric = "{min(others)}"'
        )
    else:
        path = sources.info.path if sources.info else "try.db"
        text = (
            "No experiment is recorded in this store: nothing was evaluated in one, and no cost was tracked.\n"
            "This page compares what the variations of a LaunchDarkly AI Config cost and achieve.\n\n"
            f"To see it at once:  {COMMAND.format(path=path)}\n"
            'With your own SDK:   costtui tap STORE, or AttributionPlugin("STORE"): see key 7'
        )
        if not any(sums.calls for sums in sources.totals.series.values()):
            text = f"{text}\n\n{nothing_recorded(sources)}"
    return ExperimentPage((), "", "", "", "", (), (), (), (), (), text, not finished)
