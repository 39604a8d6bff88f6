"""The words and figures of an experiment: its result in a sentence, its doubts, and what it is worth in a month."""

from collections.abc import Sequence
from math import isfinite

from costtui.analysis.stats import Estimate
from costtui.attribution.experiment.decisions import share_text
from costtui.attribution.experiment.findings import Finding
from costtui.attribution.experiment.result import Result
from costtui.attribution.experiment.units import Standing
from costtui.format import UNKNOWN, count, duration, money
from costtui.view.experiment_findings import QUANTITIES, Line
from costtui.view.headline import Figure, counting_tone


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
            return f"{said}. All {count(whole * result.rate)} events count.", _tone(known, result)
        others = "; ".join(one.verdict.text for one in everything)
        said = f"{said}, by the {share_text(certain / whole)} of events that count; by all: {others}."
        return said, _tone(known, result)
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
    if gap.low < 0 < gap.high:
        return text  # relative and absolute intervals need not agree at the border
    amounts = sorted(abs(end) for end in (gap.low, gap.high))
    word = "less" if gap.value < 0 else "more"
    return f"{text}: {_thousand(amounts[0])} to {_thousand(amounts[1])} {word} than {base} per 1,000 requests"


def _thousand(nano: float) -> str:
    return money(round(1000 * nano))


def _tone(known: Sequence[Finding], result: Result) -> str:
    """Return how glad one may be: a split that went wrong spoils it, one that was not drawn leaves it open."""
    if result.split.mismatch or result.split.p_value is None:
        return "warn" if result.split.mismatch else ""
    outcomes = {one.verdict.outcome for one in known}
    return "ok" if "lower" in outcomes else "warn" if "higher" in outcomes else ""


def notes_of(result: Result, *, finished: bool) -> list[str]:
    """Return what must be known to believe the figures."""
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
    if result.rate > 1:
        notes.append(
            f"one in {count(result.rate)} units was looked at, chosen by chance: counts are multiplied"
        )
    return notes


def headline(result: Result, findings: Sequence[Finding]) -> tuple[Figure, ...]:
    """Return the figures at the top: units, events by how they stand, the split, and what the difference is worth."""
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
            counting_tone(events[Standing.COUNTS] / whole) if whole else "",
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
    counted, everything = (
        [one.gap for one in _costs(findings, scope) if one.gap is not None]
        for scope in ("counted", "everything")
    )
    known = [gap for gap in counted or everything if isfinite(gap.low)]
    if not known:
        return Figure("difference", UNKNOWN)
    best = min(known, key=lambda gap: gap.value)
    monthly = _monthly(best, result)
    if monthly is None:
        return Figure("difference", _thousand(best.value), "per 1,000 requests", "money")
    return Figure("difference", money(round(monthly.value)), "a month", "money")


def _monthly(gap: Estimate | None, result: Result) -> Estimate | None:
    volume = result.per_month(result.requests)
    if gap is None or volume is None or not isfinite(gap.low):
        return None
    return Estimate(gap.value * volume, gap.low * volume, gap.high * volume, gap.p_value)


def lines_of(findings: Sequence[Finding], result: Result) -> list[Line]:
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
