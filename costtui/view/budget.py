"""The page of one budget: who holds what, how fast it goes, who spends it, and how earlier windows went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from costtui.facts import BudgetState, Call, Period, Run, Series
from costtui.filter import parse_filter
from costtui.format import age, count, money, percent
from costtui.pricing.reference import undated
from costtui.reading import CallQuery
from costtui.sums import Sums
from costtui.view.budget_tables import NODES, RESERVATIONS, RUNS, WINDOWS, Held, Past
from costtui.view.budgets import TONES, Gauge, Level, gauges
from costtui.view.clock import minute
from costtui.view.group_table import Group
from costtui.view.groups import cost_of, counted, grouped
from costtui.view.headline import Figure
from costtui.view.snapshot import Sources
from costtui.view.table import Row
from costtui.view.target import Target
from costtui.window import HOUR_US

TOP = 50
NEWEST = 200
"""Calls that are read where the totals do not tell a scope's calls apart."""
_SERIES_SCOPES = ("subsystem", "node", "model", "provider")


@dataclass(frozen=True, slots=True)
class BudgetPage:
    """One budget, or the reason why there is none."""

    missing: str
    title: str
    """What is limited, for the path."""
    headline: tuple[Figure, ...]
    gauge: Gauge | None
    reservations: tuple[Row, ...]
    windows: tuple[Row, ...]
    nodes: tuple[Row, ...]
    runs: tuple[Row, ...]
    nodes_of: str
    """Which calls the nodes are added up from."""
    runs_of: str
    """Which calls the runs are added up from."""
    items: tuple[Past, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return the windows as plain values."""
        return [WINDOWS.record(item) for item in self.items]


@dataclass(frozen=True, slots=True)
class BudgetRequest:
    """One budget in its present window, by the key of its gauge."""

    key: str

    def build(self, sources: Sources) -> BudgetPage:
        """Return the page. Raises StoreError."""
        gauge = next((one for one in gauges(sources) if one.key == self.key), None)
        if gauge is None:
            name = self.key.split("\x1f")[0]
            words = f"There is no budget {name!r} any more.\nesc goes back"
            return BudgetPage(words, "", (), None, (), (), (), (), "", "")
        state, now = gauge.state, sources.now_us
        past = [
            Past(state.budget, window, now)
            for window in sources.reader.budget_windows(state.budget, state.value, now)
        ]
        nodes, runs, nodes_of, runs_of = _spenders(state, gauge.target, sources)
        return BudgetPage(
            missing="",
            title=gauge.label,
            headline=_headline(gauge, sources),
            gauge=gauge,
            reservations=tuple(
                RESERVATIONS.row(held.id, Held(held, now)) for held in state.reservations[::-1]
            ),
            windows=tuple(WINDOWS.row(str(item.window.start_us), item) for item in past),
            nodes=tuple(NODES.row(group.name, group) for group in nodes),
            runs=tuple(RUNS.row(group.name, group) for group in runs),
            nodes_of=nodes_of,
            runs_of=runs_of,
            items=tuple(past),
        )


def _headline(gauge: Gauge, sources: Sources) -> tuple[Figure, ...]:
    state, now = gauge.state, sources.now_us
    limit, tone = state.budget.max_nano, TONES[gauge.level]
    left = limit - state.spent_nano - state.reserved_nano
    held = len(state.reservations)
    oldest = f", oldest {age(now - state.reservations[0].taken_us)}" if held else ""
    return (
        Figure("spent", money(state.spent_nano), f"of {money(limit)}", tone),
        Figure(
            "reserved", money(state.reserved_nano), f"{count(held)} calls{oldest}" if held else "", "money"
        ),
        Figure("left", money(max(left, 0)), f"warns at {money(state.budget.warning_nano)}"),
        Figure("pace", f"{money(round(gauge.pace.nano_per_hour))}/h", _even_pace(state)),
        _elapsed(gauge, now),
        _dry(gauge, now, sources.zone),
    )


def _even_pace(state: BudgetState) -> str:
    if state.end_us is None or state.end_us <= state.start_us:
        return ""
    return f"even {money(state.budget.max_nano * HOUR_US // (state.end_us - state.start_us))}/h"


def _elapsed(gauge: Gauge, now_us: int) -> Figure:
    """Return how much of the window is over, and whether spending is ahead of it."""
    state = gauge.state
    if state.end_us is None or state.end_us <= state.start_us:
        return Figure("elapsed", age(now_us - state.start_us), "until the run ends")
    over = min(max((now_us - state.start_us) / (state.end_us - state.start_us), 0.0), 1.0)
    ahead = gauge.spent - over
    words = f"{percent(abs(ahead))} {'ahead' if ahead > 0 else 'behind'}"
    return Figure("elapsed", percent(over), words, "warn" if ahead > 0 else "")


def _dry(gauge: Gauge, now_us: int, zone: tzinfo) -> Figure:
    """Return when the money runs out, with its range: two standard errors of the pace."""
    state, speed = gauge.state, gauge.pace
    if gauge.level is Level.OVER:
        return Figure("runs dry", "now", gauge.tail, "error")
    left = state.budget.max_nano - state.spent_nano
    if gauge.exhausted_us is None:
        return Figure("runs dry", "no", "not at this pace", "ok")
    error = min(speed.error or 0.0, 1.0)

    def at(pace: float) -> int | None:
        when = now_us + int(left / pace * HOUR_US) if pace > 0 else None
        return when if when is None or state.end_us is None or when < state.end_us else None

    first, last = at(speed.nano_per_hour * (1 + error)), at(speed.nano_per_hour * (1 - error))
    span = ""
    if error and first is not None:
        span = f"{minute(first, zone, now_us)}–{'not at all' if last is None else minute(last, zone, now_us)}"
    return Figure("runs dry", minute(gauge.exhausted_us, zone, now_us), span, "warn")


def _spenders(
    state: BudgetState, target: Target, sources: Sources
) -> tuple[Sequence[Group], Sequence[Group], str, str]:
    """Return the nodes and runs that spend a budget, and which calls each are added up from."""
    budget, value, window = state.budget, state.part or state.value, "in the window"
    if budget.period is not Period.RUN and budget.scope == "everything":
        runs = {run.run_id: _of_run(run) for run in sources.runs}
        return _groups(_by_node(sources.totals.series)), _groups(runs), window, window
    calls = sources.reader.calls(_query(state, target, sources))
    if budget.scope == "model":
        calls = [call for call in calls if undated(call.model) == value]
    runs_of = f"newest {count(len(calls))} calls" if len(calls) >= NEWEST else window
    by_run = _groups(_by(calls, lambda call: call.run_id))
    if budget.period is not Period.RUN and budget.scope in _SERIES_SCOPES:
        return _groups(_by_node(_own(sources, budget.scope, value))), by_run, window, runs_of
    return _groups(_by(calls, lambda call: call.node)), by_run, runs_of, runs_of


def _query(state: BudgetState, target: Target, sources: Sources) -> CallQuery:
    if state.budget.period is Period.RUN:
        return CallQuery(run_id=state.value, limit=NEWEST)
    if state.budget.scope == "node":
        return CallQuery(span=sources.span, nodes=(state.value,), limit=NEWEST)
    return CallQuery(span=sources.span, where=parse_filter(target.filter), limit=NEWEST)


def _own(sources: Sources, scope: str, value: str) -> dict[Series, Sums]:
    def concerns(series: Series) -> bool:
        name = str(getattr(series, scope))
        return (undated(name) if scope == "model" else name) == value

    return {series: sums for series, sums in sources.totals.series.items() if concerns(series)}


def _of_run(run: Run) -> Sums:
    sums = Sums()
    sums.calls, sums.cost_nano = run.calls, run.cost_nano
    sums.unpriced, sums.estimated = run.unpriced, run.estimated
    return sums


def _by_node(series: Any) -> dict[str, Sums]:
    return {node: counted(parts) for node, parts in grouped(series, lambda one: one.node).items()}


def _by(calls: Sequence[Call], key: Callable[[Call], str]) -> dict[str, Sums]:
    found: dict[str, Sums] = {}
    for call in calls:
        found.setdefault(key(call), Sums()).add(call)
    return found


def _groups(found: dict[str, Sums]) -> list[Group]:
    total = cost_of(found.values())
    ranked = sorted(found.items(), key=lambda item: (-item[1].cost_nano, item[0]))
    return [Group(name, sums, total) for name, sums in ranked[:TOP] if name or sums.calls]
