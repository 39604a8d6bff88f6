"""What the runs of a store cost: single records, and trends over days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, tzinfo
from typing import Any

from costtui.facts import Call, Run
from costtui.money import usd
from costtui.reading import CallQuery, Reader
from costtui.record.spent import Spending, Spent
from costtui.window import DAY_US, Span, from_us

_CALLS_READ = 100_000
_RUNS_READ = 1_000_000


@dataclass(frozen=True, slots=True)
class RunCost:
    """What a run cost, in dollars; its fields can be read as keys too (``record["total_cost"]``)."""

    run_id: str
    timestamp: datetime
    """When the run started."""
    total_cost: float
    """Sum of the known costs; see ``unpriced_calls``."""
    subsystem: str
    source_method: str
    node_costs: dict[str, float] = field(default_factory=dict)
    token_counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Node → ``input``, ``output`` and ``total``."""
    unpriced_calls: int = 0

    def __getitem__(self, name: str) -> Any:
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)

    def keys(self) -> Iterator[str]:
        """Return the names of the fields: with them, ``dict(record)`` works."""
        return iter([each.name for each in fields(self)])


def run_cost(run: Run, spent: Spent, zone: tzinfo) -> RunCost:
    """Return what a run cost."""
    return RunCost(
        run_id=run.run_id,
        timestamp=from_us(run.started_us, zone),
        total_cost=float(usd(spent.total.cost_nano)),
        subsystem=run.subsystem,
        source_method=str(run.source_method),
        node_costs={node: float(usd(each.cost_nano)) for node, each in spent.nodes.items()},
        token_counts={node: _tokens(each) for node, each in spent.nodes.items()},
        unpriced_calls=spent.total.unpriced,
    )


def recent_runs(reader: Reader | None, limit: int, zone: tzinfo) -> list[RunCost]:
    """Return what the newest runs cost, newest first."""
    if reader is None:
        return []
    return [run_cost(run, _spent(reader, run), zone) for run in reader.runs(None, limit)]


def cost_trends(reader: Reader | None, days: int, now_us: int) -> dict[str, Any]:
    """Return count, total, mean, minimum and maximum of the runs of the last days, in dollars, and the same by subsystem.

    Only known costs are added up: ``unpriced_calls`` says how many calls are missing from them.
    """
    span = Span((now_us - days * DAY_US, now_us + DAY_US))
    runs = reader.runs(span, _RUNS_READ) if reader else []
    by_subsystem: dict[str, list[Run]] = {}
    for run in runs:
        by_subsystem.setdefault(run.subsystem, []).append(run)
    subsystems = {name: _summary(group) for name, group in sorted(by_subsystem.items())}
    return {**_summary(runs), "subsystems": subsystems, "unpriced_calls": sum(run.unpriced for run in runs)}


def _summary(runs: Sequence[Run]) -> dict[str, Any]:
    costs = [run.cost_nano for run in runs]
    total = sum(costs)
    return {
        "total_runs": len(costs),
        "total_cost": float(usd(total)),
        "avg_cost": float(usd(total) / len(costs)) if costs else 0.0,
        "min_cost": float(usd(min(costs, default=0))),
        "max_cost": float(usd(max(costs, default=0))),
    }


def _spent(reader: Reader, run: Run) -> Spent:
    spent = Spent()
    calls: list[Call] = reader.calls(CallQuery(run_id=run.run_id, order="oldest", limit=_CALLS_READ))
    for call in calls:
        spent.add(call)
    return spent


def _tokens(spending: Spending) -> dict[str, int]:
    return {
        "input": spending.input_tokens,
        "output": spending.output_tokens,
        "total": spending.input_tokens + spending.output_tokens,
    }
