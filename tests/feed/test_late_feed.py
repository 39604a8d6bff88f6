"""The feed of the monitor has garbage looked for again, which the start leaves alone."""

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from costtui.cli.late_feed import LateFeed
from costtui.cli.monitor import opener
from costtui.settings import Settings
from costtui.view.overview import OverviewRequest
from costtui.view.snapshot import Request, Snapshot


@pytest.fixture
def _as_at_the_start() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.usefixtures("_as_at_the_start")
def test_garbage_is_looked_for_once_there_is_something_to_see(tmp_path: Path) -> None:
    paths = [str(tmp_path / "none.db")]
    settings = Settings(time_zone="UTC")
    feed = LateFeed(opener(paths, settings), paths, settings, alone=True)
    stopped, looked_for = threading.Event(), []

    def publish(snapshot: Snapshot) -> None:
        looked_for.append(gc.isenabled())
        stopped.set()

    feed.follow(lambda: Request(OverviewRequest()), publish, stopped)
    assert looked_for[0]
    assert gc.get_freeze_count()
