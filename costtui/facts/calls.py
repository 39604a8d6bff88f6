"""One request to a model: its tokens, its cost, and what it is grouped by."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


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


class CostLine(NamedTuple):  # every call makes several: a tuple takes half the time of a frozen dataclass
    """One line of a bill: a number of units at a rate."""

    unit: str
    """``input``, ``cache_read``, ``cache_write``, ``cache_write_1h``, ``output``, or a unit of ``Usage.units``."""
    count: int  # type: ignore[assignment]  # what tuple.count is for, no bill needs
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
class Series:
    """What calls are grouped by: the dimensions of every live total."""

    node: str = ""
    provider: str = ""
    model: str = ""
    subsystem: str = ""
    status: Status = Status.OK
