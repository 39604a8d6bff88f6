"""Budgets as gauges: how much is spent, how bad that is, and when the money runs out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from costtui.facts import Budget, BudgetState, Period, Run, Status
from costtui.format import count, duration, money, percent
from costtui.money import usd
from costtui.view.clock import minute
from costtui.view.pace import Pace, pace
from costtui.view.snapshot import Sources
from costtui.view.target import Target, quoted
from costtui.window import MINUTE_US, from_us


class Level(StrEnum):
    """How bad it is, in a word."""

    OK = "OK"
    WARN = "WARN"
    OVER = "OVER"


TONES: Mapping[Level, str] = {Level.OK: "ok", Level.WARN: "warn", Level.OVER: "error"}
FAST = "FAST"
"""What is said instead of OK where the money will not last until the window ends."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A budget in its present window, in words and as fractions of its limit."""

    key: str
    label: str
    """What is limited, and for how long: ``everything / day``, ``run nightly-0412``."""
    level: Level
    figure: str
    """``$67.40 of $100.00``"""
    percent: str
    tail: str
    """What will happen: ``pace $98.00 by 24:00 UTC``, ``runs dry 15:20 ± 20 m``, of a run ``lasts until 16:40``."""
    note: str
    """What else there is to know: reserved money, unpriced calls."""
    spent: float
    reserved: float
    warning: float
    projection: float | None
    """Expected at the end of the window at the present pace."""
    exhausted_us: int | None
    """When the money runs out at the present pace, if before the window ends."""
    pace: Pace
    live: bool
    """Whether more can be spent: false where the run, or the window, has ended."""
    target: Target
    state: BudgetState

    @property
    def page(self) -> Target:
        """What Enter on it opens: the page of the budget, of a budget per run that of the run."""
        return self.target if self.state.budget.period is Period.RUN else Target("budget", self.key)

    @property
    def fast(self) -> bool:
        """Whether all is well yet, but the money runs out before the window ends; a run has no known end."""
        return self.level is Level.OK and self.exhausted_us is not None and self.state.end_us is not None

    @property
    def word(self) -> str:
        """The level as it is shown."""
        return FAST if self.fast else self.level.value

    def badness(self) -> tuple[bool, int, bool, float, float]:
        """Return what orders gauges, the worst the largest."""
        return (
            self.live,
            list(Level).index(self.level),
            self.fast,
            self.spent + self.reserved,
            self.projection or 0.0,
        )

    def record(self) -> dict[str, Any]:
        """Return the gauge as plain values for JSON."""
        state = self.state
        return {
            "name": state.budget.name,
            "scope": state.budget.scope,
            "value": state.value,
            "period": state.budget.period.value,
            "level": self.level.value,
            "spent_usd": float(usd(state.spent_nano)),
            "reserved_usd": float(usd(state.reserved_nano)),
            "warning_usd": float(usd(state.budget.warning_nano)),
            "max_usd": float(usd(state.budget.max_nano)),
            "share": round(self.spent, 6),
            "unpriced_calls": state.unpriced,
            "usd_per_hour": round(self.pace.nano_per_hour / 1e9, 9),
            "exhausted_at": None if self.exhausted_us is None else from_us(self.exhausted_us).isoformat(),
            "reservations": [
                {
                    "holder": held.holder,
                    "reserved_usd": float(usd(held.nano)),
                    "taken_at": from_us(held.taken_us).isoformat(),
                    "expires_at": from_us(held.expires_us).isoformat(),
                    "assumed": held.assumed,
                }
                for held in state.reservations
            ],
        }


def level_of(state: BudgetState) -> Level:
    """Return the level of a budget: WARN at its warning mark, OVER at its limit."""
    if state.spent_nano >= state.budget.max_nano:
        return Level.OVER
    return Level.WARN if state.spent_nano >= state.budget.warning_nano else Level.OK


def gauges(sources: Sources, states: Iterable[BudgetState] | None = None) -> tuple[Gauge, ...]:
    """Return the gauges of all budgets, the worst first. Raises StoreError where states must be read."""
    if states is None:
        states = sources.reader.budgets(sources.budgets, sources.now_us)
    runs = {run.run_id: run for run in sources.runs}
    found = [gauge(state, sources, runs) for state in states]
    return tuple(sorted(found, key=Gauge.badness, reverse=True))


def gauge(state: BudgetState, sources: Sources, runs: Mapping[str, Run]) -> Gauge:
    """Return the gauge of one budget."""
    budget, now = state.budget, sources.now_us
    run = runs.get(state.value) if budget.period is Period.RUN else None
    over = state.end_us is not None and state.end_us <= now
    live = not over and (run is None or run.status is Status.RUNNING)
    speed = _pace(state, sources, run) if live else Pace(0.0)
    exhausted = _exhausted_us(state, speed, now)
    projection = None
    if live and state.end_us is not None:
        projection = _share(state.spent_nano + speed.nano_in(max(state.end_us - now, 0)), budget.max_nano)
    return Gauge(
        key="\x1f".join((budget.name, state.value, state.part)),
        label=budget_label(state),
        level=level_of(state),
        figure=f"{money(state.spent_nano)} of {money(budget.max_nano)}",
        percent=percent(_share(state.spent_nano, budget.max_nano)),
        tail=_tail(state, speed, exhausted, run, sources),
        note=_note(state),
        spent=_share(state.spent_nano, budget.max_nano),
        reserved=_share(state.reserved_nano, budget.max_nano),
        warning=_share(budget.warning_nano, budget.max_nano),
        projection=projection,
        exhausted_us=exhausted,
        pace=speed,
        live=live,
        target=budget_target(state),
        state=state,
    )


def spread_evenly(budgets: Iterable[Budget], bucket_us: int) -> tuple[int, str] | None:
    """Return what one bucket may cost if the tightest budget on everything were spent evenly, and its label."""
    lengths = {Period.HOUR: 1, Period.DAY: 24, Period.WEEK: 24 * 7, Period.MONTH: 24 * 30}
    rates = [
        (budget.max_nano * bucket_us // (lengths[budget.period] * 60 * MINUTE_US), budget)
        for budget in budgets
        if budget.scope == "everything" and budget.period in lengths
    ]
    if not rates:
        return None
    nano, budget = min(rates, key=lambda rate: rate[0])
    return nano, f"{money(budget.max_nano)} per {budget.period.value}"


def _pace(state: BudgetState, sources: Sources, run: Run | None) -> Pace:
    """The pace of the last hour where totals by time are at hand, else the mean since the window began."""
    totals, span, now = sources.totals, sources.span, sources.now_us
    spend: Sequence[int] | None = None
    if state.budget.period is not Period.RUN and span.start_us < now <= span.end_us:
        if state.budget.scope == "everything":
            spend = totals.spend_nano
        elif state.budget.scope == "node":
            spend = totals.spend_by_node.get(state.value, ())
    if spend is not None:
        return pace(spend, span.edges, now)
    elapsed = now - (run.started_us if run else state.start_us)
    return Pace(state.spent_nano * 60 * MINUTE_US / elapsed) if elapsed >= MINUTE_US // 6 else Pace(0.0)


def _exhausted_us(state: BudgetState, speed: Pace, now_us: int) -> int | None:
    left = state.budget.max_nano - state.spent_nano
    if left <= 0 or speed.nano_per_hour <= 0:
        return None
    at = now_us + int(left / speed.nano_per_hour * 60 * MINUTE_US)
    return at if state.end_us is None or at < state.end_us else None


def _share(part: float, whole: int) -> float:
    if whole > 0:
        return part / whole
    return 1.0


def budget_label(state: BudgetState) -> str:
    """Return what a budget limits, and for how long: ``everything / day``, ``run nightly-0412``."""
    budget = state.budget
    if budget.period is Period.RUN:
        part = f"{budget.scope} {state.part} / " if state.part else ""
        return f"{part}run {state.value}".rstrip()
    if budget.scope == "everything":
        return f"everything / {budget.period.value}"
    return f"{budget.scope} {state.value or budget.scope_value} / {budget.period.value}"


def _tail(
    state: BudgetState, speed: Pace, exhausted_us: int | None, run: Run | None, sources: Sources
) -> str:
    now, zone = sources.now_us, sources.zone
    if run is not None and run.status is not Status.RUNNING:
        return run.status.value if run.ended_us is None else f"ended {minute(run.ended_us, zone, now)}"
    if state.end_us is not None and state.end_us <= now:
        return f"ended {minute(state.end_us, zone, now)}"
    if level_of(state) is Level.OVER:
        if state.end_us is None:
            return "no room left"
        return f"no room until {_end(state.end_us, state.budget, now)}"
    if exhausted_us is not None:
        words = "lasts until" if state.end_us is None else "runs dry"
        return f"{words} {minute(exhausted_us, zone, now)}{_give_or_take(exhausted_us - now, speed)}"
    if state.end_us is None or speed.nano_per_hour <= 0:
        return ""
    expected = state.spent_nano + speed.nano_in(max(state.end_us - now, 0))
    return f"pace {money(int(expected))} by {_end(state.end_us, state.budget, now)}"


def _give_or_take(left_us: int, speed: Pace) -> str:
    """Return the range of an instant that is told to the minute."""
    minutes = round(left_us * min(speed.error or 0.0, 1.0) / MINUTE_US)
    if minutes < 60:
        return f" ± {minutes} m" if minutes else ""
    return f" ± {duration(minutes * MINUTE_US / 1000)}"


def _end(end_us: int, budget: Budget, now_us: int) -> str:
    """The end of a window in the budget's own zone; midnight belongs to the day that it ends."""
    zone: tzinfo = ZoneInfo(budget.time_zone)
    end, now = from_us(end_us, zone), from_us(now_us, zone)
    day, time = end, f"{end:%H:%M}"
    if (end.hour, end.minute) == (0, 0):
        day, time = end - timedelta(days=1), "24:00"
    return f"{_date(day, now)}{time} {end:%Z}"


def _date(day: datetime, now: datetime) -> str:
    return "" if day.date() == now.date() else f"{day:%b %d} "


def _note(state: BudgetState) -> str:
    parts = []
    if state.reserved_nano:
        parts.append(f"reserved {money(state.reserved_nano)}")
    if state.unpriced:
        parts.append(f"+{count(state.unpriced)} unpriced")
    return " · ".join(parts)


def budget_target(state: BudgetState) -> Target:
    """Return the page that shows what a budget is spent on."""
    budget, value = state.budget, state.value or state.budget.scope_value
    if budget.period is Period.RUN and state.value:
        return Target("run", state.value)
    if budget.scope == "everything":
        return Target("nodes")
    if budget.scope == "node":
        return Target("node", value)
    if budget.scope.startswith("tag:"):
        return Target("calls", filter=quoted(f"tag.{budget.scope[4:]}", value))
    if budget.scope == "model":
        # Answers add dates to the names of models.
        return Target("calls", filter=quoted("model", value).replace("=", ":", 1))
    return Target("calls", filter=quoted(budget.scope, value))
