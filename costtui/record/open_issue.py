"""An issue that is being worked on: what was recorded of it so far, and its facts at any moment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from costtui.facts import Status
from costtui.record.metrics_compute import computed_issue
from costtui.record.metrics_facts import (
    AgentExecution,
    CodeMetrics,
    DebuggingCycle,
    ErrorRecord,
    IssueMetrics,
    PipelineRun,
    TokenUsage,
    ToolCall,
)


class OpenIssue:
    """Collects the facts of one issue; whoever shares it between threads holds a lock."""

    def __init__(self, issue_id: str, started_us: int, expected_agents: int) -> None:
        self.issue_id = issue_id
        self._expected_agents = expected_agents
        self._issue = IssueMetrics(issue_id, started_us)
        self._agents: dict[str, AgentExecution] = {}
        self._tools: dict[str, ToolCall] = {}
        self._pipelines: dict[tuple[str, int], PipelineRun] = {}
        self._cycles: list[DebuggingCycle] = []
        self._errors: list[ErrorRecord] = []
        self._tokens = TokenUsage()

    @property
    def open(self) -> bool:
        """Whether it has not ended yet."""
        return self._issue.status == Status.RUNNING

    def reopen(self) -> None:
        """Go on with an issue that had ended: what comes adds up with what was."""
        self._issue = replace(self._issue, status=Status.RUNNING, ended_us=None)

    def start_agent(self, agent: str, attempt_number: int, now_us: int) -> str:
        """Begin an attempt of an agent and return its key."""
        key = uuid4().hex
        self._agents[key] = AgentExecution(agent, attempt_number, now_us)
        return key

    def agent(self, key: str) -> AgentExecution | None:
        """Return an attempt by its key."""
        return self._agents.get(key)

    def newest_agent(self) -> str:
        """Return the key of the agent that began last and has not ended; empty without any."""
        return next((key for key, one in reversed(self._agents.items()) if one.ended_us is None), "")

    def end_agent(self, key: str, success: bool, error_message: str, now_us: int) -> AgentExecution:
        """End an attempt and return it."""
        ended = replace(self._agents[key], ended_us=now_us, success=success, error_message=error_message)
        self._agents[key] = ended
        return ended

    def add_tokens(self, key: str, tokens: TokenUsage) -> None:
        """Count tokens for the issue, and for an agent where a key is given."""
        self._tokens += tokens
        if execution := self._agents.get(key):
            self._agents[key] = replace(execution, tokens=execution.tokens + tokens)

    def start_tool_call(self, name: str, agent: str, now_us: int) -> str:
        """Begin to use a tool and return the id of this use."""
        key = uuid4().hex
        self._tools[key] = ToolCall(key, name, now_us, agent=agent)
        return key

    def end_tool_call(self, key: str, success: bool, error: str, now_us: int) -> bool:
        """End the use of a tool; return whether it is one of this issue."""
        if call := self._tools.get(key):
            self._tools[key] = replace(call, ended_us=now_us, success=success, error=error)
        return call is not None

    def record_pipeline(self, pipeline: PipelineRun) -> None:
        """Keep a pipeline; recorded again (same id and retry) it replaces what was known of it."""
        self._pipelines[pipeline.pipeline_id, pipeline.retry_attempt] = pipeline

    def start_cycle(self, cycle: DebuggingCycle) -> None:
        """Begin to look for an error."""
        self._cycles.append(cycle)

    def change_cycle(self, changes: Mapping[str, Any], *, attempt: bool = False) -> bool:
        """Change the debugging cycle that began last and has not ended; return whether there is one."""
        for place in reversed(range(len(self._cycles))):
            cycle = self._cycles[place]
            if cycle.ended_us is None:
                self._cycles[place] = replace(cycle, attempts=cycle.attempts + attempt, **changes)
                return True
        return False

    def record_error(self, error: ErrorRecord) -> None:
        """Keep an error."""
        self._errors.append(error)

    def finish(self, status: Status, code: CodeMetrics | None, now_us: int) -> None:
        """End the issue."""
        self._issue = replace(self._issue, status=status, ended_us=now_us, code=code or self._issue.code)

    def facts(self) -> IssueMetrics:
        """Return everything that is known now, with its figures."""
        issue = replace(
            self._issue,
            agents=tuple(self._agents.values()),
            pipelines=tuple(self._pipelines.values()),
            debugging_cycles=tuple(self._cycles),
            tool_calls=tuple(self._tools.values()),
            errors=tuple(self._errors),
            tokens=self._tokens,
        )
        return computed_issue(issue, self._expected_agents)
