"""The facts that every room speaks: frozen, free of any engine, SDK or widget.

Units are in the names: ``_us`` is integer UTC microseconds since 1970, ``_ms`` milliseconds, ``_nano`` integer
nano-dollars, ``_tokens`` tokens. ``None`` means *not known*, never zero.

Each group is loaded with the first of its names that is asked for: the settings need budgets before the first
paint, and nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costtui.facts.alerts import Alert, Severity
    from costtui.facts.budget_states import BudgetState, BudgetWindow, Reservation
    from costtui.facts.budgets import Budget, Period, UnknownPrice
    from costtui.facts.calls import Call, Cost, CostLine, CostSource, Mode, Series, Status, Usage, UsageState
    from costtui.facts.delta import Delta
    from costtui.facts.holds import Claim, Hold, Settlement
    from costtui.facts.issues import (
        AgentExecution,
        AgentType,
        CodeMetrics,
        DebuggingCycle,
        ErrorRecord,
        Issue,
        IssueSummary,
        PipelineRun,
        TokenUsage,
        ToolCall,
        ToolStatistics,
        Work,
    )
    from costtui.facts.launchdarkly import Context, Exposure, MetricEvent
    from costtui.facts.runs import Quality, Run, Step

__all__ = [
    "AgentExecution",
    "AgentType",
    "Alert",
    "Budget",
    "BudgetState",
    "BudgetWindow",
    "Call",
    "Claim",
    "CodeMetrics",
    "Context",
    "Cost",
    "CostLine",
    "CostSource",
    "DebuggingCycle",
    "Delta",
    "ErrorRecord",
    "Exposure",
    "Hold",
    "Issue",
    "IssueSummary",
    "MetricEvent",
    "Mode",
    "Period",
    "PipelineRun",
    "Quality",
    "Reservation",
    "Run",
    "Series",
    "Settlement",
    "Severity",
    "Status",
    "Step",
    "TokenUsage",
    "ToolCall",
    "ToolStatistics",
    "UnknownPrice",
    "Usage",
    "UsageState",
    "Work",
]

_GROUPS = {
    "calls": ("CostSource", "Status", "UsageState", "Mode", "Usage", "CostLine", "Cost", "Call", "Series"),
    "runs": ("Run", "Step", "Quality"),
    "budgets": ("Period", "UnknownPrice", "Budget"),
    "budget_states": ("Reservation", "BudgetState", "BudgetWindow"),
    "holds": ("Claim", "Hold", "Settlement"),
    "issues": (
        "AgentExecution",
        "AgentType",
        "CodeMetrics",
        "DebuggingCycle",
        "ErrorRecord",
        "Issue",
        "IssueSummary",
        "PipelineRun",
        "TokenUsage",
        "ToolCall",
        "ToolStatistics",
        "Work",
    ),
    "alerts": ("Severity", "Alert"),
    "launchdarkly": ("Context", "Exposure", "MetricEvent"),
    "delta": ("Delta",),
}
_GROUP_OF = {name: group for group, names in _GROUPS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _GROUP_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    group = import_module(f"{__name__}.{_GROUP_OF[name]}")
    globals().update((one, getattr(group, one)) for one in _GROUPS[_GROUP_OF[name]])
    return globals()[name]
