"""The real monitor over the sample history: a feed that builds the page asked for, and keeps still otherwise."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sample_store import NOW_US, ZONE, sample_sources

from costtui.settings import Monitor, Settings
from costtui.ui.app import MonitorApp
from costtui.view.snapshot import Health, Request, Snapshot, Sources, StoreStatus
from costtui.window import Window

LIVE = StoreStatus(
    Health.LIVE, path="pipeline.db", kind="costtui", read_us=NOW_US - 200_000, newest_us=NOW_US - 1_000_000
)


@cache
def _of_window(window: Window) -> Sources:
    return sample_sources(window=window)


@dataclass
class SampleFeed:
    """Answers every request once from what ``sources`` returns."""

    sources: Callable[[Request], Sources] = lambda request: _of_window(request.window)
    status: StoreStatus = LIVE
    calls_seen: int = 0
    _woken: threading.Event = field(default_factory=threading.Event)

    def follow(
        self, requests: Callable[[], Request], publish: Callable[[Snapshot], None], stopped: threading.Event
    ) -> None:
        answered: Request | None = None
        while not stopped.is_set():
            request = requests()
            if request != answered:
                answered = request
                publish(self.snapshot(request))
            self._woken.wait(0.01)
            self._woken.clear()

    def wake(self) -> None:
        self._woken.set()

    def snapshot(self, request: Request) -> Snapshot:
        if self.status.health in (Health.NO_STORE, Health.READING):
            return Snapshot(request, self.status, NOW_US)
        sources = self.sources(request)
        page = request.page.build(sources)
        return Snapshot(request, self.status, NOW_US, page, sources.span, self.calls_seen)


def sample_app(feed: SampleFeed | None = None, *, theme: str = "costtui-dark", **more: Any) -> MonitorApp:
    """Return the monitor with a clock that stands still."""
    settings = Settings(time_zone=str(ZONE), monitor=Monitor(theme=theme))
    return MonitorApp(feed or SampleFeed(), settings=settings, clock=lambda: 0.0, **more)
