from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from costtui.facts import Call, Cost, CostSource, Quality, Run, Status, Usage, UsageState
from costtui.settings import Settings
from costtui.store import open_writer

NOW_US = 1_795_348_800_000_000
"""2026-11-22 12:00 UTC."""
HOUR_US = 3_600_000_000


def a_call(number: int, **more: object) -> Call:
    values = {
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
    return Call(f"key-{number}", **values)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "calls.db"
    with open_writer(path, settings=Settings()) as writer:
        for number in range(10):
            at = NOW_US - (number * 4 + 3) * HOUR_US
            run = Run(f"run-{number}", at, "nav", Status.OK, at + HOUR_US, config={"max_retries": number % 2})
            quality = Quality(f"run-{number}", at, "nav", 0.8, 0.7, 0.9, 0.6, 0.5, number != 3, 2, 5)
            writer.write(run, quality)
        writer.write(*(a_call(number) for number in range(40)))
        writer.write(a_call(40, cost=Cost(None, CostSource.UNKNOWN), model="new-model", run_id="run-1"))
        writer.write(a_call(41, cost=Cost(5, CostSource.HEURISTIC), status=Status.ERROR, run_id="run-1"))
    yield path


@pytest.fixture
def in_utc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    settings = tmp_path / "settings.toml"
    settings.write_text('time_zone = "UTC"\n')
    monkeypatch.setenv("COSTTUI_SETTINGS", str(settings))
    return lambda: None
