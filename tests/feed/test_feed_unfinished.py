"""A page that has more to read is built again at once, until it is all there."""

import queue
import threading
from dataclasses import dataclass, field
from datetime import UTC
from time import monotonic
from typing import Any

from costtui.feed import Feed
from costtui.position import Viewer
from costtui.store import open_store, open_writer
from costtui.view.snapshot import Request, Snapshot, Sources
from costtui.window import WINDOWS

PATIENCE_S = 60
PARTS = 40
"""So many parts would take minutes at the pace of a store at rest."""


@dataclass(frozen=True)
class Part:
    number: int

    @property
    def unfinished(self) -> bool:
        return self.number < PARTS

    def rows(self) -> list[dict[str, Any]]:
        return []


@dataclass(frozen=True)
class Long:
    parts: list[int] = field(default_factory=list, compare=False)

    def build(self, sources: Sources) -> Part:
        self.parts.append(1)
        return Part(len(self.parts))


def test_a_page_with_more_to_read_does_not_wait_for_something_new(tmp_path):
    path = tmp_path / "store.db"
    open_writer(path).close()
    shots: queue.Queue[Snapshot] = queue.Queue()
    stopped = threading.Event()
    wanted = Request(Long(), WINDOWS[0])
    feed = Feed(lambda progress: open_store(path), str(path), Viewer(UTC))
    thread = threading.Thread(target=feed.follow, args=(lambda: wanted, shots.put, stopped))
    thread.start()
    try:
        deadline = monotonic() + PATIENCE_S
        while shots.get(timeout=PATIENCE_S).page != Part(PARTS):
            assert monotonic() < deadline
    finally:
        stopped.set()
        feed.wake()
        thread.join()
