"""An app that asks a feed for the page in view, and hands what comes to its screen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import App
from textual.timer import Timer
from textual.worker import Worker, WorkerState, get_current_worker

from costtui.settings import Settings
from costtui.ui import crash
from costtui.ui.announce import Announcer
from costtui.ui.feed_port import Feed
from costtui.ui.heading import explanation, heading
from costtui.ui.messages import SnapshotTaken
from costtui.ui.pace import Pace
from costtui.ui.standing import Standing
from costtui.ui.widgets.top_line import Heading
from costtui.ui.window_choice import first_window
from costtui.view.snapshot import Request, Snapshot
from costtui.window import Window

if TYPE_CHECKING:
    from costtui.ui.screens.page import PageScreen


class FollowingApp(App[None]):
    """Holds the request and the newest snapshot; whoever adds keys and screens says what is asked for."""

    def __init__(
        self, feed: Feed, settings: Settings, *, title: str, badge: str, clock: Callable[[], float]
    ) -> None:
        """Raise SettingsError where the settings name a window that there is not."""
        super().__init__()
        self.settings = settings
        self.zone = settings.zone
        self.window = first_window(settings)
        self.standing = Standing(clock)
        self.pace = Pace(clock)
        self._feed = feed
        self._title, self._badge = title, badge
        self._request: Request | None = None
        self._refresh = 0
        self._later: Timer | None = None
        self._announcer = Announcer()

    @property
    def page_screen(self) -> "PageScreen | None":
        """The page in view, also while a box is open over it."""
        return self.layers[-1] if self.layers else None

    @property
    def layers(self) -> "list[PageScreen]":
        """The pages on top of each other: a place, and the details opened from it."""
        from costtui.ui.screens.page import PageScreen

        return [screen for screen in self.screen_stack if isinstance(screen, PageScreen)]

    def start(self) -> None:
        """Read for the first page, which is in view."""
        self.request_changed()
        self.set_interval(1.0, self.show_status)
        self._follow()

    def request_changed(self) -> None:
        """Ask the feed for what the page in view wants now."""
        page = self.page_screen
        if page is None or not page.is_running:
            return
        request = Request(page.request(), self.window, self._refresh)
        if request != self._request:
            self._request = request
            self._feed.wake()
        self.show_status()

    def set_window(self, window: Window) -> None:
        """Show another stretch of time, on every screen."""
        self.window = window
        self.request_changed()

    def read_again(self) -> None:
        """Read the store again, now; start the feed again if it failed."""
        self._refresh += 1
        if self.standing.failure:
            self.standing.failure = ""
            self._follow()
        self.request_changed()

    @work(thread=True, exclusive=True, exit_on_error=False, group="feed")
    def _follow(self) -> None:
        self._feed.follow(self._current_request, self._publish, get_current_worker().cancelled_event)

    def _current_request(self) -> Request:
        request = self._request
        if request is None:
            raise RuntimeError("the feed was started before the first screen")
        return request

    def _publish(self, snapshot: Snapshot) -> None:
        self.post_message(SnapshotTaken(snapshot))

    @on(SnapshotTaken)
    def _take(self, message: SnapshotTaken) -> None:
        message.stop()
        self.standing.take(message.snapshot)
        self.show_status()
        self._announce(message.snapshot)
        self.draw()

    def _announce(self, snapshot: Snapshot) -> None:
        """Tell alerts that begin, with the terminal's bell."""
        news = self._announcer.news(snapshot.begun)
        if news is not None:
            text, bad = news
            self.bell()
            self.notify(text, severity="error" if bad else "warning", markup=False, timeout=8)

    def draw(self) -> None:
        """Hand the newest page to its screen, unless the user wants it to hold still."""
        snapshot, screen = self.standing.snapshot, self.page_screen
        if snapshot is None or screen is None or not screen.is_running or snapshot.request != self._request:
            return
        if snapshot.page is None:
            screen.show_absence(explanation(snapshot))
            return
        if screen.shown_request == snapshot.request:
            wait = self.pace.wait_s()
            if self.standing.paused or self._later is not None:
                return
            if wait > 0:
                self._later = self.set_timer(wait, self._draw_late)
                return
        self.pace.drawn()
        screen.show_page(snapshot.page, snapshot.request)

    def _draw_late(self) -> None:
        self._later = None
        self.draw()

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            crash.write_report(event.worker.error)
            self.standing.failure = crash.summary(event.worker.error) + " · r tries again"
            self.show_status()

    def show_status(self) -> None:
        """Bring the first line of the page in view up to date: ages go on while nothing comes."""
        screen = self.page_screen
        if screen is not None and screen.is_running:
            screen.top_line.show(self.heading(), self.standing.pill())

    def heading(self) -> Heading:
        """Return what the first line says on its left side."""
        return heading(self.standing.snapshot, self.window, self.zone, badge=self._badge, title=self._title)
