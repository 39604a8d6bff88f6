"""A run over issues while it lasts: what is known of it, whose turn it is, and where it is written down."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from costtui.facts import ErrorRecord, Status, TokenUsage
from costtui.record.ending import Stopwatch
from costtui.record.metrics_compute import computed_issue, computed_run
from costtui.record.metrics_facts import IssueMetrics, RunMetrics, SystemConfig
from costtui.record.metrics_ledger import Ledger
from costtui.record.open_issue import OpenIssue
from costtui.record.open_issues import OpenIssues


class IssueRun:
    """Holds the facts of a run; whoever changes them holds its lock, whoever asks gets a picture of one moment."""

    def __init__(self, run_id: str, project_id: str, config: SystemConfig, ledger: Ledger) -> None:
        self.lock = threading.RLock()
        self.issues = OpenIssues(config.expected_agents)
        self.ledger = ledger
        self._run_id, self._project_id, self._config = run_id, project_id, config
        self._watch = Stopwatch()
        self._errors: list[ErrorRecord] = []
        self._tokens = TokenUsage()
        self._status = Status.RUNNING
        self._ended_us: int | None = None

    def metrics(self) -> RunMetrics:
        """Return everything that is known of the run now, with its figures."""
        with self.lock:
            run = RunMetrics(
                self._run_id,
                self._project_id,
                self.ledger.started_us,
                self._config,
                self._status,
                self._ended_us,
                issues=self.issues.facts(),
                errors=tuple(self._errors),
                tokens=self._tokens,
            )
        return computed_run(replace(run, issues=tuple(map(self.computed, run.issues))))

    def issue_metrics(self, issue_id: str) -> IssueMetrics | None:
        """Return everything that is known of an issue now, None where it was never started."""
        with self.lock:
            issue = self.issues.get(issue_id) if issue_id else None
            facts = issue.facts() if issue else None
        return facts and self.computed(facts)

    def computed(self, issue: IssueMetrics) -> IssueMetrics:
        """Return an issue with its figures."""
        return computed_issue(issue, self._config.expected_agents)

    def now_us(self) -> int:
        """Return the present, which never lies before the start of the run."""
        return self._watch.now_us()

    def issue(self, issue_id: object) -> OpenIssue:
        """Return an issue, begun where it was not."""
        return self.issues.ensure(str(issue_id), self.now_us())

    @contextmanager
    def changing(self, issue_id: object = None) -> Iterator[OpenIssue]:
        """Hold the lock and give an issue: the one that is named, else the one of the present thread or task."""
        with self.lock:
            yield self.issue(self.issues.current() if issue_id is None else issue_id)

    def record_error(self, error: ErrorRecord) -> None:
        """Keep an error of the issue here, or of the run where no issue is open."""
        with self.lock:
            name = self.issues.current()
            if name:
                self.issue(name).record_error(error)
            else:
                self._errors.append(error)
            self.ledger.write(name, error)

    def count(self, facts: Mapping[str, Any], issue_id: str, key: str) -> TokenUsage:
        """Record a call of an agent (its key) for an issue, count what it used there, and return that."""
        issue = self.issues.get(issue_id)
        execution = issue.agent(key) if issue else None
        tokens = self.ledger.record_call(facts, issue_id, execution.agent if execution else "", key)
        self._tokens += tokens
        if issue and (execution := issue.add_tokens(key, tokens)):
            self.ledger.write_agent(issue_id, execution)
        return tokens

    def finish(self, status: Status) -> None:
        """End the run, and wait until that is in the store and in the files; one that has ended stays as it is."""
        with self.lock:
            if self._status != Status.RUNNING:
                return
            self._status = status
            self._ended_us = self.ledger.finish(status)
        self.ledger.run_changed()
        self.ledger.flush()
