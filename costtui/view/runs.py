"""The runs page: which execution of a pipeline cost what, and which one is at it now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from costtui.facts import Budget, Period, Run, Status
from costtui.filter import Filter, Value, parse_filter
from costtui.format import UNKNOWN, count, duration, percent
from costtui.money import usd
from costtui.view.clock import clock, start_of_day
from costtui.view.empty import nothing_passes, nothing_recorded
from costtui.view.precision import cost_tone, short_cost
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target
from costtui.view.tones import STATUS_TONES

CONFIG = "config."
"""Before the name of a field of a run's configuration, in filters."""


@dataclass(frozen=True, slots=True)
class Item:
    """A run, and what its cells need."""

    run: Run
    budget_nano: int | None
    """Limit of the run: its own, else that of the settings."""
    warning_nano: int
    """Where its warning mark is."""
    zone: tzinfo
    today_us: int
    duration_ms: int | None

    @property
    def budget_share(self) -> float | None:
        """Part of its limit that the run has spent."""
        return self.run.cost_nano / self.budget_nano if self.budget_nano else None

    @property
    def success_rate(self) -> float | None:
        """Completed issues ÷ issues of the run."""
        return self.run.issues_completed / self.run.issues if self.run.issues else None

    def cost_text(self) -> str:
        """Return the cost with its precision."""
        run = self.run
        return short_cost(run.cost_nano, estimated=run.estimated, unpriced=run.unpriced)


def _budget_tone(item: Item) -> str:
    if item.budget_nano is None or item.run.cost_nano < item.warning_nano:
        return ""
    return "error" if item.run.cost_nano >= item.budget_nano else "warn"


def _success_text(item: Item) -> str:
    run = item.run
    if item.success_rate is None:
        return ""
    return f"{count(run.issues_completed)}/{count(run.issues)} {percent(item.success_rate)}"


def _success_tone(item: Item) -> str:
    if item.success_rate is None or item.run.status is Status.RUNNING:
        return ""
    return "ok" if item.success_rate == 1 else "warn" if item.success_rate >= 0.5 else "error"


def _quality_text(item: Item) -> str:
    run = item.run
    if run.quality is None:
        return UNKNOWN
    return f"{run.quality:.2f}" + ("" if run.quality_passed is None else " ✓" if run.quality_passed else " ✗")


def _quality_tone(item: Item) -> str:
    if item.run.quality_passed is None:
        return "muted" if item.run.quality is None else ""
    return "ok" if item.run.quality_passed else "error"


TABLE: Table[Item] = Table(
    Field(
        "status",
        "status",
        11,
        lambda i: i.run.status.value,
        None,
        lambda i: STATUS_TONES.get(i.run.status, ""),
        align="left",
        help="interrupted: its process ended without saying so",
    ),
    Field("run", "run", 22, lambda i: i.run.run_id, None, align="left", name="run_id", help="its id"),
    Field(
        "subsystem",
        "subsystem",
        14,
        lambda i: i.run.subsystem,
        None,
        "muted",
        align="left",
        priority=2,
        help="what the pipeline worked on",
    ),
    Field(
        "started",
        "started",
        12,
        lambda i: i.run.started_us,
        lambda i: clock(i.run.started_us, i.zone, i.today_us),
        "muted",
        align="left",
        priority=1,
        name="started_us",
        help="when it began",
    ),
    Field(
        "duration",
        "duration",
        10,
        lambda i: i.duration_ms,
        lambda i: duration(i.duration_ms),
        name="duration_ms",
        help="until now while it is running",
    ),
    Field(
        "calls", "calls", 7, lambda i: i.run.calls, lambda i: count(i.run.calls), priority=1, help="so far"
    ),
    Field(
        "cost",
        "cost",
        11,
        lambda i: float(usd(i.run.cost_nano)),
        Item.cost_text,
        lambda i: cost_tone(i.cost_text()),
        name="cost_usd",
        help="known cost so far; ≈ where calls are estimated, + where some are unpriced",
    ),
    Field(
        "unpriced",
        "unpriced",
        8,
        lambda i: i.run.unpriced,
        lambda i: count(i.run.unpriced) if i.run.unpriced else "",
        "warn",
        priority=4,
        name="unpriced_calls",
        help="calls whose price is not known: they are not in the cost",
    ),
    Field(
        "budget",
        "budget",
        7,
        lambda i: None if i.budget_share is None else round(i.budget_share, 6),
        lambda i: UNKNOWN if i.budget_share is None else percent(i.budget_share),
        _budget_tone,
        priority=2,
        name="budget_share",
        help="part of the run's limit that is spent",
    ),
    Field(
        "errors",
        "errors",
        6,
        lambda i: i.run.errors,
        lambda i: count(i.run.errors) if i.run.errors else "",
        "error",
        priority=4,
        help="calls that ended in an error",
    ),
    Field(
        "success",
        "issues",
        11,
        lambda i: None if i.success_rate is None else round(i.success_rate, 6),
        _success_text,
        _success_tone,
        name="success_rate",
        help="completed issues of all, for pipelines that work on issues",
    ),
    Field(
        "quality",
        "quality",
        7,
        lambda i: i.run.quality,
        _quality_text,
        _quality_tone,
        priority=3,
        help="overall score, and whether validation passed",
    ),
    Field(
        "error",
        "error",
        0,
        lambda i: i.run.error,
        None,
        "error",
        align="left",
        priority=6,
        help="why it failed",
    ),
)
"""Columns of the runs page."""
PLAIN = TABLE.without("success")
"""The columns where no run works on issues."""


@dataclass(frozen=True, slots=True)
class RunsPage:
    """Runs of the window: those at work first, then the newest."""

    table: tuple[Row, ...]
    total: int
    empty: str
    items: tuple[Item, ...]
    over_issues: bool = False
    """Whether some of these runs work on issues."""

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as plain values."""
        return [TABLE.record(item) for item in self.items]

    def target(self, key: str) -> Target:
        """Return what Enter on a row opens."""
        return Target("run", key)


@dataclass(frozen=True, slots=True)
class RunsRequest:
    """The runs of the window that a filter lets through."""

    filter: str = ""

    def build(self, sources: Sources) -> RunsPage:
        """Return the page."""
        where = parse_filter(self.filter)
        everything = items(sources, sources.runs)
        shown = passing(sources, where)
        empty = (
            nothing_passes("run", len(everything), where, TABLE.names)
            if everything and where
            else _empty(sources)
        )
        return RunsPage(
            table=tuple(TABLE.row(item.run.run_id, item) for item in shown),
            total=len(everything),
            empty=empty,
            items=tuple(shown),
            over_issues=any(item.run.issues for item in shown),
        )


def passing(sources: Sources, where: Filter) -> list[Item]:
    """Return the runs of the window that a filter lets through: by a column, or by ``config.NAME``."""
    return TABLE.passing(items(sources, sources.runs), where, _configured)


def _configured(item: Item, name: str) -> Value:
    """Return a field of a run's configuration; filters know no capital letters."""
    if not name.startswith(CONFIG):
        return None
    value: Any = item.run.config
    for part in name.removeprefix(CONFIG).split("."):
        if not isinstance(value, Mapping):
            return None
        value = next((own for key, own in value.items() if key.lower() == part), None)
    return value if value is None or type(value) in (str, int, float) else str(value)


def items(sources: Sources, runs: Iterable[Run]) -> list[Item]:
    """Return runs with what their cells need, those at work first, then the newest."""
    limit = run_budget(sources.budgets)
    today = start_of_day(sources.now_us, sources.zone)
    found = [
        Item(
            run,
            *_marks(run, limit),
            sources.zone,
            today,
            duration_ms(run, sources.now_us),
        )
        for run in runs
    ]
    return sorted(found, key=lambda item: (item.run.status is not Status.RUNNING, -item.run.started_us))


def duration_ms(run: Run, now_us: int) -> int | None:
    """Return how long a run took, or takes until now; None where that was not measured.

    A run that ended at the instant of its start was written down in one go, by a system that keeps one time.
    """
    if run.status is Status.RUNNING:
        return max(now_us - run.started_us, 0) // 1000
    end = run.ended_us or run.last_us
    return (end - run.started_us) // 1000 if end > run.started_us else None


def run_budget(budgets: Iterable[Budget]) -> Budget | None:
    """Return the tightest budget that every run has by the settings, None without one."""
    found = [one for one in budgets if one.period is Period.RUN and one.scope == "everything"]
    return min(found, key=lambda one: one.max_nano, default=None)


def _marks(run: Run, budget: Budget | None) -> tuple[int | None, int]:
    """The limit of a run and its warning mark; a limit of its own warns at 80 % like any other without a mark."""
    if run.budget_nano is not None:
        return run.budget_nano, run.budget_nano * 8 // 10
    return (None, 0) if budget is None else (budget.max_nano, budget.warning_nano)


def _empty(sources: Sources) -> str:
    if any(sums.calls for sums in sources.totals.series.values()):
        return (
            "No runs in this window: its calls were recorded outside of any run.\n"
            "Open one with: with tracker.run('nightly'): …"
        )
    return nothing_recorded(sources)
