from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from report_calls import HOUR_US, NOW_US, a_call

from costtui.facts import Cost, CostSource, Quality, Run, Status
from costtui.settings import Settings
from costtui.store import open_writer


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
