"""Where a run over issues is written down: calls and steps in the store, everything in files."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from costtui.errors import BudgetExceeded
from costtui.facts import Status, Step
from costtui.record.calls import build_call
from costtui.record.metrics_facts import AgentExecution, RunMetrics, SystemConfig, TokenUsage
from costtui.record.open_issue import OpenIssue
from costtui.record.recorder import Recorder, log
from costtui.record.run import OpenRun

if TYPE_CHECKING:
    from costtui.record.export import MetricsStorage


class Ledger:
    """Writes what a collector learns; a store or disk that fails never ends the pipeline."""

    def __init__(
        self,
        recorder: Recorder,
        storage: "MetricsStorage | None",
        run_id: str,
        project_id: str,
        config: SystemConfig,
    ) -> None:
        self._recorder = recorder
        self._storage = storage
        self._llm = config.llm
        self._run = OpenRun(recorder, run_id, subsystem=project_id, config=stored_config(config)).begin()

    def record_call(self, facts: Mapping[str, Any], issue_id: str, agent: str, step_key: str) -> TokenUsage:
        """Record a call of an agent, by the configured model where none is named, and return what it used."""
        given = {name: value for name, value in facts.items() if value not in (None, "")}
        model = given.get("model", self._llm.model)
        if model == self._llm.model:
            given.setdefault("provider", self._llm.provider)
        tags = {"issue": issue_id} if issue_id else {}
        call = build_call({**given, "model": model, "node": agent, "tags": tags}, self._recorder.price)  # type: ignore[typeddict-item]
        try:
            call = self._run.record(replace(call, step_key=step_key))
        except BudgetExceeded:  # the call is made and recorded; what makes calls is what has to halt
            pass
        return TokenUsage(
            call.usage.input_tokens or 0,
            call.usage.output_tokens or 0,
            call.cost.nano,
            int(call.cost.nano is None),
        )

    def write_step(self, issue_id: str, execution: AgentExecution | None, key: str) -> None:
        """Write the attempt of an agent as a step of the run."""
        if execution is None:
            return
        status = Status.RUNNING
        if execution.ended_us is not None:
            status = Status.OK if execution.success else Status.ERROR
        self._recorder.write(
            Step(
                key=key,
                run_id=self._run.run_id,
                node=execution.agent,
                started_us=execution.started_us,
                ended_us=execution.ended_us,
                status=status,
                error=execution.error_message,
                detail=f"issue {issue_id}, attempt {execution.attempt_number}",
            )
        )

    def save_issue(self, issue: OpenIssue) -> None:
        """Bring the files of an issue up to date; the disk is waited for only at its end."""
        if self._storage is not None and issue.issue_id:
            save = partial(self._storage.save_issue_metrics, durable=not issue.open)
            self._save(save, self._run.run_id, issue.facts())

    def save_run(self, run: RunMetrics) -> None:
        """Bring the files of the run up to date."""
        if self._storage is None:
            return
        if run.status == Status.RUNNING:
            self._save(self._storage.save_run_metadata, run)
        else:
            self._save(self._storage.save_run_final, run)
            self._save(self._storage.export_run_to_csv, run)

    def finish(self, status: Status) -> None:
        """Write the end of the run."""
        self._run.finish(status)
        self._recorder.flush()

    def close(self) -> None:
        """Write what waits and release the store."""
        self._recorder.close()

    def _save(self, save: Callable[..., object], *facts: object) -> None:
        try:
            save(*facts)
        except OSError as error:
            log.warning("costtui: files of run %s were not written: %s", self._run.run_id, error)


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
