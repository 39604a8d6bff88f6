"""What the rules measure: the figures of one instant as values, each with the sentence and the page that explain it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from costtui.alerts.episodes import Measured
from costtui.alerts.rules import Rule
from costtui.analysis.anomalies import Level, anomaly
from costtui.analysis.trends import degradation
from costtui.facts import BudgetState, Period, Quality, Run, Series, Status
from costtui.format import count, duration, money, percent
from costtui.money import NANO_PER_USD
from costtui.reading import LeadTotals
from costtui.sums import Sums
from costtui.view.budgets import budget_label, budget_target
from costtui.view.groups import counted
from costtui.view.target import Target, quoted
from costtui.window import HOUR_US

FEWEST_CALLS = 100
"""Calls below which a cache hit rate says nothing."""
RECENT_RECORDS = 60
"""Newest quality records of a subsystem that are looked at for a fall."""


@dataclass(frozen=True, slots=True)
class Observed:
    """All that the rules look at, as of one instant."""

    now_us: int
    day: str
    """Today's date in the user's zone: every day spends for itself."""
    today: Mapping[Series, Sums]
    week: Mapping[Series, Sums]
    """Of the last seven days."""
    budgets: Sequence[BudgetState] = ()
    quality: Sequence[Quality] = ()
    """Newest first."""
    hour: Mapping[str, Level] | None = None
    """What each node's calls cost in the last hour; None: not known."""
    history: Mapping[str, Sequence[Level]] | None = None
    """The same for the hours before; None: not known as yet."""
    runs: Sequence[Run] = ()
    """Runs that are under way, newest first."""
    newest_us: int | None = None
    """Start of the newest call."""
    leads: LeadTotals | None = None
    """Of the last seven days; None: not known."""
    unattributed: int | None = None
    """Metric events that count in no experiment; None: not known."""


def measures(observed: Observed, rules: Iterable[Rule]) -> tuple[Measured, ...]:
    """Return a measure of every rule and subject that there is something to say about."""
    found = (_MEASURES[rule.name](observed, rule) for rule in rules if rule.name in _MEASURES)
    return tuple(chain.from_iterable(found))


def unknown(observed: Observed) -> frozenset[str]:
    """Return the rules that nothing can be said about: what they began goes on."""
    missing = {
        "cost_anomaly": observed.hour is None or observed.history is None,
        "cost_per_lead": observed.leads is None,
        "unattributed_events": observed.unattributed is None,
    }
    return frozenset(rule for rule, is_missing in missing.items() if is_missing)


def levels(series: Mapping[Series, Sums]) -> dict[str, Level]:
    """Return the calls of each node that say what one costs: priced ones, without failures that were not billed."""
    found: dict[str, Level] = {}
    for one, sums in series.items():
        if one.status is Status.ERROR and not sums.cost_nano:
            continue
        known = found.get(one.node, Level(0, 0))
        found[one.node] = Level(known.calls + sums.calls - sums.unpriced, known.cost_nano + sums.cost_nano)
    return found


def _daily_spend(observed: Observed, rule: Rule) -> Iterator[Measured]:
    spent = sum(sums.cost_nano for sums in observed.today.values())
    yield Measured(
        rule.name,
        spent / NANO_PER_USD,
        f"{money(spent)} spent today, above {_dollars(rule)}",
        episode=observed.day,
        place="nodes",
    )


def _cost_per_lead(observed: Observed, rule: Rule) -> Iterator[Measured]:
    leads = observed.leads
    if leads is None or not leads.number:
        return
    mean = leads.cost_nano / leads.number
    yield Measured(
        rule.name,
        mean / NANO_PER_USD,
        f"a lead costs {money(round(mean))} on average over 7 days ({count(leads.number)} leads), "
        f"above {_dollars(rule)}",
        place="leads",
    )


def _cache_hit_rate(observed: Observed, rule: Rule) -> Iterator[Measured]:
    total = counted(observed.week.values())
    if total.calls < FEWEST_CALLS:
        return
    yield Measured(
        rule.name,
        total.cache_hits / total.calls,
        f"the cache answered {percent(total.cache_hits, total.calls)} of {count(total.calls)} calls over 7 days, "
        f"below {percent(rule.threshold)}",
        place="nodes",
    )


def _budget_warning(observed: Observed, rule: Rule) -> Iterator[Measured]:
    for state in observed.budgets:
        if state.spent_nano < state.budget.max_nano and _is_present(state, observed.now_us):
            yield _of_budget(state, rule, state.budget.warning_nano, "the warning mark")


def _budget_exceeded(observed: Observed, rule: Rule) -> Iterator[Measured]:
    for state in observed.budgets:
        if _is_present(state, observed.now_us):
            yield _of_budget(state, rule, state.budget.max_nano, "the limit")


def _is_present(state: BudgetState, now_us: int) -> bool:
    """A run that has just ended is still news: many are shorter than the time between two looks."""
    return state.budget.period is not Period.RUN or state.end_us is None or now_us - state.end_us < HOUR_US


def _of_budget(state: BudgetState, rule: Rule, mark_nano: int, mark: str) -> Measured:
    label, target = budget_label(state), budget_target(state)
    spent = state.spent_nano
    share = spent / mark_nano if mark_nano > 0 else float(spent > 0) * 2
    return Measured(
        rule.name,
        share,
        f"{label}: {money(spent)} spent, above {_share(rule)}{mark} of {money(mark_nano)}",
        subject=label,
        episode=f"{state.budget.name} {state.start_us}",
        place=target.place,
        key=target.key,
        filter=target.filter,
    )


def _quality_degradation(observed: Observed, rule: Rule) -> Iterator[Measured]:
    by_subsystem: dict[str, list[float]] = {}
    for record in observed.quality:
        by_subsystem.setdefault(record.subsystem, []).append(record.overall_score)
    for subsystem, newest in by_subsystem.items():
        scores = newest[:RECENT_RECORDS][::-1]
        fall = degradation(scores, alpha=1 - min(rule.clear, rule.threshold))
        if fall is None:
            continue
        sure = 1 - fall.p_value
        yield Measured(
            rule.name,
            sure,
            f"quality{f' of {subsystem}' if subsystem else ''} fell from {fall.before:.2f} to {fall.after:.2f} "
            f"with the last {count(len(scores) - fall.since)} runs ({_sure(sure)} sure, alert above {_sure(rule.threshold)})",
            subject=subsystem,
            place="runs",
            filter=quoted("subsystem", subsystem) if subsystem else "",
        )


def _cost_anomaly(observed: Observed, rule: Rule) -> Iterator[Measured]:
    for node, level in (observed.hour or {}).items():
        found = anomaly(node, (observed.history or {}).get(node, ()), level, smallest=0.0)
        if found is not None:
            deviations = abs(found.deviations)
            yield Measured(
                rule.name,
                deviations,
                f"{found.text}: {deviations:.1f} deviations, above {rule.threshold:g}",
                subject=node,
                place="calls",
                filter=quoted("node", node),
            )


def _unattributed_events(observed: Observed, rule: Rule) -> Iterator[Measured]:
    if observed.unattributed is not None:
        yield Measured(
            rule.name,
            observed.unattributed,
            f"{count(observed.unattributed)} metric events count in no experiment, above {rule.threshold:g}",
            place="attribution",
        )


def _unknown_price(observed: Observed, rule: Rule) -> Iterator[Measured]:
    by_model: dict[tuple[str, str], int] = {}
    for series, sums in observed.week.items():
        if sums.unpriced:
            name = (series.provider, series.model)
            by_model[name] = by_model.get(name, 0) + sums.unpriced
    for (provider, model), number in by_model.items():
        reference = "/".join(filter(None, (provider, model))) or "an unnamed model"
        target = Target("calls", filter=f"{quoted('model', model)} source=unknown")
        yield Measured(
            rule.name,
            number,
            f"{count(number)} call{'s' if number != 1 else ''} of {reference} in 7 days {'has' if number == 1 else 'have'} no known price: "
            "set one with costtui prices set",
            subject=reference,
            place=target.place,
            filter=target.filter,
        )


def _stale_store(observed: Observed, rule: Rule) -> Iterator[Measured]:
    if not observed.runs:
        return
    run = observed.runs[0]
    since_us = observed.now_us - max(observed.newest_us or 0, run.started_us)
    yield Measured(
        rule.name,
        since_us / 1e6,
        f"no call for {duration(since_us / 1000)} while run {run.run_id} is under way, "
        f"above {duration(rule.threshold * 1000)}",
        place="run",
        key=run.run_id,
    )


def _dollars(rule: Rule) -> str:
    return money(round(rule.threshold * NANO_PER_USD))


def _share(rule: Rule) -> str:
    return "" if rule.threshold == 1 else f"{percent(rule.threshold)} of "


def _sure(confidence: float) -> str:
    return f"{100 * confidence:.0f} %" if confidence < 0.99 else f"{100 * confidence:.1f} %"


_MEASURES: Mapping[str, Callable[[Observed, Rule], Iterator[Measured]]] = {
    "daily_spend": _daily_spend,
    "cost_per_lead": _cost_per_lead,
    "cache_hit_rate": _cache_hit_rate,
    "budget_warning": _budget_warning,
    "budget_exceeded": _budget_exceeded,
    "quality_degradation": _quality_degradation,
    "cost_anomaly": _cost_anomaly,
    "unattributed_events": _unattributed_events,
    "unknown_price": _unknown_price,
    "stale_store": _stale_store,
}
