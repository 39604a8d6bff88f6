"""The recorder for pipelines that work on issues: agents, pipelines, debugging, tools, code and errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from costtui.facts import CodeMetrics, Status, TokenUsage
from costtui.record.ending import in_words, outcome
from costtui.record.issue_run import IssueRun
from costtui.record.metrics_facts import IssueMetrics, RunMetrics, SystemConfig
from costtui.record.metrics_json import status_of, word_of
from costtui.record.metrics_ledger import Ledger, usage_facts
from costtui.record.recorder import Recorder, log
from costtui.record.told import Moment, error_told, pipeline_told
from costtui.settings import Settings, load

if TYPE_CHECKING:
    from costtui.record.export import MetricsStorage


class MetricsCollector:
    """Records a run over issues, from any number of threads and tasks, several issues at once.

    What names no issue or agent belongs to the one that the present thread or task started, else to the newest open
    one. Every event is in the store when its method returns, a process that is killed then loses nothing; with a
    ``storage`` its files are kept up to date, too, by a thread.
    """

    def __init__(
        self,
        run_id: str,
        project_id: str = "",
        config: SystemConfig | None = None,
        *,
        storage: "MetricsStorage | None" = None,
        db_path: str | PathLike[str] | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Begin a run in the store (default: the one of the settings). Raises SettingsError, StoreError."""
        self.run_id, self.project_id = str(run_id), str(project_id)
        config = config or SystemConfig()
        recorder = Recorder(db_path, settings=_durable(load() if settings is None else settings))
        self._ledger = Ledger(recorder, self.run_id, self.project_id, config)
        self._run = IssueRun(self.run_id, self.project_id, config, self._ledger)
        if storage is not None:
            self._ledger.keep_files(storage, self._run.metrics, self._run.issue_metrics)

    @property
    def run_metrics(self) -> RunMetrics:
        """Everything that is known of the run now."""
        return self._run.metrics()

    def get_issue_metrics(self, issue_id: str) -> IssueMetrics | None:
        """Return everything that is known of an issue now, None where it was never started."""
        return self._run.issue_metrics(str(issue_id))

    def start_issue(self, issue_id: str) -> None:
        """Begin to work on an issue; one that had ended goes on."""
        with self._run.changing(issue_id) as issue:
            if not issue.open:
                issue.reopen()
            self._run.issues.enter(issue.issue_id)
            self._ledger.write_issue(issue)

    def finalize_issue(
        self, issue_id: str, status: Status = Status.COMPLETED, code_metrics: CodeMetrics | None = None
    ) -> IssueMetrics:
        """End an issue and return it with its figures."""
        with self._run.changing(issue_id) as issue:
            issue.finish(status_of(status), code_metrics, self._run.now_us())
            self._run.issues.leave(issue.issue_id)
            self._ledger.write_issue(issue)
            return self._run.computed(issue.facts())

    def start_agent(self, agent: str, issue_id: str | None = None, attempt_number: int = 1) -> str:
        """Begin an attempt of an agent (``AgentType`` or any name) at an issue, and return its key."""
        with self._run.changing(issue_id) as issue:
            execution = issue.start_agent(word_of(agent), attempt_number, self._run.now_us())
            self._run.issues.enter(issue.issue_id, execution.key)
            self._ledger.write_agent(issue.issue_id, execution)
            return execution.key

    def finalize_agent(
        self,
        success: bool,
        error_message: str | None = None,
        token_usage: object = None,
        *,
        agent_key: str = "",
    ) -> None:
        """End the agent that is at work here; ``token_usage`` counts where none was recorded for it."""
        with self._run.lock:
            name, key = self._run.issues.at_work(agent_key)
            issue = self._run.issues.get(name)
            if issue is None or (execution := issue.agent(key)) is None:
                log.warning("costtui: finalize_agent: no agent is at work; start_agent was not called")
                return
            if token_usage is not None and not execution.tokens.total_tokens:
                self._run.count(usage_facts(token_usage), name, key)
            ended = issue.end_agent(key, success, error_message or "", self._run.now_us())
            if self._run.issues.at_work() == (name, key):
                self._run.issues.enter(name)
            self._ledger.write_agent(name, ended)

    def start_tool_call(self, name: str) -> str:
        """Begin to use a tool and return the id of this use."""
        with self._run.lock:
            issue_id, key = self._run.issues.at_work()
            issue = self._run.issue(issue_id)
            execution = issue.agent(key)
            call = issue.start_tool_call(str(name), execution.agent if execution else "", self._run.now_us())
            self._ledger.write(issue_id, call)
            return call.id

    def end_tool_call(self, call_id: str, success: bool = True, error: str | None = None) -> None:
        """End the use of a tool, from any thread."""
        with self._run.lock:
            for issue in self._run.issues:
                if call := issue.end_tool_call(call_id, success, error or "", self._run.now_us()):
                    self._ledger.write(issue.issue_id, call)
                    return
        log.warning("costtui: end_tool_call: no tool call has the id %r", call_id)

    def record_token_usage(
        self, input_tokens: int, output_tokens: int, model: str = "", *, provider: str = "", cost: Any = None
    ) -> TokenUsage:
        """Count the tokens of a call for the agent and the issue here, and record it, priced where no cost is given."""
        facts = {"input_tokens": input_tokens, "output_tokens": output_tokens, "cost": cost}
        with self._run.lock:
            return self._run.count(
                {**facts, "model": model, "provider": provider}, *self._run.issues.at_work()
            )

    def record_pipeline(
        self,
        pipeline_id: str | int,
        commit_sha: str = "",
        status: str = "",
        triggered_by: str = "",
        retry_attempt: int = 0,
        start_time: Moment = None,
        end_time: Moment = None,
        queue_time_seconds: float | None = None,
        execution_time_seconds: float | None = None,
        failed_jobs: Any = (),
        error_type: str | None = None,
        error_message: str | None = None,
        *,
        issue_id: str | None = None,
    ) -> None:
        """Keep the execution of a CI pipeline; recorded again with its id and retry it replaces what was known."""
        pipeline = pipeline_told(
            pipeline_id,
            commit_sha=commit_sha,
            status=status,
            triggered_by=triggered_by,
            retry_attempt=retry_attempt,
            times=(start_time, end_time),
            seconds=(queue_time_seconds, execution_time_seconds),
            failed_jobs=failed_jobs,
            error=(error_type, error_message),
        )
        with self._run.changing(issue_id) as issue:
            issue.record_pipeline(pipeline)
            self._ledger.write(issue.issue_id, pipeline)

    def start_debugging_cycle(
        self, agent: str, error_type: str = "", error_message: str = "", *, issue_id: str | None = None
    ) -> None:
        """Begin to look for an error."""
        with self._run.changing(issue_id) as issue:
            cycle = issue.start_cycle(word_of(agent), error_type, error_message, self._run.now_us())
            self._ledger.write(issue.issue_id, cycle)

    def record_debug_attempt(self, *, issue_id: str | None = None) -> None:
        """Count an attempt of the debugging cycle that is open."""
        self._change_cycle("record_debug_attempt", issue_id, {}, attempt=True)

    def end_debugging_cycle(
        self, resolved: bool, resolution_method: str = "", *, issue_id: str | None = None
    ) -> None:
        """End the debugging cycle that is open."""
        changes = {"ended_us": self._run.now_us(), "resolved": resolved}
        method = {"resolution_method": resolution_method or ""}
        self._change_cycle("end_debugging_cycle", issue_id, changes | method)

    def record_error(
        self, type: str, message: str, agent: str | None = None, severity: str = "error"
    ) -> None:
        """Keep an error of the issue here, or of the run where no issue is open."""
        self._run.record_error(error_told(type, message, agent, severity, self._run.now_us()))

    def finalize_run(self, status: Status = Status.COMPLETED) -> RunMetrics:
        """End the run and return it with its figures; its files are written then."""
        self._run.finish(status_of(status))
        return self._run.metrics()

    def flush(self) -> None:
        """Wait until all that was recorded is in the files, too."""
        self._ledger.flush()

    def close(self) -> None:
        """Write what waits and release the store."""
        self._ledger.close()

    @contextmanager
    def issue(self, issue_id: str) -> Iterator[None]:
        """Work on an issue: completed when the body ends, failed when it raises, unless ``finalize_issue`` says how."""
        with self._run.issues.returning():
            self.start_issue(issue_id)
            try:
                yield
            except BaseException as error:
                self._note(error)
                self.finalize_issue(issue_id, outcome(error))
                raise
            if self._run.issue(issue_id).open:
                self.finalize_issue(issue_id, Status.COMPLETED)

    @contextmanager
    def agent(self, agent: str, issue_id: str | None = None, attempt_number: int = 1) -> Iterator[None]:
        """Let an agent work: its attempt succeeds when the body ends, and fails when it raises."""
        with self._run.issues.returning():
            key = self.start_agent(agent, issue_id, attempt_number)
            try:
                yield
            except BaseException as error:
                self.finalize_agent(False, in_words(error), agent_key=key)
                raise
            self.finalize_agent(True, agent_key=key)

    @contextmanager
    def tool_call(self, name: str) -> Iterator[str]:
        """Use a tool: timed, and failed where the body raises."""
        call_id = self.start_tool_call(name)
        try:
            yield call_id
        except BaseException as error:
            self.end_tool_call(call_id, success=False, error=in_words(error))
            raise
        self.end_tool_call(call_id)

    @contextmanager
    def debugging(self, agent: str, error_type: str = "", error_message: str = "") -> Iterator[None]:
        """Look for an error: resolved when the body ends, unresolved when it raises."""
        self.start_debugging_cycle(agent, error_type, error_message)
        try:
            yield
        except BaseException:
            self.end_debugging_cycle(False)
            raise
        self.end_debugging_cycle(True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._note(error)
        self.finalize_run(outcome(error))
        self.close()

    def _change_cycle(
        self, method: str, issue_id: str | None, changes: Mapping[str, Any], *, attempt: bool = False
    ) -> None:
        with self._run.changing(issue_id) as issue:
            if cycle := issue.change_cycle(changes, attempt=attempt):
                self._ledger.write(issue.issue_id, cycle)
                return
        log.warning("costtui: %s: no debugging cycle is open", method)

    def _note(self, error: BaseException) -> None:
        self.record_error(type(error).__name__, str(error), severity="critical")


def _durable(settings: Settings) -> Settings:
    """Return settings with which every event waits for its commit: there are few, and each tells of much work."""
    return replace(settings, recording=replace(settings.recording, durable=True))
