"""An issue that is being worked on: what was recorded of it so far, and its facts at any moment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from costtui.facts import (
    AgentExecution,
    CodeMetrics,
    DebuggingCycle,
    ErrorRecord,
    Issue,
    PipelineRun,
    Status,
    TokenUsage,
    ToolCall,
)
from costtui.record.metrics_facts import IssueMetrics


class OpenIssue:
    """Collects the facts of one issue; whoever shares it between threads holds a lock."""

    def __init__(self, issue_id: str, started_us: int, expected_agents: int) -> None:
        self.issue_id = issue_id
        self.fact = Issue("", issue_id, started_us, expected_agents=expected_agents)
        self._agents: dict[str, AgentExecution] = {}
        self._tools: dict[str, ToolCall] = {}
        self._pipelines: dict[tuple[str, int], PipelineRun] = {}
        self._cycles: list[DebuggingCycle] = []
        self._errors: list[ErrorRecord] = []
        self._tokens = TokenUsage()

    @property
    def open(self) -> bool:
        """Whether it has not ended yet."""
        return self.fact.status == Status.RUNNING

    def reopen(self) -> None:
        """Go on with an issue that had ended: what comes adds up with what was."""
        self.fact = replace(self.fact, status=Status.RUNNING, ended_us=None)

    def start_agent(self, agent: str, attempt_number: int, now_us: int) -> AgentExecution:
        """Begin an attempt of an agent and return it."""
        execution = AgentExecution(agent, attempt_number, now_us, key=uuid4().hex)
        self._agents[execution.key] = execution
        return execution

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

    def add_tokens(self, key: str, tokens: TokenUsage) -> AgentExecution | None:
        """Count tokens for the issue, and for an agent where a key is given; return that agent."""
        self._tokens += tokens
        execution = self._agents.get(key)
        if execution is not None:
            execution = self._agents[key] = replace(execution, tokens=execution.tokens + tokens)
        return execution

    def start_tool_call(self, name: str, agent: str, now_us: int) -> ToolCall:
        """Begin to use a tool and return this use."""
        call = ToolCall(uuid4().hex, name, now_us, agent=agent)
        self._tools[call.id] = call
        return call

    def end_tool_call(self, key: str, success: bool, error: str, now_us: int) -> ToolCall | None:
        """End the use of a tool and return it; None where it is not one of this issue."""
        call = self._tools.get(key)
        if call is not None:
            call = self._tools[key] = replace(call, ended_us=now_us, success=success, error=error)
        return call

    def record_pipeline(self, pipeline: PipelineRun) -> None:
        """Keep a pipeline; recorded again (same id and retry) it replaces what was known of it."""
        self._pipelines[pipeline.pipeline_id, pipeline.retry_attempt] = pipeline

    def start_cycle(self, agent: str, error_type: str, error_message: str, now_us: int) -> DebuggingCycle:
        """Begin to look for an error and return the cycle."""
        cycle = DebuggingCycle(agent, error_type, error_message, now_us, key=uuid4().hex)
        self._cycles.append(cycle)
        return cycle

    def change_cycle(self, changes: Mapping[str, Any], *, attempt: bool = False) -> DebuggingCycle | None:
        """Change the debugging cycle that began last and has not ended, and return it; None without one."""
        for place in reversed(range(len(self._cycles))):
            cycle = self._cycles[place]
            if cycle.ended_us is None:
                cycle = replace(cycle, attempts=cycle.attempts + attempt, **changes)
                self._cycles[place] = cycle
                return cycle
        return None

    def record_error(self, error: ErrorRecord) -> None:
        """Keep an error."""
        self._errors.append(error)

    def finish(self, status: Status, code: CodeMetrics | None, now_us: int) -> None:
        """End the issue."""
        self.fact = replace(self.fact, status=status, ended_us=now_us, code=code or self.fact.code)

    def facts(self) -> IssueMetrics:
        """Return everything that is known now, without figures: those may take a while."""
        fact = self.fact
        return IssueMetrics(
            fact.issue_id,
            fact.started_us,
            fact.status,
            fact.ended_us,
            agents=tuple(self._agents.values()),
            pipelines=tuple(self._pipelines.values()),
            debugging_cycles=tuple(self._cycles),
            tool_calls=tuple(self._tools.values()),
            code=fact.code,
            errors=tuple(self._errors),
            tokens=self._tokens,
        )
