from collections.abc import Iterator
from pathlib import Path

import pytest
from recorded_runs import Recorded


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Recorded]:
    recorded = Recorded(tmp_path / "calls.db")
    yield recorded
    recorded.tracker.close()
