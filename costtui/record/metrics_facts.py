"""What pipelines that work on issues do: frozen facts of runs, issues, agents, pipelines, tools and errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from costtui.facts import Status

EXPECTED_AGENTS = 4
"""Agents that an issue passes through when nothing goes wrong, unless configured."""


class AgentType(StrEnum):
    """The usual agents; any other name will do as well."""

    SUPERVISOR = "supervisor"
    PLANNING = "planning"
    CODING = "coding"
    TESTING = "testing"
    REVIEW = "review"
    DEBUGGING = "debugging"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model that a system was configured with."""

    provider: str = ""
    model: str = ""
    temperature: float | None = None


_CHOICE = ("provider", "model", "temperature")


@dataclass(frozen=True, slots=True)
class SystemConfig:
    """How the system was configured during a run, so that configurations can be compared.

    ``llm`` is anything with ``provider``, ``model`` and ``temperature``: the ``LLMConfig`` that calls are made with.
    """

    llm: Any = field(default_factory=ModelChoice)
    max_retries: int | None = None
    min_coverage_percent: float | None = None
    expected_agents: int = EXPECTED_AGENTS
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        given = self.llm
        values = (
            given if isinstance(given, Mapping) else {name: getattr(given, name, None) for name in _CHOICE}
        )
        choice = ModelChoice(
            values.get("provider") or "", values.get("model") or "", values.get("temperature")
        )
        object.__setattr__(self, "llm", choice)


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens, and what they cost; a cost of None is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_nano: int | None = None
    unpriced: int = 0
    """Calls whose cost is not known and is missing in the sum."""

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: "TokenUsage") -> "TokenUsage":
        known = [part.cost_nano for part in (self, other) if part.cost_nano is not None]
        return TokenUsage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            sum(known) if known else None,
            self.unpriced + other.unpriced,
        )


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One use of a tool."""

    id: str
    name: str
    started_us: int
    ended_us: int | None = None
    success: bool | None = None
    error: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class AgentExecution:
    """One attempt of an agent at an issue."""

    agent: str
    attempt_number: int
    started_us: int
    ended_us: int | None = None
    success: bool | None = None
    error_message: str = ""
    tokens: TokenUsage = TokenUsage()


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One execution of a CI pipeline."""

    pipeline_id: str
    commit_sha: str
    status: str
    triggered_by: str = ""
    retry_attempt: int = 0
    started_us: int | None = None
    ended_us: int | None = None
    queue_time_seconds: float | None = None
    execution_time_seconds: float | None = None
    failed_jobs: tuple[str, ...] = ()
    error_type: str = ""
    error_message: str = ""

    @property
    def failed(self) -> bool:
        """Whether it ended in failure (cancelled is not failed)."""
        return self.status.lower() in ("failed", "failure", "error")


@dataclass(frozen=True, slots=True)
class DebuggingCycle:
    """The hunt for one error."""

    agent: str
    error_type: str
    error_message: str
    started_us: int
    ended_us: int | None = None
    attempts: int = 0
    resolved: bool | None = None
    resolution_method: str = ""


@dataclass(frozen=True, slots=True)
class CodeMetrics:
    """What an issue changed in the code."""

    files_created: int = 0
    files_modified: int = 0
    lines_added: int = 0
    lines_deleted: int = 0
    coverage_percent: float | None = None


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """Something that went wrong."""

    type: str
    message: str
    at_us: int
    agent: str = ""
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class ToolStatistics:
    """All uses of one tool."""

    name: str
    calls: int
    failures: int
    total_ms: float
    success_rate: float | None
    """Of the calls that have ended, 0 to 100."""
    mean_ms: float | None
    max_ms: float | None


@dataclass(frozen=True, slots=True)
class IssueMetrics:
    """All about one issue; the figures are kept up to date while it runs."""

    issue_id: str
    started_us: int
    status: Status = Status.RUNNING
    ended_us: int | None = None
    agents: tuple[AgentExecution, ...] = ()
    pipelines: tuple[PipelineRun, ...] = ()
    debugging_cycles: tuple[DebuggingCycle, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tools: tuple[ToolStatistics, ...] = ()
    code: CodeMetrics = CodeMetrics()
    errors: tuple[ErrorRecord, ...] = ()
    tokens: TokenUsage = TokenUsage()
    complexity: int = 0
    """0 to 100."""
    first_time_right: bool = False

    @property
    def duration_seconds(self) -> float | None:
        """How long it took, None while it runs."""
        return None if self.ended_us is None else (self.ended_us - self.started_us) / 1e6

    @property
    def failed_pipelines(self) -> int:
        """Pipelines that failed."""
        return sum(pipeline.failed for pipeline in self.pipelines)


@dataclass(frozen=True, slots=True)
class RunMetrics:
    """All about one run: its configuration, its issues and what they add up to."""

    run_id: str
    project_id: str
    started_us: int
    config: SystemConfig = SystemConfig()
    status: Status = Status.RUNNING
    ended_us: int | None = None
    issues: tuple[IssueMetrics, ...] = ()
    errors: tuple[ErrorRecord, ...] = ()
    """Those outside of any issue."""
    tokens: TokenUsage = TokenUsage()
    total_issues: int = 0
    completed_issues: int = 0
    failed_issues: int = 0
    success_rate: float | None = None
    """Completed ÷ total issues, 0 to 100; None without issues."""
    first_time_right_rate: float | None = None
    """Issues that were right the first time ÷ total issues, 0 to 100."""
    mean_complexity: float | None = None

    @property
    def duration_seconds(self) -> float | None:
        """How long it took, None while it runs."""
        return None if self.ended_us is None else (self.ended_us - self.started_us) / 1e6

    @property
    def all_errors(self) -> tuple[ErrorRecord, ...]:
        """Errors of the run and of its issues."""
        return (*self.errors, *(error for issue in self.issues for error in issue.errors))
