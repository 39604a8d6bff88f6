"""A run over issues as it is handed out: its configuration, its issues with all that happened, and figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from costtui.facts import (
    AgentExecution,
    CodeMetrics,
    DebuggingCycle,
    ErrorRecord,
    PipelineRun,
    Status,
    TokenUsage,
    ToolCall,
    ToolStatistics,
)
from costtui.facts.issues import EXPECTED_AGENTS


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """The model that a system was configured with."""

    provider: str = ""
    model: str = ""
    temperature: float | None = None


_CHOICE = ("provider", "model", "temperature")
_FIRST = ("agent_type", "lead_id", "session_id")


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
        choice = _choice(self.llm, _CHOICE)
        if not choice.provider and not choice.model:
            # Without names, LLMConfig("openai", "gpt-4o", 0.1) has put these into its first fields.
            choice = _choice(self.llm, _FIRST)
        object.__setattr__(self, "llm", choice)


def _choice(given: Any, names: tuple[str, str, str]) -> ModelChoice:
    values = given if isinstance(given, Mapping) else {name: getattr(given, name, None) for name in names}
    provider, model, temperature = (values.get(name) for name in names)
    return ModelChoice(
        provider or "", model or "", temperature if isinstance(temperature, int | float) else None
    )


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
    code: CodeMetrics = field(default_factory=CodeMetrics)
    errors: tuple[ErrorRecord, ...] = ()
    tokens: TokenUsage = field(default_factory=TokenUsage)
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
    tokens: TokenUsage = field(default_factory=TokenUsage)
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
