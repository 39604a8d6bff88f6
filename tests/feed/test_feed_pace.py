"""A page that is dear to build says how often it may be built."""

import queue
import threading
from dataclasses import dataclass
from datetime import UTC
from typing import Any, ClassVar

from costtui.facts import Call, Cost, CostSource
from costtui.feed import Feed
from costtui.position import Viewer, now_us
from costtui.store import open_store, open_writer
from costtui.view.snapshot import Request, Snapshot, Sources
from costtui.window import WINDOWS

PATIENCE_S = 60


@dataclass(frozen=True)
class Counted:
    calls: int
    priced: bool

    def rows(self) -> list[dict[str, Any]]:
        return []


@dataclass(frozen=True)
class Quick:
    def build(self, sources: Sources) -> Counted:
        calls = sum(one.calls for one in sources.totals.series.values())
        return Counted(calls, sources.price_of is not None)


@dataclass(frozen=True)
class Dear(Quick):
    redraw_s: ClassVar[float] = 3600.0


def call(number: int) -> Call:
    return Call(f"call-{number}", now_us(), node="n", cost=Cost(1000, CostSource.PRICED))


def test_a_dear_page_is_not_built_for_every_call_and_another_request_does_not_wait(tmp_path):
    path = tmp_path / "store.db"
    shots: queue.Queue[Snapshot] = queue.Queue()
    wanted = Request(Dear(), WINDOWS[0])
    stopped = threading.Event()
    rounds = threading.Semaphore(0)

    def requests() -> Request:
        rounds.release()
        return wanted

    viewer = Viewer(UTC, price_of=lambda provider, model: lambda usage, at_us: None)
    with open_writer(path, durable=True) as writer:
        writer.write(call(0))
        feed = Feed(lambda progress: open_store(path), str(path), viewer)
        thread = threading.Thread(target=feed.follow, args=(requests, shots.put, stopped))
        thread.start()
        try:
            seen = [shots.get(timeout=PATIENCE_S)]
            for number in range(1, 60):
                writer.write(call(number))
            while rounds.acquire(blocking=False):
                pass
            for _ in range(20):  # the feed looks at the store again and again, longer than its usual pace
                assert rounds.acquire(timeout=PATIENCE_S)
            wanted = Request(Quick(), WINDOWS[0])
            feed.wake()
            while seen[-1].page != Counted(60, True):
                seen.append(shots.get(timeout=PATIENCE_S))
        finally:
            stopped.set()
            feed.wake()
            thread.join()
    assert len([shot for shot in seen if isinstance(shot.request.page, Dear)]) == 1
