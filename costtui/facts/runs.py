"""Executions of pipelines and of their nodes, and how good their results were."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from costtui.facts.calls import Status


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
    issues: int = 0
    """Issues that the run works on, for pipelines that do."""
    issues_completed: int = 0


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
