"""The page of one run: what it did when, what that cost, and how good the result was."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costtui.facts import Call, Period, Quality, Run, Status, Step
from costtui.format import UNKNOWN, count, duration, percent
from costtui.reading import CallQuery, WorkReader
from costtui.view import call_table
from costtui.view import runs as run_view
from costtui.view.breakdown import BREAKDOWN, of_calls, of_steps
from costtui.view.budgets import Gauge, gauges
from costtui.view.clock import clock, moment
from costtui.view.critical import CriticalPath, critical_path
from costtui.view.detail import Pair, Section
from costtui.view.group_table import NO_NODE
from costtui.view.headline import Figure, errors
from costtui.view.precision import short_cost
from costtui.view.snapshot import Sources
from costtui.view.table import Row
from costtui.view.target import Target, quoted
from costtui.view.tones import STATUS_TONES
from costtui.view.work_items import ended_with, rows_of
from costtui.view.work_tables import ISSUES

MAX_CALLS = 500
MAX_BARS = 300
MAX_ISSUES = 100
MAX_NODES = 6
"""Nodes of the critical path that are named."""
CRITICAL = "◆"
"""Marks the steps that the duration of the run is made of."""

CALLS = call_table.TABLE.only(
    "time", "node", "model", "status", "cost", "latency", "ttft", "input", "output", "error"
)

_VERDICT_TONES = {None: "", True: "ok", False: "error"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time on the timeline."""

    key: str
    label: str
    depth: int
    """How deep the node is nested."""
    start_us: int
    end_us: int | None
    """None: still at it."""
    tone: str
    text: str
    """Duration, cost, and a word where it did not end well."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """One run, or the reason why there is none."""

    run_id: str
    missing: str
    """What to show instead where the store has no such run; else empty."""
    headline: tuple[Figure, ...]
    gauge: Gauge | None
    bars: tuple[Bar, ...]
    bars_title: str
    breakdown: tuple[Row, ...]
    calls: tuple[Row, ...]
    sections: tuple[Section, ...]
    items: tuple[call_table.Item, ...]
    now_us: int
    issues: tuple[Row, ...] = ()
    """Issues that it works on, the newest first."""

    def rows(self) -> list[dict[str, Any]]:
        """Return the calls as plain values."""
        return call_table.records(self.items)

    def target(self, key: str) -> Target:
        """Return what Enter on one of the calls opens."""
        return Target("call", key)

    def issue_target(self, key: str) -> Target:
        """Return what Enter on an issue opens."""
        return Target("work", self.run_id, part=key)

    def part_target(self, node: str) -> Target:
        """Return what Enter on a part of the breakdown opens: the calls of that node in this run."""
        return Target("calls", filter=f"{quoted('run', self.run_id)} {quoted('node', node)}")


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run, whenever it was."""

    run_id: str

    def build(self, sources: Sources) -> RunPage:
        """Return the page. Raises StoreError."""
        run = next((run for run in sources.runs if run.run_id == self.run_id), None)
        run = run or sources.reader.run(self.run_id)
        if run is None:
            words = f"This store has no run {self.run_id!r}.\nesc goes back"
            return RunPage(self.run_id, words, (), None, (), "", (), (), (), (), sources.now_us)
        return _page(run, sources)


def _page(run: Run, sources: Sources) -> RunPage:
    calls = _calls(run, sources)
    steps = sources.reader.steps(run.run_id)
    parts = of_steps(steps, sources.now_us) if steps else of_calls(calls)
    path = critical_path(steps, sources.now_us)
    items = call_table.items(sources, calls)
    gauge = next(
        (
            gauge
            for gauge in gauges(sources)
            if gauge.state.budget.period is Period.RUN and gauge.state.value == run.run_id
        ),
        None,
    )
    return RunPage(
        run_id=run.run_id,
        missing="",
        headline=_headline(run, sources),
        gauge=gauge,
        bars=_bars_of_steps(steps, path) if steps else _bars_of_calls(calls),
        bars_title=f"timeline of steps · {CRITICAL} critical path" if steps else "timeline of calls",
        breakdown=tuple(BREAKDOWN.row(part.node, part) for part in parts),
        calls=call_table.rows_of(CALLS, items),
        sections=_sections(run, path, sources),
        items=items,
        now_us=sources.now_us,
        issues=_issues(run, sources),
    )


def _issues(run: Run, sources: Sources) -> tuple[Row, ...]:
    if not run.issues or not isinstance(sources.reader, WorkReader):
        return ()
    issues = ended_with(run, sources.reader.issues(run.run_id, MAX_ISSUES))
    return rows_of(ISSUES, issues[::-1], sources.now_us, sources.zone)


def _headline(run: Run, sources: Sources) -> tuple[Figure, ...]:
    (item,) = run_view.items(sources, [run])
    quality = UNKNOWN if run.quality is None else f"{run.quality:.2f}"
    verdict = "" if run.quality_passed is None else "passed" if run.quality_passed else "failed validation"
    return (
        Figure("status", run.status.value, run.subsystem, STATUS_TONES.get(run.status, "")),
        Figure("cost", item.cost_text(), _cost_from(run) or "so far", "money"),
        Figure("calls", count(run.calls), errors(run.errors), "error" if run.errors else ""),
        Figure(
            "duration",
            duration(item.duration_ms),
            f"since {clock(run.started_us, sources.zone, sources.now_us)}",
        ),
        Figure(
            "budget",
            UNKNOWN if item.budget_share is None else percent(item.budget_share),
            "no limit" if item.budget_share is None else "of its limit",
        ),
        _issues_figure(item)
        if run.issues and run.quality is None
        else Figure("quality", quality, verdict, _VERDICT_TONES[run.quality_passed]),
    )


def _cost_from(run: Run) -> str:
    """Return where the cost of a run comes from; that is written at its end."""
    return "" if run.status is Status.RUNNING else run.source_method


def _issues_figure(item: run_view.Item) -> Figure:
    completed, rate = count(item.run.issues_completed), item.success_rate or 0.0
    return Figure("issues", count(item.run.issues), f"{completed} completed, {percent(rate)}")


def _calls(run: Run, sources: Sources) -> list[Call]:
    """The calls in the order of their ids; the store is asked only where those at hand are too few."""
    at_hand = [call for call in sources.recent if call.run_id == run.run_id]
    if len(at_hand) >= run.calls:
        return at_hand
    return sources.reader.calls(CallQuery(run_id=run.run_id, order="oldest", limit=MAX_CALLS))


def _bars_of_steps(steps: Sequence[Step], path: CriticalPath) -> tuple[Bar, ...]:
    now_us, critical = path.now_us, path.keys
    return tuple(
        Bar(
            key=step.key,
            label=step.node.rpartition("/")[2] or step.node,
            depth=step.node.count("/"),
            start_us=step.started_us,
            end_us=None if step.status is Status.RUNNING else _end_us(step, now_us),
            tone=STATUS_TONES.get(step.status, ""),
            text=f"{_step_text(step, now_us)} {CRITICAL if step.key in critical else ' '}",
        )
        for step in steps[:MAX_BARS]
    )


def _bars_of_calls(calls: Sequence[Call]) -> tuple[Bar, ...]:
    """One bar for each call whose latency is known, where no steps were recorded."""
    return tuple(
        Bar(
            key=str(call.id),
            label=call.node or call.model,
            depth=0,
            start_us=call.started_us,
            end_us=call.started_us + call.latency_ms * 1000,
            tone=STATUS_TONES.get(call.status, ""),
            text=f"{duration(call.latency_ms)} · {call_table.cost_text(call)}",
        )
        for call in calls[:MAX_BARS]
        if call.latency_ms is not None
    )


def _end_us(step: Step, now_us: int) -> int:
    if step.ended_us is not None:
        return max(step.ended_us, step.started_us)
    return max(now_us, step.started_us) if step.status is Status.RUNNING else step.started_us


def _step_text(step: Step, now_us: int) -> str:
    parts = [duration((_end_us(step, now_us) - step.started_us) / 1000)]
    if step.calls:
        parts.append(short_cost(step.cost_nano, unpriced=step.unpriced))
    if step.status is not Status.OK:
        parts.append(step.status.value)
    return " · ".join(parts)


def _path_pairs(path: CriticalPath) -> tuple[Pair, ...]:
    nodes = path.by_node()
    pairs = [
        Pair(node or NO_NODE, f"{duration(ms)}  {percent(ms, path.ms)}") for node, ms in nodes[:MAX_NODES]
    ]
    if len(nodes) > MAX_NODES:
        pairs.append(Pair("others", duration(sum(ms for _, ms in nodes[MAX_NODES:]))))
    return tuple(pairs)


def _sections(run: Run, path: CriticalPath, sources: Sources) -> tuple[Section, ...]:
    zone = sources.zone
    facts = [
        Pair("started", moment(run.started_us, zone)),
        Pair("ended", UNKNOWN if run.ended_us is None else moment(run.ended_us, zone)),
        Pair("subsystem", run.subsystem or UNKNOWN),
        Pair("cost from", _cost_from(run) or UNKNOWN),
        Pair("process", f"{run.host}:{run.pid}" if run.pid else run.host or UNKNOWN),
    ]
    if run.error:
        facts.insert(0, Pair("error", run.error, "error"))
    sections = [Section("run", tuple(facts))]
    if path.steps:
        sections.append(Section("critical path", _path_pairs(path)))
    if run.quality is not None and (quality := _quality(run, sources)) is not None:
        sections.append(Section("quality", _quality_pairs(quality)))
    if run.config:
        pairs = tuple(Pair(name, _config_text(value)) for name, value in _config_fields(run.config))
        sections.append(Section("configuration", pairs))
    return tuple(sections)


def _quality(run: Run, sources: Sources) -> Quality | None:
    return next((one for one in sources.reader.quality(None) if one.run_id == run.run_id), None)


def _quality_pairs(quality: Quality) -> tuple[Pair, ...]:
    passed = quality.validation_passed
    return (
        Pair("overall", f"{quality.overall_score:.2f}"),
        *(
            Pair(name, f"{getattr(quality, name):.2f}")
            for name in ("completeness", "clarity", "testability", "traceability")
        ),
        Pair("validation", "passed" if passed else "failed", "ok" if passed else "error"),
        Pair("iterations", count(quality.iteration_count)),
        Pair("requirements", count(quality.requirements_count)),
    )


def _config_fields(config: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the fields of a configuration, those of a part as ``part.field``."""
    for name, value in sorted(config.items(), key=lambda item: str(item[0])):
        if isinstance(value, Mapping) and value and not before:
            yield from _config_fields(value, f"{name}.")
        else:
            yield f"{before}{name}", value


def _config_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
