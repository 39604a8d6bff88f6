"""What came of calls, in words: cost and time, the verdict with its two source lines, and the events that were sent."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from costtui.analysis.stats import quantile
from costtui.attribution.contexts import fingerprint
from costtui.attribution.verdicts import Severity, Verdict
from costtui.facts import CostSource, Exposure
from costtui.format import UNKNOWN, count, duration, exact_money, money
from costtui.money import nano
from costtui.trials.session import CANCELLED, Made, Series
from costtui.view.attribution import reason_text, verdict_text
from costtui.view.headline import Figure
from costtui.view.trial import Outcome

if TYPE_CHECKING:
    from costtui.attribution.events import Fact
    from costtui.attribution.groups import Group
    from costtui.launchdarkly.trial import Judged
    from costtui.llm import Completion

_SENT = 12
"""Events that are listed; more are counted."""
_NOTHING_CAME = "Nothing came through the tap: see costtui doctor."


def outcome(series: Series, judged: "Judged | None") -> Outcome:
    """Return what came of one call, or of many."""
    if not series.made:
        return Outcome(problem=_ended(series))
    if len(series.made) > 1 or series.made[0].ask.repeat > 1:
        return _of_many(series, judged)
    (made,) = series.made
    if made.done is None:
        return Outcome(problem=made.error)
    figures = figures_of(made.done)
    if judged is None or made.served is None:
        return Outcome(figures)
    if made.usd is None:
        return Outcome(figures, "cost unknown: nothing was tracked", "warn", sent_text(judged))
    figures = (*figures, Figure("tracked", exact_money(nano(made.usd)), _metric(), "money"))
    if not judged.groups:
        return Outcome(figures, "the event did not arrive", "error", _NOTHING_CAME)
    group = judged.groups[0]
    parts = [*group.call_sites, group.why, "", served_text(made), "", sent_text(judged), "", group.fix]
    return Outcome(figures, *verdict_of(group), report="\n".join(parts).strip())


def _of_many(series: Series, judged: "Judged | None") -> Outcome:
    done = [made.done for made in series.made if made.done is not None]
    errors = Counter(made.error for made in series.made if made.error)
    groups = judged.groups if judged is not None else ()
    report = [_ended(series)] if series.ended else []
    report += [f"{number}× {error}" for error, number in errors.most_common(3)]
    for group in groups:
        report += [f"{count(group.events)}× {verdict_text(group)}  {reason_text(group)}", *group.call_sites]
    if groups and groups[0].fix:
        report += ["", groups[0].fix]
    verdict, tone = "", ""
    if groups:
        clean = sum(group.events for group in groups if group.verdict is Verdict.ATTRIBUTED)
        total = sum(group.events for group in groups)
        verdict, tone = verdict_of(groups[0])
        verdict = f"{count(clean if tone == 'ok' else total - clean)} of {count(total)} {verdict}"
    figures = (Figure("calls", count(len(series.made)), _errors(errors.total())), *summary_figures(done))
    usd = [made.usd for made in series.made if made.usd is not None]
    if usd:
        figures = (*figures, Figure("tracked", exact_money(nano(sum(usd))), _metric(), "money"))
    return Outcome(figures, verdict, tone, "\n".join(report), "" if done else "\n".join(report))


def summary_figures(done: "Sequence[Completion]") -> tuple[Figure, ...]:
    """Return cost, latency and tokens of many calls."""
    known = [one.cost.nano for one in done if one.cost.nano is not None]
    latencies = sorted(float(one.latency_ms) for one in done)
    if not latencies:
        return ()
    unpriced = f", {len(done) - len(known)} unpriced" if len(known) < len(done) else ""
    mean = f"mean {money(round(fmean(known)))}" if known else ""
    total = money(sum(known)) if known else UNKNOWN
    tokens = [(one.tokens_in or 0, one.tokens_out or 0) for one in done]
    return (
        Figure("cost", total, mean + unpriced, "money"),
        Figure("p50", duration(quantile(latencies, 0.5)), f"p95 {duration(quantile(latencies, 0.95))}"),
        Figure("tokens", f"{count(sum(a for a, _ in tokens))} in, {count(sum(b for _, b in tokens))} out"),
    )


def figures_of(done: "Completion") -> tuple[Figure, ...]:
    """Return cost, latency and tokens of a call."""
    first = "" if done.ttft_ms is None else f"first token {duration(done.ttft_ms)}"
    tokens = f"{count(done.tokens_in or 0)} in, {count(done.tokens_out or 0)} out"
    about = "≈" if done.cost.source == CostSource.HEURISTIC else ""
    cost = UNKNOWN if done.cost.nano is None else f"{about}{money(done.cost.nano)}"
    return (
        Figure("cost", cost, done.cost.source.value, "money"),
        Figure("latency", duration(done.latency_ms), first),
        Figure("tokens", tokens, done.model),
    )


def verdict_of(group: "Group") -> tuple[str, str]:
    """Return a verdict in words with what differs, and its tone.

    Red for whatever keeps an event of our own from counting for certain: here both contexts are known, and one is wrong.
    """
    if group.verdict is Verdict.ATTRIBUTED:
        return verdict_text(group), "ok"
    tone = "warn" if group.severity is Severity.INFO else "error"
    return f"{verdict_text(group)}  {reason_text(group)}", tone


def served_text(made: Made) -> str:
    """Return what the evaluated context is served, and what the tracking context would be."""
    if made.served is None:
        return ""
    variation, reason = made.served.variation, made.served.reason
    other, why = made.elsewhere
    same = "the same" if other == variation else f"{other or 'nothing'} ({why})"
    return (
        f"the evaluated context is served {variation or 'nothing'} ({reason})\n"
        f"the tracking context would be served {same}"
    )


def sent_text(judged: "Judged") -> str:
    """Return the events that were sent, a line each: kind, fingerprint of the context, key and value."""
    shown = [line for fact in judged.sent if (line := _sent_line(fact))]
    more = f"\n… and {len(shown) - _SENT} more" if len(shown) > _SENT else ""
    return "sent (event, context, what)\n" + "\n".join(shown[:_SENT]) + more if shown else "nothing was sent"


def _sent_line(fact: "Fact") -> str:
    context = fingerprint(fact.context)[:8] if fact.context is not None else ""
    if not isinstance(fact, Exposure):
        value = exact_money(nano(fact.value)) if isinstance(fact.value, int | float) else str(fact.value)
        return f"{'metric':9}  {context:8}  {fact.key} = {value}"
    if fact.witness == "feature":
        kind = "exposure" if fact.in_experiment else "evaluated"
        return f"{kind:9}  {context:8}  {fact.flag} = {fact.variation}"
    return f"{'usage':9}  {context:8}  {fact.flag}" if fact.witness == "usage" else ""


def _errors(number: int) -> str:
    return f"{count(number)} failed" if number else "none failed"


def _ended(series: Series) -> str:
    if series.ended != CANCELLED:
        return series.ended
    if not series.made:
        return "cancelled; what was answered until then is recorded"
    return f"cancelled after {count(len(series.made))} calls; they are kept"


def _metric() -> str:
    from costtui.launchdarkly.trial import METRIC

    return METRIC
