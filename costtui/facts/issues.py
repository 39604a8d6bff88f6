"""What pipelines that work on issues do: issues, attempts of agents, CI pipelines, debugging, tools and errors."""

from dataclasses import dataclass
from enum import StrEnum

from costtui.facts.calls import Status
from costtui.facts.runs import Step

EXPECTED_AGENTS = 4
"""Agents that an issue passes through when nothing goes wrong, unless configured."""
FAILED_WORDS = ("failed", "failure", "error")
"""Words that CI systems have for a pipeline that failed (cancelled is not failed)."""


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
class CodeMetrics:
    """What an issue changed in the code."""

    files_created: int = 0
    files_modified: int = 0
    lines_added: int = 0
    lines_deleted: int = 0
    coverage_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of a run, without what happened on the way."""

    run_id: str
    issue_id: str
    started_us: int
    status: Status = Status.RUNNING
    ended_us: int | None = None
    code: CodeMetrics = CodeMetrics()
    expected_agents: int = EXPECTED_AGENTS


@dataclass(frozen=True, slots=True)
class AgentExecution:
    """One attempt of an agent at an issue; its calls belong to the step with its key."""

    agent: str
    attempt_number: int
    started_us: int
    ended_us: int | None = None
    success: bool | None = None
    error_message: str = ""
    tokens: TokenUsage = TokenUsage()
    key: str = ""
    run_id: str = ""
    issue_id: str = ""


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
    run_id: str = ""
    issue_id: str = ""

    @property
    def failed(self) -> bool:
        """Whether it ended in failure (cancelled is not failed)."""
        return self.status.lower() in FAILED_WORDS


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
    key: str = ""
    run_id: str = ""
    issue_id: str = ""


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
    run_id: str = ""
    issue_id: str = ""


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """Something that went wrong in a run; one of no issue happened outside of all."""

    type: str
    message: str
    at_us: int
    agent: str = ""
    severity: str = "error"
    key: str = ""
    run_id: str = ""
    issue_id: str = ""


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
class IssueSummary:
    """An issue and how much happened on the way."""

    issue: Issue
    attempts: int = 0
    """Executions of agents."""
    agents: int = 0
    """Different agents."""
    failed_attempts: int = 0
    pipelines: int = 0
    failed_pipelines: int = 0
    debugging_cycles: int = 0
    tool_calls: int = 0
    errors: int = 0
    calls: int = 0
    """Calls to models, and what is known of their cost."""
    cost_nano: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """What happened in a run, or for one of its issues; of each kind at most a number, the newest."""

    issues: tuple[IssueSummary, ...] = ()
    agents: tuple[AgentExecution, ...] = ()
    pipelines: tuple[PipelineRun, ...] = ()
    debugging_cycles: tuple[DebuggingCycle, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tools: tuple[ToolStatistics, ...] = ()
    """Statistics over all uses, the slowest tool in total first."""
    errors: tuple[ErrorRecord, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.issues or self.agents or self.errors or self.tool_calls or self.pipelines)


def step_of(execution: AgentExecution) -> Step:
    """Return an attempt of an agent as a step of its run, which has its calls."""
    status = Status.RUNNING
    if execution.success is not None or execution.ended_us is not None:
        status = Status.OK if execution.success else Status.ERROR
    return Step(
        key=execution.key,
        run_id=execution.run_id,
        node=execution.agent,
        started_us=execution.started_us,
        ended_us=execution.ended_us,
        status=status,
        error=execution.error_message,
        detail=f"issue {execution.issue_id}, attempt {execution.attempt_number}",
    )


def issue_step_key(run_id: str, issue_id: str) -> str:
    """Return the key of the step that calls for an issue belong to which no agent made."""
    return f"issue:{run_id}:{issue_id}"
