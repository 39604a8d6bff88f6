"""Where a run over issues is written down: every event in the store at once, the files soon after."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from costtui.errors import BudgetExceeded
from costtui.facts import (
    AgentExecution,
    DebuggingCycle,
    ErrorRecord,
    PipelineRun,
    Status,
    TokenUsage,
    ToolCall,
)
from costtui.facts.issues import issue_step_key, step_of
from costtui.record.calls import build_call
from costtui.record.metrics_facts import IssueMetrics, RunMetrics, SystemConfig
from costtui.record.metrics_files import MetricsFiles
from costtui.record.open_issue import OpenIssue
from costtui.record.recorder import Recorder
from costtui.record.run import OpenRun

if TYPE_CHECKING:
    from costtui.record.export import MetricsStorage

Event = PipelineRun | DebuggingCycle | ToolCall | ErrorRecord


class Ledger:
    """Writes what a collector learns; a store or disk that fails never ends the pipeline."""

    def __init__(self, recorder: Recorder, run_id: str, project_id: str, config: SystemConfig) -> None:
        self._recorder = recorder
        self._llm = config.llm
        self._run = OpenRun(recorder, run_id, subsystem=project_id, config=stored_config(config)).begin()
        self._files: MetricsFiles | None = None

    def keep_files(
        self,
        storage: "MetricsStorage",
        run: Callable[[], RunMetrics],
        issue: Callable[[str], IssueMetrics | None],
    ) -> None:
        """Write the files of the run too, of what ``run`` and ``issue`` return."""
        self._files = MetricsFiles(storage, self._run.run_id, run, issue)
        self._files.run_changed()
        self._files.flush()

    def record_call(self, facts: Mapping[str, Any], issue_id: str, agent: str, step_key: str) -> TokenUsage:
        """Record a call of an agent, by the configured model where none is named, and return what it used."""
        given = {name: value for name, value in facts.items() if value not in (None, "")}
        model = given.get("model", self._llm.model)
        if model == self._llm.model:
            given.setdefault("provider", self._llm.provider)
        tags = {"issue": issue_id} if issue_id else {}
        call = build_call({**given, "model": model, "node": agent, "tags": tags}, self._recorder.price)  # type: ignore[typeddict-item]
        step = step_key or (issue_step_key(self._run.run_id, issue_id) if issue_id else "")
        try:
            call = self._run.record(replace(call, step_key=step))
        except BudgetExceeded:  # the call is made and recorded; what makes calls is what has to halt
            pass
        return TokenUsage(
            call.usage.input_tokens or 0,
            call.usage.output_tokens or 0,
            call.cost.nano,
            int(call.cost.nano is None),
        )

    def write_issue(self, issue: OpenIssue) -> None:
        """Write an issue as it is now; how many there are, and how they ended, is news of the run."""
        self._recorder.write(replace(issue.fact, run_id=self._run.run_id))
        self._changed(issue.issue_id)
        self.run_changed()

    def write_agent(self, issue_id: str, execution: AgentExecution) -> None:
        """Write an attempt of an agent, and as a step of the run."""
        execution = replace(execution, run_id=self._run.run_id, issue_id=issue_id)
        self._recorder.write(step_of(execution), execution)
        self._changed(issue_id)

    def write(self, issue_id: str, event: Event) -> None:
        """Write what happened for an issue, or in the run where none is named."""
        self._recorder.write(replace(event, run_id=self._run.run_id, issue_id=issue_id))
        if issue_id:
            self._changed(issue_id)
        else:
            self.run_changed()

    def run_changed(self) -> None:
        """Bring the file of the run up to date soon."""
        if self._files is not None:
            self._files.run_changed()

    @property
    def started_us(self) -> int:
        """When the run began."""
        return self._run.fact.started_us

    def finish(self, status: Status) -> int | None:
        """Write the end of the run and return when that was."""
        return self._run.finish(status).ended_us

    def flush(self) -> None:
        """Wait until all that was recorded is in the store and in the files."""
        self._recorder.flush()
        if self._files is not None:
            self._files.flush()

    def close(self) -> None:
        """Write what waits and release the store."""
        self._recorder.close()
        if self._files is not None:
            self._files.close()

    def _changed(self, issue_id: str) -> None:
        if self._files is not None:
            self._files.issue_changed(issue_id)


def stored_config(config: SystemConfig) -> dict[str, Any]:
    """Return a configuration as it is kept and compared: what is not set is left out."""
    flat = {**asdict(config), **config.extra}
    del flat["extra"]
    flat["llm"] = {name: value for name, value in flat["llm"].items() if value not in (None, "")}
    return {name: value for name, value in flat.items() if value not in (None, {})}


def usage_facts(usage: object) -> dict[str, Any]:
    """Return tokens that are given as an object or a mapping, as facts of a call."""

    def read(name: str) -> Any:
        return usage.get(name) if isinstance(usage, Mapping) else getattr(usage, name, None)

    return {
        "input_tokens": read("input_tokens"),
        "output_tokens": read("output_tokens"),
        "cost": read("cost_usd"),
        "model": read("model"),
        "provider": read("provider"),
    }
