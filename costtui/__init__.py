"""What LLM pipelines cost, live: a recorder for programs, and a monitor for terminals.

Public names are imported when they are first used, so that ``import costtui`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costtui.errors import BudgetExceeded as BudgetExceeded
    from costtui.errors import CosttuiError as CosttuiError
    from costtui.facts import Call as Call
    from costtui.facts import CostSource as CostSource
    from costtui.facts import Status as Status
    from costtui.facts import Usage as Usage
    from costtui.facts.issues import AgentType as AgentType
    from costtui.facts.issues import CodeMetrics as CodeMetrics
    from costtui.llm.client import LLMClient as LLMClient
    from costtui.llm.config import LLMConfig as LLMConfig
    from costtui.llm.optimized import CostOptimizedLLMProvider as CostOptimizedLLMProvider
    from costtui.record.autohook import instrument as instrument
    from costtui.record.collector import MetricsCollector as MetricsCollector
    from costtui.record.cost import CostTracker as CostTracker
    from costtui.record.default import node as node
    from costtui.record.default import reserve as reserve
    from costtui.record.default import run as run
    from costtui.record.export import MetricsStorage as MetricsStorage
    from costtui.record.metrics_analysis import MetricsAnalyzer as MetricsAnalyzer
    from costtui.record.metrics_facts import SystemConfig as SystemConfig
    from costtui.record.quality import QualityTracker as QualityTracker

_WHERE = {
    "AgentType": "costtui.facts.issues",
    "BudgetExceeded": "costtui.errors",
    "Call": "costtui.facts",
    "CodeMetrics": "costtui.facts.issues",
    "CostOptimizedLLMProvider": "costtui.llm.optimized",
    "CostSource": "costtui.facts",
    "CostTracker": "costtui.record.cost",
    "CosttuiError": "costtui.errors",
    "LLMClient": "costtui.llm.client",
    "LLMConfig": "costtui.llm.config",
    "MetricsAnalyzer": "costtui.record.metrics_analysis",
    "MetricsCollector": "costtui.record.collector",
    "MetricsStorage": "costtui.record.export",
    "QualityTracker": "costtui.record.quality",
    "Status": "costtui.facts",
    "SystemConfig": "costtui.record.metrics_facts",
    "Usage": "costtui.facts",
    "instrument": "costtui.record.autohook",
    "node": "costtui.record.default",
    "reserve": "costtui.record.default",
    "run": "costtui.record.default",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'costtui' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})
