"""A run over issues read from a store, as it is handed out and written into files."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from costtui.facts import Call, IssueSummary, Run, TokenUsage, Work
from costtui.facts.issues import EXPECTED_AGENTS
from costtui.reading import CallQuery, Reader, WorkReader
from costtui.record.export import MetricsStorage
from costtui.record.metrics_compute import computed_issue, computed_run
from costtui.record.metrics_facts import IssueMetrics, RunMetrics, SystemConfig

_MOST = 1_000_000
_PAGE = 2000
_T = TypeVar("_T")


def save_stored(reader: Reader, storage: MetricsStorage, runs: Iterable[Run]) -> int:
    """Write the files of those runs of a store that work on issues and return how many; raises OSError, StoreError."""
    written = 0
    for run in runs:
        if not run.issues or (metrics := stored_run(reader, run)) is None:
            continue
        if run.ended_us is None:
            storage.save_run_metadata(metrics)
        else:
            storage.save_run_final(metrics)
        for issue in metrics.issues:
            storage.save_issue_metrics(run.run_id, issue)
        storage.export_run_to_csv(metrics)
        written += 1
    return written


def stored_run(reader: Reader, run: Run) -> RunMetrics | None:
    """Return a run of a store with everything that happened, None where the store keeps nothing of that."""
    if not isinstance(reader, WorkReader):
        return None
    work = reader.work(run.run_id, None, _MOST)
    tokens = _tokens(reader, run.run_id)
    config = _config(run.config)
    return computed_run(
        RunMetrics(
            run.run_id,
            run.subsystem,
            run.started_us,
            config,
            run.status,
            run.ended_us,
            issues=tuple(_issue(summary, work, tokens) for summary in work.issues),
            errors=tuple(_own(work.errors, "")),
            tokens=sum(tokens.values(), TokenUsage()),
        )
    )


def _issue(summary: IssueSummary, work: Work, tokens: dict[str, TokenUsage]) -> IssueMetrics:
    issue = summary.issue
    known = IssueMetrics(
        issue.issue_id,
        issue.started_us,
        issue.status,
        issue.ended_us,
        agents=tuple(_own(work.agents, issue.issue_id)),
        pipelines=tuple(_own(work.pipelines, issue.issue_id)),
        debugging_cycles=tuple(_own(work.debugging_cycles, issue.issue_id)),
        tool_calls=tuple(_own(work.tool_calls, issue.issue_id)),
        code=issue.code,
        errors=tuple(_own(work.errors, issue.issue_id)),
        tokens=tokens.get(issue.issue_id, TokenUsage()),
    )
    return computed_issue(known, issue.expected_agents)


def _own(facts: Iterable[_T], issue_id: str) -> Iterator[_T]:
    """Yield the facts of an issue, which do not name it: they stand inside of it."""
    for fact in facts:
        found: Any = fact
        if found.issue_id == issue_id:
            yield replace(found, run_id="", issue_id="")


def _tokens(reader: Reader, run_id: str) -> dict[str, TokenUsage]:
    """Return what calls used, by the issue that they were made for."""
    found: dict[str, TokenUsage] = defaultdict(TokenUsage)
    for call in _calls(reader, run_id):
        unpriced = call.cost.nano is None
        used = TokenUsage(
            call.usage.input_tokens or 0, call.usage.output_tokens or 0, call.cost.nano, int(unpriced)
        )
        found[call.tags.get("issue", "")] += used
    return found


def _calls(reader: Reader, run_id: str) -> Iterator[Call]:
    before: int | None = None
    while page := reader.calls(CallQuery(run_id=run_id, limit=_PAGE, before_id=before)):
        yield from page
        before = page[-1].id


def _config(stored: Any) -> SystemConfig:
    known = {name: stored.get(name) for name in ("max_retries", "min_coverage_percent")}
    extra = {name: value for name, value in stored.items() if name not in (*known, "llm", "expected_agents")}
    llm = stored.get("llm")
    expected = stored.get("expected_agents")
    return SystemConfig(
        llm if isinstance(llm, dict) else {},
        **known,
        expected_agents=expected if isinstance(expected, int) else EXPECTED_AGENTS,
        extra=extra,
    )
