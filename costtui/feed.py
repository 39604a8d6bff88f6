"""Follows a store in a thread: tail → book → page → snapshot, for whatever the monitor asks to see."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import islice
from time import monotonic, time_ns
from typing import TYPE_CHECKING

from costtui.alerts.watch import LOOK_S, Watch
from costtui.book import Book
from costtui.errors import StoreError, StoreMissing, StoreUnavailable
from costtui.facts import Alert, Budget, Call, Delta, Run, Status
from costtui.format import count
from costtui.reading import CallQuery, EvidenceReader, Opened, StoreInfo
from costtui.view.snapshot import Health, Page, Publish, Request, Snapshot, Sources, StoreStatus
from costtui.window import Window, resolve

if TYPE_CHECKING:
    from costtui.analysis.whatif import Price
    from costtui.attribution.live import Attribution

RECENT_CALLS = 500
"""How many of the newest calls a page has at hand without asking the store."""

POLL_BUSY_S = 0.005
POLL_IDLE_S = 0.05
BUSY_S = 2.0
"""How long after the last new call the store is still polled at the fast rate."""
REDRAW_S = 0.04
"""Least time between two snapshots: new calls that arrive in between share one."""
TICK_S = 1.0
"""Longest time between two snapshots while a run is under way: its duration moves although nothing new arrives."""
REST_S = 3.0
"""Longest time between two snapshots while nothing is."""
PROGRESS_S = 0.2
"""Least time between two words about how far reading has come."""
RETRY_S = 0.5
"""How long to wait before a store that could not be read is tried again."""

Progress = Callable[[int, int], None]
"""Is told the rows read so far, and all rows."""


def now_us() -> int:
    """Return the present as integer UTC microseconds."""
    return time_ns() // 1000


@dataclass(frozen=True)
class Viewer:
    """Who looks at a store: in which zone, with which budgets of their own, and when."""

    zone: tzinfo
    budgets: tuple[Budget, ...] = ()
    now_us: Callable[[], int] = now_us
    price_of: "Callable[[str, str], Price] | None" = None
    """The price of any model by provider and name."""


class Position:
    """A store that is open, read for one window, and kept up to date by its tail."""

    def __init__(self, opened: Opened, window: Window, viewer: Viewer) -> None:
        """Read the totals of a window. Raises StoreError."""
        self._opened = opened
        self._viewer = viewer
        self._window = window
        self._first_us = opened.reader.first_us()
        self._recent: dict[int, Call] = {}
        self._runs: dict[str, Run] = {}
        self._attribution: Attribution | None = None
        self._judged = False
        self._read(window)
        opened.tail.start(self._book.totals().cursor)

    def turn_to(self, window: Window) -> None:
        """Read the totals of a window where it is another one, or has moved on by a bucket. Raises StoreError."""
        span = resolve(window, self._viewer.now_us(), self._first_us)
        if window != self._window or span != self._book.span:
            self._read(window)

    def advance(self) -> Delta:
        """Take in what is new in the store and return it. Raises StoreError."""
        delta = self._opened.tail.poll()
        if delta.reset:
            self._attribution, self._judged = None, False
            self._first_us = self._opened.reader.first_us()
            self._read(self._window)
            return delta
        if delta.calls:
            self._book.add(delta.calls)
            self._remember(delta.calls)
            if self._first_us is None:
                self._first_us = min(call.started_us for call in delta.calls)
        if delta.runs:
            self._runs.update((run.run_id, run) for run in delta.runs)
            self._count_running()
        return delta

    def read_evidence(self) -> bool:
        """Take in a page of new exposures and metric events, and return whether there was one. Raises StoreError."""
        if self._attribution is None:
            if not isinstance(self._opened.reader, EvidenceReader):
                return False
            from costtui.attribution.live import Attribution  # the first page does not wait for it

            self._attribution = Attribution(self._opened.reader)
        grown = self._attribution.advance()
        self._judged = not grown
        return grown

    @property
    def unattributed(self) -> int | None:
        """Metric events that count in no experiment, None while there is evidence that was not read."""
        return self._attribution.report.unattributed if self._attribution and self._judged else None

    @property
    def moving(self) -> bool:
        """Whether durations on the screen grow although nothing new arrives."""
        return self._running > 0

    def sources(self, alerts: Sequence[Alert] = ()) -> Sources:
        """Return what pages are built from."""
        span = self._book.span
        runs = [run for run in self._runs.values() if run.started_us < span.end_us]
        runs.sort(key=lambda run: run.started_us, reverse=True)
        return Sources(
            totals=self._book.totals(),
            reader=self._opened.reader,
            span=span,
            now_us=self._viewer.now_us(),
            zone=self._viewer.zone,
            budgets=self._viewer.budgets,
            recent=tuple(self._recent.values()),
            runs=tuple(runs),
            info=self.info,
            alerts=alerts,
            price_of=self._viewer.price_of,
            attribution=self._attribution,
        )

    def _read(self, window: Window) -> None:
        reader = self._opened.reader
        span = resolve(window, self._viewer.now_us(), self._first_us)
        self._window = window
        self._book = Book(reader.totals(span), span)
        self._recent.clear()
        self._remember(reversed(reader.calls(CallQuery(span=span, limit=RECENT_CALLS))))
        self._runs = {run.run_id: run for run in reader.runs(span)}
        self._count_running()
        self.info: StoreInfo = reader.info()

    def _count_running(self) -> None:
        self._running = sum(run.status == Status.RUNNING for run in self._runs.values())

    def _remember(self, calls: Iterable[Call]) -> None:
        self._recent.update((call.id, call) for call in calls)
        surplus = max(len(self._recent) - RECENT_CALLS, 0)
        for call_id in list(islice(self._recent, surplus)):
            del self._recent[call_id]


class Feed:
    """Keeps the page that the monitor asked for up to date, and hands over a snapshot whenever it changed."""

    def __init__(
        self,
        open_store: Callable[[Progress], Opened],
        path: str,
        viewer: Viewer,
        watch: Watch | None = None,
    ) -> None:
        """Prepare to follow the store that ``open_store`` opens (it may raise StoreError; it is tried again).

        It is given a function to call with the rows read and all rows, where opening means reading. ``watch`` measures
        the alerts of the store; None: there are none.
        """
        self._open_store = open_store
        self._path = path
        self._viewer = viewer
        self._watch = watch or Watch((), (), viewer.zone)
        self._looked_at = -LOOK_S
        self._woken = threading.Event()
        self._snapshot: Snapshot | None = None
        self._calls_seen = 0

    def wake(self) -> None:
        """Look at the request at once: it has changed."""
        self._woken.set()

    def follow(self, requests: Callable[[], Request], publish: Publish, stopped: threading.Event) -> None:
        """Follow the store until stopped; whatever happens to it becomes a status, and it is tried again."""
        while not stopped.is_set():
            try:
                with self._open_store(self._telling(requests, publish)) as opened:
                    self._follow(opened, requests, publish, stopped)
            except StoreError as error:
                self._publish_problem(error, requests(), publish)
                self._pause(RETRY_S)

    def _follow(
        self,
        opened: Opened,
        requests: Callable[[], Request],
        publish: Publish,
        stopped: threading.Event,
    ) -> None:
        request = requests()
        position = Position(opened, request.window, self._viewer)
        self._watch.forget()
        shown: Request | None = None
        drawn = busy_until = 0.0
        pending = True
        while not stopped.is_set():
            request = requests()
            if request != shown:
                pending = True
            delta = position.advance()
            now = monotonic()
            if delta:
                pending = True
                self._watch.add(delta)
                self._calls_seen += len(delta.calls)
                busy_until = now + BUSY_S
            since = now - drawn
            redraw = getattr(request.page, "redraw_s", REDRAW_S)
            tick = max(TICK_S if position.moving else REST_S, redraw)
            if (pending and (request != shown or since >= redraw)) or since >= tick:
                position.turn_to(request.window)
                self._publish_page(position, request, publish)
                shown, drawn = request, monotonic()
                pending = self._look(opened, position) | position.read_evidence()
            self._pause(POLL_BUSY_S if pending or now < busy_until else POLL_IDLE_S)

    def _telling(self, requests: Callable[[], Request], publish: Publish) -> Progress:
        told = monotonic()

        def tell(done: int, total: int) -> None:
            nonlocal told
            if monotonic() - told >= PROGRESS_S:
                told = monotonic()
                text = f"reading {self._path}: {count(done)} of {count(total)} rows"
                status = StoreStatus(Health.READING, text, self._path)
                publish(Snapshot(requests(), status, self._viewer.now_us()))

        return tell

    def _look(self, opened: Opened, position: Position) -> bool:
        """Measure the alerts now and then, after a page is published: they may wait, pages may not."""
        if monotonic() - self._looked_at < LOOK_S:
            return False
        try:
            return self._watch.look(opened.reader, self._viewer.now_us(), position.unattributed)
        except StoreError:
            # Pages go on without alerts; where the whole store is in trouble, the tail says so in words.
            return False
        finally:
            self._looked_at = monotonic()

    def _publish_page(self, position: Position, request: Request, publish: Publish) -> None:
        sources = position.sources(self._watch.alerts)
        page: Page = request.page.build(sources)
        info = position.info
        newest = sources.recent[-1].started_us if sources.recent else info.newest_us
        status = StoreStatus(
            Health.LIVE, path=self._path, kind=info.kind, read_us=sources.now_us, newest_us=newest
        )
        self._snapshot = Snapshot(
            request,
            status,
            sources.now_us,
            page,
            sources.span,
            self._calls_seen,
            self._watch.alerts,
            self._watch.begun,
        )
        publish(self._snapshot)

    def _publish_problem(self, error: StoreError, request: Request, publish: Publish) -> None:
        if isinstance(error, StoreMissing):
            health = Health.NO_STORE
        elif isinstance(error, StoreUnavailable) and self._snapshot is not None:
            health = Health.STALE
        else:
            health = Health.ERROR
        last = self._snapshot
        status = replace(
            last.status if last else StoreStatus(health, path=self._path), health=health, text=str(error)
        )
        page = last.page if last and last.request == request else None
        publish(
            Snapshot(
                request,
                status,
                self._viewer.now_us(),
                page,
                last.span if last else None,
                self._calls_seen,
                self._watch.alerts,
                self._watch.begun,
            )
        )

    def _pause(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()
