"""What the tap writes down: bodies become facts in a thread of their own, so that no sender waits for it."""

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from costtui.attribution.events import Batch, EventReader, Fact
from costtui.attribution.payloads import UNPACKED_LIMIT, parse_json
from costtui.errors import PayloadError
from costtui.launchdarkly.bodies import unpacked

_QUEUED_BYTES = 64 * 2**20
_REMEMBERED_IDS = 20_000


@dataclass(frozen=True, slots=True)
class Body:
    """One body as it came in."""

    path: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)


@dataclass(slots=True)
class Counts:
    """What became of the bodies."""

    bodies: int = 0
    events: int = 0
    skipped: int = 0
    """Events that could not be read."""
    repeated: int = 0
    """Bodies that an SDK sent again."""
    unreadable: int = 0
    """Bodies that could not be read."""
    overflowed: int = 0
    """Bodies that were passed on, but not recorded: too many at once."""
    dropped: int = 0
    """Events that SDKs say they dropped."""


class Capture:
    """Turns bodies into facts, each body once, and hands them to a sink."""

    def __init__(
        self, sink: Callable[[Sequence[Fact]], None], seen: Callable[[Body, Batch], None] | None = None
    ) -> None:
        self._sink = sink
        self._seen = seen
        self._reader = EventReader()
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._queue: queue.SimpleQueue[Body | None] = queue.SimpleQueue()
        self._queued_bytes = 0
        self._lock = threading.Lock()
        self._expected = 0
        self._arrived = threading.Condition(self._lock)
        self.counts = Counts()
        self._thread = threading.Thread(target=self._work, name="costtui-tap-capture", daemon=True)
        self._thread.start()

    def expect(self) -> None:
        """Announce a body that will be put when its sender has been answered."""
        with self._lock:
            self._expected += 1

    def put(self, body: Body) -> bool:
        """Take a body that was announced, and return at once; False where too much is waiting already."""
        with self._lock:
            self._expected -= 1
            self._arrived.notify_all()
            if self._queued_bytes + len(body.content) > _QUEUED_BYTES:
                self.counts.overflowed += 1
                return False
            self._queued_bytes += len(body.content)
        self._queue.put(body)
        return True

    def is_repeated(self, payload_id: str) -> bool:
        """Return whether a payload with this id came before, and remember it."""
        if not payload_id:
            return False
        with self._lock:
            known = payload_id in self._ids
            self._ids[payload_id] = None
            self._ids.move_to_end(payload_id)
            if len(self._ids) > _REMEMBERED_IDS:
                self._ids.popitem(last=False)
            self.counts.repeated += known
            return known

    def close(self) -> None:
        """Wait for what was announced, work off what is waiting, and stop."""
        with self._lock:
            self._arrived.wait_for(lambda: self._expected <= 0, timeout=15.0)
        self._queue.put(None)
        self._thread.join(timeout=30.0)

    def _work(self) -> None:
        while (body := self._queue.get()) is not None:
            with self._lock:
                self._queued_bytes -= len(body.content)
            try:
                self._take(body)
            except Exception:  # a body must never end the recording of those after it
                self.counts.unreadable += 1

    def _take(self, body: Body) -> None:
        try:
            events = parse_json(
                unpacked(body.content, body.headers.get("content-encoding", ""), UNPACKED_LIMIT)
            )
        except PayloadError:
            self.counts.unreadable += 1
            return
        batch = self._reader.read(events, body.path, body.headers, time.time_ns() // 1000)
        self.counts.bodies += 1
        self.counts.events += batch.events
        self.counts.skipped += batch.skipped
        self.counts.dropped += batch.dropped
        if batch.facts:
            self._sink(batch.facts)
        if self._seen is not None:
            self._seen(body, batch)
