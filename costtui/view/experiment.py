"""The experiment page: each variation's cost, time and success, with and without lost events, and what to decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, ClassVar

from costtui.analysis.stats import Estimate
from costtui.attribution.experiment.decisions import Decision, decisions_of, share_text
from costtui.attribution.experiment.findings import Finding, findings_of
from costtui.attribution.experiment.ledger import Ledger
from costtui.attribution.experiment.result import Result, result_of
from costtui.attribution.experiment.units import Standing, Tally
from costtui.attribution.live import Attribution
from costtui.format import UNKNOWN, count, duration, money
from costtui.reading import EvidenceReader, Reader, VariationCalls, VariationReader
from costtui.view.empty import nothing_recorded
from costtui.view.experiment_table import (
    DECISIONS,
    FINDINGS,
    QUANTITIES,
    VARIATIONS,
    Line,
    Served,
    served_of,
)
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
    lines = tuple(_lines(findings, result))
    answers = decisions_of(result)
    verdict, tone = verdict_of(result, findings)
    return ExperimentPage(
        flags=flags,
        flag=flag,
        baseline=result.baseline.name if result.baseline else "",
        verdict=verdict,
        tone=tone,
        notes=tuple(_notes(result, ledger, finished=finished)),
        headline=_headline(result, findings),
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


# -- words --------------------------------------------------------------------------------------------


def verdict_of(result: Result, findings: Sequence[Finding]) -> tuple[str, str]:
    """Return the result in a sentence or two, and its tone: what counts says, and what all would say."""
    if result.baseline is None or len([arm for arm in result.arms if arm.name]) < 2:
        names = ", ".join(arm.name for arm in result.arms if arm.name) or "no variation"
        return f"Nothing to compare: only {names} was served.", "muted"
    counted = _costs(findings, "counted")
    everything = _costs(findings, "everything")
    if not counted and not everything:
        return "Nothing to compare: no cost was tracked.", "muted"
    known = [one for one in counted if one.verdict.outcome != "unknown"]
    base = result.baseline.name
    whole, certain = sum(result.events), result.events[Standing.COUNTS]
    if known:
        said = "; ".join(_sentence(one, base) for one in known)
        if certain == whole:
            return f"{said}. All {count(whole * result.rate)} events count.", _tone(known)
        others = "; ".join(one.verdict.text for one in everything)
        return f"{said}, by the {share_text(certain / whole)} of events that count; by all: {others}.", _tone(
            known
        )
    first = "; ".join(dict.fromkeys(one.verdict.text for one in counted))
    if not certain and whole:
        first = f"none of {count(whole * result.rate)} events counts for certain"
    if any(one.verdict.outcome != "unknown" for one in everything):
        said = "; ".join(_sentence(one, base) for one in everything)
        return f"{first[:1].upper()}{first[1:]}. If all that was tracked counted: {said}.", "warn"
    return f"{first[:1].upper()}{first[1:]}.", "muted"


def _costs(findings: Sequence[Finding], scope: str) -> list[Finding]:
    return [one for one in findings if one.quantity == "cost" and one.scope == scope]


def _sentence(finding: Finding, base: str) -> str:
    text = finding.verdict.text
    if finding.variation not in text and finding.verdict.outcome != "unknown":
        text = f"{finding.variation} against {base}: {text}"
    gap = finding.gap
    if gap is None or finding.verdict.outcome not in ("lower", "higher") or not isfinite(gap.low):
        return text
    amounts = sorted(abs(end) for end in (gap.low, gap.high))
    word = "less" if gap.value < 0 else "more"
    return f"{text}: {_thousand(amounts[0])} to {_thousand(amounts[1])} {word} than {base} per 1,000 requests"


def _thousand(nano: float) -> str:
    return money(round(1000 * nano))


def _tone(known: Sequence[Finding]) -> str:
    outcomes = {one.verdict.outcome for one in known}
    return "ok" if "lower" in outcomes else "warn" if "higher" in outcomes else ""


def _notes(result: Result, ledger: Ledger, *, finished: bool) -> list[str]:
    notes = []
    if not finished:
        notes.append("still reading what was evaluated and tracked: the figures grow")
    split = result.split
    if split.mismatch:
        notes.append(f"sample-ratio {split.text}: do not believe the differences before that is explained")
    elif split.p_value is None and len(result.arms) > 1:
        notes.append(f"{split.text}; differences may come from whom they serve")
    if result.crossed:
        notes.append(
            f"{count(result.crossed)} {result.tally.unit_kind}s were served several variations:"
            f" they and their {count(result.crossed_events)} events are left out"
        )
    if result.tally.without_unit:
        notes.append(
            f"{count(result.tally.without_unit)} exposures have no {result.tally.unit_kind}: no unit to count"
        )
    if ledger.rate > 1:
        notes.append(
            f"one in {count(ledger.rate)} units was looked at, chosen by chance: counts are multiplied"
        )
    return notes


def _headline(result: Result, findings: Sequence[Finding]) -> tuple[Figure, ...]:
    events = result.events
    whole = sum(events)
    units = sum(arm.units for arm in result.arms) * result.rate
    rate = result.rate
    lost = events[Standing.LOST] + events[Standing.UNSURE]
    kind = f"{result.tally.unit_kind}s"
    return (
        Figure(kind, count(units), f"in {duration(result.elapsed_us / 1000)}"),
        Figure(
            "counting",
            share_text(events[Standing.COUNTS] / whole) if whole else UNKNOWN,
            f"{count(events[Standing.COUNTS] * rate)} of {count(whole * rate)} events",
            "ok" if events[Standing.COUNTS] == whole and whole else "error" if whole else "",
        ),
        Figure(
            "doubtful",
            count(events[Standing.DOUBTFUL] * rate),
            "contexts differ" if events[Standing.DOUBTFUL] else "",
            "warn" if events[Standing.DOUBTFUL] else "",
        ),
        Figure("lost", count(lost * rate), "events" if lost else "", "error" if lost else ""),
        _split_figure(result),
        _monthly_figure(result, findings),
    )


def _split_figure(result: Result) -> Figure:
    split = result.split
    if split.p_value is None:
        return Figure("split", "by rule" if split.text.startswith("not at random") else UNKNOWN, "", "warn")
    word = "mismatch" if split.mismatch else "fine"
    assumed = "as declared" if split.declared else "equal assumed"
    return Figure("split", word, f"{assumed}, p = {split.p_value:.2g}", "error" if split.mismatch else "ok")


def _monthly_figure(result: Result, findings: Sequence[Finding]) -> Figure:
    found = _costs(findings, "counted") or _costs(findings, "everything")
    if not found or found[0].gap is None:
        found = _costs(findings, "everything")
    if not found or found[0].gap is None or not isfinite(found[0].gap.low):
        return Figure("difference", UNKNOWN)
    best = min(found, key=lambda one: one.gap.value if one.gap else 0.0)
    monthly = _monthly(best.gap, result)
    if monthly is None and best.gap is not None:
        return Figure("difference", _thousand(best.gap.value), "per 1,000 requests", "money")
    assert monthly is not None
    return Figure("difference", money(round(monthly.value)), "a month", "money")


def _monthly(gap: Estimate | None, result: Result) -> Estimate | None:
    volume = result.per_month(result.requests)
    if gap is None or volume is None or not isfinite(gap.low):
        return None
    return Estimate(gap.value * volume, gap.low * volume, gap.high * volume, gap.p_value)


def _lines(findings: Sequence[Finding], result: Result) -> list[Line]:
    """Return the findings, those on what counts beside those on everything."""
    by_place = {(one.variation, one.quantity, one.scope): one for one in findings}
    lines = []
    for one in findings:
        place = (one.variation, one.quantity)
        if one.scope == "everything" and (*place, "counted") in by_place:
            continue
        name = QUANTITIES[one.quantity].format(unit=result.tally.unit_kind)
        everything = by_place.get((*place, "everything"))
        best = everything if everything and one.gap is None else one
        lines.append(
            Line(
                one.variation,
                name,
                None if one is everything else one,
                everything,
                _monthly(best.gap, result) if one.quantity == "cost" else None,
                _risk(best, result) if one.quantity == "cost" else None,
            )
        )
    return lines


def _risk(finding: Finding, result: Result) -> float | None:
    """Return the expected loss in a month, in nano-dollars, of choosing a variation that is not cheaper."""
    volume = result.per_month(result.requests)
    if finding.belief is None or volume is None or not isfinite(finding.belief.loss):
        return None
    return finding.belief.loss * volume
