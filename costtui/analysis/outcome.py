"""What came of one run, issue or call: the one shape that comparisons, scores and trends work on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from costtui.facts import Call, Run, Status

UNNAMED = "(none)"
"""The group of whatever has no value in the field that is compared."""

_UNDECIDED = (Status.RUNNING, Status.INTERRUPTED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run, issue or call cost, took and achieved, and how it was configured."""

    id: str
    unit: str
    """Outcomes of one unit (the calls of a run, say) are alike and are not counted as independent."""
    started_us: int
    cost_nano: int | None
    """None: not known. Where ``unpriced`` calls are in it, this is a lower bound."""
    duration_ms: float | None
    attempted: int = 1
    """Issues of a run; 1 for a call; 0 while nothing is decided."""
    succeeded: int = 0
    errors: int = 0
    debugging_cycles: int = 0
    unpriced: int = 0
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cost_per_attempt_nano(self) -> float | None:
        """Cost of one issue (of the call itself), None where cost or number are not known."""
        if self.cost_nano is None or not self.attempted:
            return None
        return self.cost_nano / self.attempted


def of_runs(runs: Iterable[Run]) -> list[Outcome]:
    """Return the outcomes of runs; a failed or low-quality run is one that did not succeed."""
    return [
        Outcome(
            id=run.run_id,
            unit=run.run_id,
            started_us=run.started_us,
            cost_nano=run.cost_nano if run.calls > run.unpriced or not run.calls else None,
            duration_ms=_duration_ms(run),
            attempted=0 if run.status in _UNDECIDED else 1,
            succeeded=int(run.status == Status.OK and run.quality_passed is not False),
            errors=run.errors,
            unpriced=run.unpriced,
            config={**run.config, "subsystem": run.subsystem},
        )
        for run in runs
    ]


def _duration_ms(run: Run) -> float | None:
    """Return how long a run took; one that ended as it started was written down in one go, and nobody timed it."""
    if run.ended_us is None or run.ended_us <= run.started_us:
        return None
    return (run.ended_us - run.started_us) / 1000


def of_calls(calls: Iterable[Call]) -> list[Outcome]:
    """Return the outcomes of calls, with node, model, provider, subsystem and variation as their configuration.

    Calls of one user (or else of one run) are one unit.
    """
    return [
        Outcome(
            id=call.key,
            unit=call.user_id or call.run_id or call.key,
            started_us=call.started_us,
            # A failure that was not billed says nothing of what a call costs.
            cost_nano=(call.cost.nano or None) if call.status == Status.ERROR else call.cost.nano,
            duration_ms=call.latency_ms,
            attempted=0 if call.status in _UNDECIDED else 1,
            succeeded=int(call.status == Status.OK),
            errors=int(call.status == Status.ERROR),
            unpriced=int(call.cost.nano is None),
            config={
                "node": call.node,
                "model": call.model,
                "provider": call.provider,
                "subsystem": call.subsystem,
                "config": call.config_key,
                "variation": call.variation_key,
                "mode": str(call.mode),
                **{f"tag:{name}": value for name, value in call.tags.items()},
            },
        )
        for call in calls
    ]


def value_of(outcome: Outcome, by: str) -> str:
    """Return the value of a configuration field, ``llm.model`` for a nested one; UNNAMED where there is none."""
    value: Any = outcome.config.get(by)
    if value is None and by not in outcome.config:
        value = outcome.config
        for part in by.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    return UNNAMED if value is None or value == "" else str(value)


def fields_of(outcomes: Iterable[Outcome]) -> list[str]:
    """Return the configuration fields that differ between outcomes: those worth comparing by."""
    values: dict[str, set[str]] = {}
    for outcome in outcomes:
        for name in _names(outcome.config):
            values.setdefault(name, set()).add(value_of(outcome, name))
    return sorted(name for name, found in values.items() if len(found) > 1)


def _names(config: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _names(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def grouped(outcomes: Iterable[Outcome], by: str) -> dict[str, list[Outcome]]:
    """Return outcomes by the value of a field, the largest group first."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(value_of(outcome, by), []).append(outcome)
    return dict(sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])))
