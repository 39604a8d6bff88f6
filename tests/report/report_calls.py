"""Calls for the tests of reports."""

from costtui.facts import Call, Cost, CostSource, Usage, UsageState

NOW_US = 1_795_348_800_000_000
"""2026-11-22 12:00 UTC."""
HOUR_US = 3_600_000_000


def a_call(number: int, **more: object) -> Call:
    values = {
        "key": f"key-{number}",
        "started_us": NOW_US - number * HOUR_US,
        "node": ("extract", "judge")[number % 2],
        "run_id": f"run-{number // 4}",
        "subsystem": "nav",
        "provider": "openai",
        "model": ("gpt-4o", "gpt-4o-mini")[number % 2],
        "usage": Usage(1000, 100, state=UsageState.REPORTED),
        "cost": Cost((number + 1) * 1_000_003, CostSource.PRICED),
        "latency_ms": 100 + number,
    } | more
    return Call(**values)  # type: ignore[arg-type]
