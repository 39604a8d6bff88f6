"""The page of what happened in a run over issues, or for one of them: who tried what, what failed, what it took."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from costtui.analysis.issues import complexity_of, percent, was_first_time_right
from costtui.facts import Call, IssueSummary, Run, Status, Work
from costtui.filter import parse_filter
from costtui.format import UNKNOWN, count, duration
from costtui.format import percent as percent_text
from costtui.reading import CallQuery, WorkReader
from costtui.view import call_table
from costtui.view.clock import clock
from costtui.view.headline import Figure
from costtui.view.precision import short_cost
from costtui.view.run import Bar
from costtui.view.snapshot import Sources
from costtui.view.table import Row
from costtui.view.target import Target, quoted
from costtui.view.tones import STATUS_TONES
from costtui.view.work_items import Item, agents_ended_with, ended_with, key_of, rows_of
from costtui.view.work_tables import AGENTS, CYCLES, ERRORS, ISSUES, PIPELINES, TOOLS

MOST = 500
"""Issues, attempts, pipelines … that are read and shown; figures of tools and issues are over all."""
MAX_CALLS = 200
_TAG = "tag.issue"

CALLS = call_table.TABLE.only(
    "time", "node", "model", "status", "cost", "latency", "input", "output", "error"
)


@dataclass(frozen=True, slots=True)
class WorkPage:
    """What happened, table by table; or the reason why there is nothing."""

    run_id: str
    issue_id: str
    """Empty: all issues of the run."""
    missing: str
    headline: tuple[Figure, ...] = ()
    issues: tuple[Row, ...] = ()
    bars: tuple[Bar, ...] = ()
    agents: tuple[Row, ...] = ()
    pipelines: tuple[Row, ...] = ()
    cycles: tuple[Row, ...] = ()
    tools: tuple[Row, ...] = ()
    errors: tuple[Row, ...] = ()
    calls: tuple[Row, ...] = ()
    work: Work = field(default_factory=Work)
    items: tuple[call_table.Item, ...] = ()
    now_us: int = 0

    def rows(self) -> list[dict[str, Any]]:
        """Return the issues as plain values; of one issue, its calls."""
        if self.issue_id:
            return call_table.records(self.items)
        return [
            {column: cell.sort for column, cell in row.cells.items()} | {"key": row.key}
            for row in self.issues
        ]

    def issue_target(self, issue_id: str) -> Target | None:
        """Return what Enter on something of an issue opens; on its own page, nothing."""
        return Target("work", self.run_id, part=issue_id) if issue_id and issue_id != self.issue_id else None

    def call_target(self, key: str) -> Target:
        """Return what Enter on a call opens."""
        return Target("call", key)

    def agent_target(self, key: str) -> Target | None:
        """Return what Enter on an attempt opens: the calls of that agent for that issue."""
        agent = next((agent for agent in self.work.agents if agent.key == key), None)
        if agent is None:
            return None
        terms = [quoted("run", self.run_id), quoted("node", agent.agent)]
        terms += [quoted(_TAG, agent.issue_id)] if agent.issue_id else []
        return Target("calls", filter=" ".join(terms))

    def issue_of(self, kind: str, key: str) -> str:
        """Return the issue that a row of a table belongs to."""
        kinds: dict[str, Sequence[Any]] = {
            "pipelines": self.work.pipelines,
            "cycles": self.work.debugging_cycles,
            "errors": self.work.errors,
        }
        return next((one.issue_id for one in kinds.get(kind, ()) if key_of(one) == key), "")


@dataclass(frozen=True, slots=True)
class WorkRequest:
    """What happened in a run, or for one of its issues."""

    run_id: str
    issue_id: str = ""
    redraw_s: ClassVar[float] = 0.5
    """Least time between two pages: what they show takes a while to read, and events are seconds apart."""

    def build(self, sources: Sources) -> WorkPage:
        """Return the page. Raises StoreError."""
        run = next((run for run in sources.runs if run.run_id == self.run_id), None)
        run = run or sources.reader.run(self.run_id)
        work = Work()
        if run is not None and isinstance(sources.reader, WorkReader):
            work = sources.reader.work(self.run_id, self.issue_id or None, MOST)
            work = replace(
                work, issues=ended_with(run, work.issues), agents=agents_ended_with(run, work.agents)
            )
        if run is None or not work:
            return WorkPage(self.run_id, self.issue_id, self._missing(run))
        return self._page(run, work, sources)

    def _missing(self, run: Run | None) -> str:
        if run is None:
            return f"This store has no run {self.run_id!r}.\nesc goes back"
        if self.issue_id:
            return f"Run {self.run_id!r} has no issue {self.issue_id!r}.\nesc goes back"
        return (
            "No issues were recorded in this run: it is not of a pipeline that works on issues.\n"
            "Record them with: MetricsCollector(run_id).start_issue(…)\nesc goes back"
        )

    def _page(self, run: Run, work: Work, sources: Sources) -> WorkPage:
        now_us, zone, one = sources.now_us, sources.zone, bool(self.issue_id)
        items = call_table.items(sources, self._calls(sources)) if one else ()
        return WorkPage(
            run_id=self.run_id,
            issue_id=self.issue_id,
            missing="",
            headline=_of_issue(work.issues[0], sources) if one and work.issues else _of_run(run, work),
            issues=rows_of(ISSUES, work.issues[::-1], now_us, zone),
            bars=_bars(work, sources) if one else (),
            agents=rows_of(AGENTS, work.agents if one else work.agents[::-1], now_us, zone),
            pipelines=rows_of(PIPELINES, work.pipelines if one else work.pipelines[::-1], now_us, zone),
            cycles=rows_of(
                CYCLES, work.debugging_cycles if one else work.debugging_cycles[::-1], now_us, zone
            ),
            tools=rows_of(TOOLS, work.tools, now_us, zone),
            errors=rows_of(ERRORS, work.errors if one else work.errors[::-1], now_us, zone),
            calls=call_table.rows_of(CALLS, items),
            work=work,
            items=items,
            now_us=now_us,
        )

    def _calls(self, sources: Sources) -> list[Call]:
        where = parse_filter(quoted(_TAG, self.issue_id))
        return sources.reader.calls(CallQuery(run_id=self.run_id, where=where, limit=MAX_CALLS))


def _of_run(run: Run, work: Work) -> tuple[Figure, ...]:
    known = work.issues
    first = percent(sum(map(was_first_time_right, known)), len(known))
    complexity = sum(map(complexity_of, known)) / len(known) if known else None
    cycles, failed = work.debugging_cycles, sum(pipeline.failed for pipeline in work.pipelines)
    resolved = sum(cycle.resolved is True for cycle in cycles)
    running = sum(summary.issue.status is Status.RUNNING for summary in known)
    rate = percent(run.issues_completed, run.issues)
    return (
        Figure("issues", count(run.issues), f"{count(running)} under way" if running else run.status.value),
        Figure("success", _rate(rate), f"{count(run.issues_completed)} completed", _good(rate, running)),
        Figure("1st time right", _rate(first), "of issues"),
        Figure("complexity", UNKNOWN if complexity is None else f"{complexity:.0f}", "mean"),
        Figure(
            "pipelines",
            count(len(work.pipelines)),
            f"{count(failed)} failed" if failed else "none failed",
            "warn" if failed else "",
        ),
        Figure("debugging", count(len(cycles)), f"{count(resolved)} resolved" if cycles else ""),
        Figure("errors", count(len(work.errors)), "", "error" if work.errors else ""),
    )


def _of_issue(summary: IssueSummary, sources: Sources) -> tuple[Figure, ...]:
    issue, code = summary.issue, summary.issue.code
    item = Item(summary, sources.now_us, sources.zone)
    took = item.took(issue.started_us, issue.ended_us, open_=issue.status is Status.RUNNING)
    right = was_first_time_right(summary)
    ended = issue.status is not Status.RUNNING
    coverage = "" if code.coverage_percent is None else f"coverage {code.coverage_percent:.0f} %"
    return (
        Figure("status", issue.status.value, f"issue {issue.issue_id}", STATUS_TONES.get(issue.status, "")),
        Figure("1st time right", ("yes" if right else "no") if ended else UNKNOWN, "", "ok" if right else ""),
        Figure("complexity", str(complexity_of(summary)), "of 100"),
        Figure(
            "cost",
            short_cost(summary.cost_nano, unpriced=summary.unpriced) if summary.calls else UNKNOWN,
            f"{count(summary.calls)} calls",
            "money",
        ),
        Figure("duration", duration(took), f"since {clock(issue.started_us, sources.zone, sources.now_us)}"),
        Figure(
            "attempts",
            count(summary.attempts),
            f"{count(summary.agents)} of {count(issue.expected_agents)} agents",
        ),
        Figure(
            "code",
            f"+{count(code.lines_added)} −{count(code.lines_deleted)}",
            coverage or f"{count(code.files_created + code.files_modified)} files",
        ),
    )


def _bars(work: Work, sources: Sources) -> tuple[Bar, ...]:
    """What happened for an issue on one time axis: agents, pipelines, debugging."""
    agents = [
        Bar(
            agent.key,
            agent.agent,
            0,
            agent.started_us,
            agent.ended_us,
            {None: "accent", True: "ok", False: "error"}[agent.success],
            _bar_text(
                agent.started_us, agent.ended_us, sources, "" if agent.success else agent.error_message
            ),
        )
        for agent in work.agents
    ]
    pipelines = [
        Bar(
            key_of(one),
            f"pipeline {one.pipeline_id}",
            0,
            one.started_us,
            one.ended_us or one.started_us,
            "error" if one.failed else "ok",
            _bar_text(one.started_us, one.ended_us, sources, one.status) if one.ended_us else one.status,
        )
        for one in work.pipelines
        if one.started_us is not None
    ]
    cycles = [
        Bar(
            one.key,
            f"debug {one.error_type}",
            1,
            one.started_us,
            one.ended_us,
            {None: "accent", True: "warn", False: "error"}[one.resolved],
            _bar_text(one.started_us, one.ended_us, sources, "" if one.resolved else "unresolved"),
        )
        for one in work.debugging_cycles
    ]
    return tuple(sorted((*agents, *pipelines, *cycles), key=lambda bar: bar.start_us))


def _bar_text(started_us: int, ended_us: int | None, sources: Sources, word: str) -> str:
    took = duration(((sources.now_us if ended_us is None else ended_us) - started_us) / 1000)
    return " · ".join(filter(None, (took, word.partition("\n")[0])))


def _rate(value: float | None) -> str:
    return UNKNOWN if value is None else percent_text(value, 100)


def _good(rate: float | None, running: int) -> str:
    if rate is None or running:
        return ""
    return "ok" if rate == 100 else "warn" if rate >= 50 else "error"
