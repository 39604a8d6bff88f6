"""Follows a store in a thread: tail → book → page → snapshot, for whatever the monitor asks to see."""

import threading
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from costtui.errors import StoreError, StoreMissing, StoreUnavailable
from costtui.format import count
from costtui.position import Position, Viewer
from costtui.reading import Opened
from costtui.view.snapshot import Health, Page, Publish, Request, Snapshot, StoreStatus

if TYPE_CHECKING:
    from costtui.alerts.watch import Watch
    from costtui.facts import Alert

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
BREATH_S = 0.03
"""How long a page that was published has the processor to itself, to be drawn, before more is read for the next one."""
PROGRESS_S = 0.2
"""Least time between two words about how far reading has come."""
LOOK_S = 5.0
"""Least time between two measurements of the alerts."""
RETRY_S = 0.5
"""How long to wait before a store that could not be read is tried again."""

Progress = Callable[[int, int], None]
"""Is told the rows read so far, and all rows."""


class Feed:
    """Keeps the page that the monitor asked for up to date, and hands over a snapshot whenever it changed."""

    def __init__(
        self,
        open_store: Callable[[Progress], Opened],
        path: str,
        viewer: Viewer,
        make_watch: "Callable[[], Watch] | None" = None,
    ) -> None:
        """Prepare to follow the store that ``open_store`` opens (it may raise StoreError; it is tried again).

        It is given a function to call with the rows read and all rows, where opening means reading. ``make_watch`` returns
        what measures the alerts of the store, and is called once there is a page to look at; None: there are none.
        """
        self._open_store = open_store
        self._path = path
        self._viewer = viewer
        self._make_watch = make_watch
        self._watch: Watch | None = None
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
        if self._watch is not None:
            self._watch.forget()
        shown: Request | None = None
        drawn = busy_until = 0.0
        pending, behind = True, False
        while not stopped.is_set():
            request = requests()
            if request != shown:
                pending = True
            delta = position.advance()
            now = monotonic()
            if delta:
                pending = True
                if self._watch is not None:
                    self._watch.add(delta)
                self._calls_seen += len(delta.calls)
                busy_until = now + BUSY_S
            since = now - drawn
            redraw = getattr(request.page, "redraw_s", REDRAW_S)
            tick = max(TICK_S if position.moving else REST_S, redraw)
            if (pending and (request != shown or since >= redraw)) or since >= tick:
                position.turn_to(request.window)
                pending, behind = self._publish_page(position, request, publish), True
                shown, drawn = request, monotonic()
            elif behind and since >= BREATH_S:
                behind = self._look(opened, position) | position.read_evidence()
                pending = pending or behind
            self._pause(POLL_BUSY_S if pending or behind or now < busy_until else POLL_IDLE_S)

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
        if self._make_watch is None or monotonic() - self._looked_at < LOOK_S:
            return False
        if self._watch is None:
            self._watch = self._make_watch()
        try:
            return self._watch.look(opened.reader, self._viewer.now_us(), position.unattributed)
        except StoreError:
            # Pages go on without alerts; where the whole store is in trouble, the tail says so in words.
            return False
        finally:
            self._looked_at = monotonic()

    def _publish_page(self, position: Position, request: Request, publish: Publish) -> bool:
        """Publish the page, and return whether it has more to read before it is all there."""
        alerts, begun = self._alerts()
        sources = position.sources(alerts)
        page: Page = request.page.build(sources)
        info = position.info
        status = StoreStatus(
            Health.LIVE,
            path=self._path,
            kind=info.kind,
            read_us=sources.now_us,
            newest_us=position.newest_us,
        )
        self._snapshot = Snapshot(
            request,
            status,
            sources.now_us,
            page,
            sources.span,
            self._calls_seen,
            alerts,
            begun,
        )
        publish(self._snapshot)
        return getattr(page, "unfinished", False)

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
                *self._alerts(),
            )
        )

    def _alerts(self) -> "tuple[tuple[Alert, ...], tuple[Alert, ...]]":
        """Return the alerts under way, and those of them that began in view."""
        return ((), ()) if self._watch is None else (self._watch.alerts, self._watch.begun)

    def _pause(self, seconds: float) -> None:
        self._woken.wait(seconds)
        self._woken.clear()
