"""The facts that every room speaks: frozen, free of any engine, SDK or widget.

Units are in the names: ``_us`` is integer UTC microseconds since 1970, ``_ms`` milliseconds, ``_nano`` integer
nano-dollars, ``_tokens`` tokens. ``None`` means *not known*, never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class CostSource(StrEnum):
    """Where a cost comes from, most trustworthy first."""

    PROVIDER = "provider"
    LANGSMITH = "langsmith"
    PRICED = "priced"
    HEURISTIC = "heuristic"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """How a call, a step, a run or an issue ended, or that it has not; pipelines of issues have their own words for it."""

    OK = "ok"
    ERROR = "error"
    CANCELLED = "cancelled"
    PARTIAL = "partial"
    RUNNING = "running"
    INTERRUPTED = "interrupted"

    COMPLETED = OK
    FAILED = ERROR
    IN_PROGRESS = RUNNING


class UsageState(StrEnum):
    """Whether token counts were read from the answer, estimated from text, or are not known."""

    REPORTED = "reported"
    ESTIMATED = "estimated"
    MISSING = "missing"


class Mode(StrEnum):
    """Who chose the model: the caller or the router."""

    PASSTHROUGH = "passthrough"
    SMART_ROUTER = "smart_router"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call in canonical form, whatever the provider calls them.

    ``input_tokens`` includes every cached token, ``output_tokens`` includes reasoning, and
    ``cache_write_tokens`` includes the one-hour part. ``units`` counts whatever else is billed
    (audio tokens, web searches), by the names that genai-prices uses. ``problems`` says in words
    which invariants the reported numbers broke.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    state: UsageState = UsageState.MISSING
    units: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of a bill: a number of units at a rate."""

    unit: str
    """``input``, ``cache_read``, ``cache_write``, ``cache_write_1h``, ``output``, or a unit of ``Usage.units``."""
    count: int
    rate_nano: int
    """Nano-dollars per million units."""
    cost_nano: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost, how that is known, and how it was computed."""

    nano: int | None
    source: CostSource
    price_ref: str | None = None
    """Which price was used, for people: ``genai-prices 0.2.3 openai/gpt-4o 2026-11-22``."""
    lines: tuple[CostLine, ...] = ()
    priced_nano: int | None = None
    """What the price book says where the provider reported the cost itself (the difference is drift)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a model."""

    key: str
    """Idempotency key: the provider's response id where there is one. Recording a key again replaces the call."""
    started_us: int
    node: str = ""
    """Path of the step of the graph that made the call, ``outer/inner``."""
    run_id: str = ""
    subsystem: str = ""
    step_key: str = ""
    mode: Mode = Mode.PASSTHROUGH
    provider: str = ""
    model: str = ""
    """The model that answered; the one that was asked for where the answer does not say."""
    model_asked: str = ""
    usage: Usage = Usage()
    cost: Cost = Cost(None, CostSource.UNKNOWN)
    latency_ms: int | None = None
    ttft_ms: int | None = None
    """Time to the first token of a stream."""
    status: Status = Status.OK
    error: str = ""
    operation: str = ""
    """The logical operation: retries of one request share it."""
    attempt: int = 1
    cache_hit: bool = False
    saved_nano: int = 0
    """What an answer from the response cache would have cost."""
    service_tier: str = ""
    prompt: str = ""
    completion: str = ""
    complexity: float | None = None
    """Complexity of the prompt, 0 to 1, where the router measured it."""
    decision: str = ""
    """Why the router chose this model."""
    quality: float | None = None
    feedback_count: int = 0
    lead_id: str = ""
    session_id: str = ""
    user_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    context_id: str = ""
    """Fingerprint of the LaunchDarkly context that the call ran under."""
    config_key: str = ""
    variation_key: str = ""
    config_version: int | None = None
    id: int = 0
    """Row of the store; 0 until stored."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a pipeline, with the running totals of its calls."""

    run_id: str
    started_us: int
    subsystem: str = ""
    status: Status = Status.RUNNING
    ended_us: int | None = None
    source_method: str = "heuristic"
    error: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    budget_nano: int | None = None
    host: str = ""
    pid: int = 0
    calls: int = 0
    errors: int = 0
    unpriced: int = 0
    estimated: int = 0
    cost_nano: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    last_us: int = 0
    """When the newest call or heartbeat was recorded."""
    quality: float | None = None
    quality_passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One execution of a node, with or without calls."""

    key: str
    run_id: str
    node: str
    started_us: int
    ended_us: int | None = None
    status: Status = Status.RUNNING
    error: str = ""
    detail: str = ""
    """What the step says it did: ``Extracted 5 requirements``."""
    calls: int = 0
    cost_nano: int = 0
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the result of a run was; every score is 0 to 1."""

    run_id: str
    recorded_us: int
    subsystem: str
    overall_score: float
    completeness: float
    clarity: float
    testability: float
    traceability: float
    validation_passed: bool
    iteration_count: int
    requirements_count: int


class Period(StrEnum):
    """How long a budget lasts before it starts again."""

    RUN = "run"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class UnknownPrice(StrEnum):
    """What a budget does about a call whose price is not known."""

    BLOCK = "block"
    ASSUME_MAXIMUM = "assume_maximum"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on spending: for whom, for how long, and how much."""

    name: str
    max_nano: int
    warning_nano: int
    scope: str = "everything"
    """``everything``, or the field that is limited: subsystem, node, model, provider, user, lead, ``tag:NAME``."""
    scope_value: str = ""
    """The value that the field must have; empty: each value has the budget for itself."""
    period: Period = Period.RUN
    time_zone: str = "UTC"
    unknown_price: UnknownPrice = UnknownPrice.ALLOW
    source: str = "settings"


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money set aside for a call that is under way."""

    id: str
    nano: int
    taken_us: int
    expires_us: int
    holder: str
    """Who holds it: ``host:pid node``."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call that is about to be made may cost, and whose budgets it concerns."""

    estimate_nano: int | None
    """The most that it can cost; None where its price is not known."""
    dearest_nano: int | None = None
    """The most that it could cost at the dearest known price, for budgets that assume that."""
    run_id: str = ""
    run_budget_nano: int | None = None
    """The run's own limit."""
    node: str = ""
    subsystem: str = ""
    provider: str = ""
    model: str = ""
    user_id: str = ""
    lead_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """Money that is set aside for a call; an empty id where no budget concerns it."""

    id: str
    expires_us: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of a hold: written together with its call, or alone where nothing was spent."""

    hold_id: str


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget in its present window, for one value of its scope."""

    budget: Budget
    value: str
    """The scope's value (a run id for budgets per run)."""
    start_us: int
    end_us: int | None
    """None where the window ends with the run."""
    spent_nano: int
    reserved_nano: int
    unpriced: int = 0
    reservations: tuple[Reservation, ...] = ()


class Severity(StrEnum):
    """How much an alert or a verdict matters, least first."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode of a condition that the user wants to know about."""

    rule: str
    subject: str
    """What the condition is about (a budget, a node, a model); empty: the whole store."""
    severity: Severity
    message: str
    """One sentence with the figure and the threshold."""
    since_us: int
    place: str = ""
    """The page that shows the cause, and ``key`` what to open there."""
    key: str = ""
    filter: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """A LaunchDarkly context as it was used, in canonical form."""

    id: str
    canonical: str
    """Canonical JSON: sorted keys, JSON types."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """The evaluation of a flag or AI Config for a context, as one witness saw it."""

    environment: str
    """Salted fingerprint of the SDK key or path prefix; never the key."""
    flag: str
    at_us: int
    order: int
    """Position among events of the same instant."""
    context: Mapping[str, Any] | None
    """The context with its attributes; None where only its keys are known."""
    units: Mapping[str, str]
    """Context kind → key, for each individual context."""
    witness: str
    """``feature``, ``plugin``, ``debug``, ``usage``, ``tracker``, ``index`` or ``summary``."""
    in_experiment: bool = False
    variation: str = ""
    version: int | None = None
    reason: str = ""
    ai_run_id: str = ""
    redacted: tuple[str, ...] = ()
    call_site: str = ""
    count: int = 1
    """How many evaluations a ``summary`` stands for."""
    sender: str = ""
    """The SDK that sent it: ``PythonClient/9.20.0``."""


@dataclass(frozen=True, slots=True)
class MetricEvent:
    """A ``track()`` call, as one witness saw it."""

    environment: str
    key: str
    at_us: int
    order: int
    context: Mapping[str, Any] | None
    units: Mapping[str, str]
    witness: str
    """``custom`` (seen on the wire) or ``plugin`` (seen in the process)."""
    value: Any = None
    data: Any = None
    ai_run_id: str = ""
    config_key: str = ""
    variation_key: str = ""
    redacted: tuple[str, ...] = ()
    call_site: str = ""
    delivered: bool | None = None
    sender: str = ""
    """The SDK that sent it: ``PythonClient/9.20.0``."""


@dataclass(frozen=True, slots=True)
class Series:
    """What calls are grouped by: the dimensions of every live total."""

    node: str = ""
    provider: str = ""
    model: str = ""
    subsystem: str = ""
    status: Status = Status.OK


@dataclass(frozen=True, slots=True)
class Delta:
    """What is new in a store since the last look."""

    calls: tuple[Call, ...] = ()
    """New calls in the order of their ids, texts left out."""
    runs: tuple[Run, ...] = ()
    """Runs that are new or have changed."""
    quality: tuple[Quality, ...] = ()
    reset: bool = False
    """The store was replaced, or stored calls changed: totals must be read again."""

    def __bool__(self) -> bool:
        return bool(self.calls or self.runs or self.quality or self.reset)
