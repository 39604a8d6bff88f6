"""The app: it holds the request, gives snapshots to the screen in view, and knows nothing of stores."""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on, work
from textual.app import App, SystemCommand
from textual.screen import Screen
from textual.timer import Timer
from textual.worker import Worker, WorkerState, get_current_worker

from costtui.errors import CosttuiError, SettingsError
from costtui.settings import Settings
from costtui.ui import crash, keys
from costtui.ui.actions import ACTIONS, Action, bindings, keymap
from costtui.ui.announce import Announcer
from costtui.ui.feed_port import Feed
from costtui.ui.heading import explanation, heading
from costtui.ui.messages import SnapshotTaken
from costtui.ui.place import PLACES, Place
from costtui.ui.screens.opening import OpeningScreen
from costtui.ui.theme import THEMES
from costtui.ui.widgets.breadcrumb import Breadcrumb
from costtui.ui.widgets.hints import Hints
from costtui.ui.widgets.status_pill import pill
from costtui.ui.widgets.top_line import TopLine
from costtui.view.snapshot import Request, Snapshot
from costtui.window import WINDOWS, Window, parse_window

if TYPE_CHECKING:
    from costtui.ui.screens.page import PageScreen
    from costtui.view.trial import Trial

FIRST_PLACE = "overview"

PACES_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds between two drawings; 0: as soon as there is something new."""


FILTER_HINTS = (("⏎", "keep the filter", ""), ("esc", "clear it", "page.back"))
"""Hints while a filter is typed."""


class MonitorApp(App[None]):
    """Shows pages of a store that a feed follows."""

    CSS_PATH = Path(__file__).with_name("costtui.tcss")
    TITLE = "costtui"
    BINDINGS = bindings("app")
    COMMAND_PALETTE_BINDING = "ctrl+p"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (140, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012
    ESCAPE_TO_MINIMIZE = False
    DEFAULT_MODE = FIRST_PLACE

    def __init__(
        self,
        feed: Feed,
        *,
        settings: Settings | None = None,
        places: Sequence[Place] = PLACES,
        title: str = "",
        badge: str = "",
        directory: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        make_trial: "Callable[[], Trial] | None" = None,
        bind_price: Callable[[str, str, str], str] | None = None,
    ) -> None:
        """Raise SettingsError where the settings name a window, theme or action that there is not.

        One of the places is ``overview``, where the monitor begins. ``title`` names the store (empty: its file name), ``badge`` is a word such as DEMO, exports go to ``directory``; ``make_trial`` returns what tries calls (None: they cannot be tried); ``bind_price`` takes provider, model and a typed price, sets it and says what came of it (None: prices cannot be set).
        """
        super().__init__()
        self.settings = settings or Settings()
        self.zone = self.settings.zone
        self.places = {place.id: place for place in places}
        self.window = _window(self.settings)
        self.paused = False
        self.snapshot: Snapshot | None = None
        """The newest one, drawn or not."""
        self._feed = feed
        self._title, self._badge = title, badge
        self._directory = directory or Path.cwd()
        self._clock = clock
        self._make_trial = make_trial
        self._bind_price = bind_price
        self._request: Request | None = None
        self._refresh = 0
        self._failure = ""
        self._taken_at = self._drawn_at = 0.0
        self._seen_at_pause = 0
        self._pace = 0
        self._later: Timer | None = None
        self._announcer = Announcer()
        for theme in THEMES:
            self.register_theme(theme)
        if self.settings.monitor.theme not in self.available_themes:
            themes = ", ".join(sorted(self.available_themes))
            raise SettingsError(
                f"settings: monitor.theme is none of {themes}: {self.settings.monitor.theme!r}"
            )
        self.theme = self.settings.monitor.theme
        self.keymap = keymap(self.settings.monitor.keys)
        self.set_keymap(self.keymap)

    @property
    def registered(self) -> list[Action]:
        """The actions whose screens there are."""
        return [action for action in ACTIONS if action.place is None or action.place in self.places]

    @property
    def page_screen(self) -> "PageScreen | None":
        """The page in view, also while a box is open over it."""
        return self.layers[-1] if self.layers else None

    @property
    def layers(self) -> "list[PageScreen]":
        """The pages on top of each other: a place, and the details opened from it."""
        from costtui.ui.screens.page import PageScreen

        return [screen for screen in self.screen_stack if isinstance(screen, PageScreen)]

    @cached_property
    def trial(self) -> "Trial | None":
        """What makes the calls of the Try page; made when that is first gone to."""
        return self._make_trial() if self._make_trial else None

    @property
    def binds_prices(self) -> bool:
        """Whether prices can be set from here."""
        return self._bind_price is not None

    def get_default_screen(self) -> Screen[Any]:
        """Paint the frame first: the overview is imported while the user sees it."""
        words = heading(None, self.window, self.zone, badge=self._badge, title=self._title)
        return OpeningScreen(words, self._tabs(), FIRST_PLACE)

    async def on_ready(self) -> None:
        """Bring the first page once the frame is painted, and start reading."""
        for place in self.places.values():
            self.add_mode(place.id, place.make)
        # Made as a mode, it would cost two more passes over all styles.
        await self.push_screen(self.places[FIRST_PLACE].make())
        self.request_changed()
        self.set_interval(1.0, self._show_status)
        self._follow()

    # -- requests and snapshots ------------------------------------------------------------------------

    def request_changed(self) -> None:
        """Ask the feed for what the page in view wants now."""
        page = self.page_screen
        if page is None or not page.is_running:
            return
        request = Request(page.request(), self.window, self._refresh)
        if request != self._request:
            self._request = request
            self._feed.wake()
        self._show_status()

    def page_entered(self, page: "PageScreen") -> None:
        """Take a page that came into view: its request, its path, its hints."""
        self.request_changed()
        self._show_path(page)
        self.show_hints(page)
        self._draw()

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
        self.snapshot = message.snapshot
        self._taken_at = self._clock()
        self._failure = ""
        self._show_status()
        self._announce(message.snapshot)
        self._draw()

    def _announce(self, snapshot: Snapshot) -> None:
        """Tell alerts that begin, with the terminal's bell."""
        news = self._announcer.news(snapshot.begun)
        if news is not None:
            text, bad = news
            self.bell()
            self.notify(text, severity="error" if bad else "warning", markup=False, timeout=8)

    def _draw(self) -> None:
        """Hand the newest page to its screen, unless the user wants it to hold still."""
        snapshot, screen = self.snapshot, self.page_screen
        if snapshot is None or screen is None or not screen.is_running or snapshot.request != self._request:
            return
        if snapshot.page is None:
            screen.show_absence(explanation(snapshot))
            return
        if screen.shown_request == snapshot.request:
            wait = self._drawn_at + PACES_S[self._pace] - self._clock()
            if self.paused or self._later is not None:
                return
            if wait > 0:
                self._later = self.set_timer(wait, self._draw_late)
                return
        self._drawn_at = self._clock()
        screen.show_page(snapshot.page, snapshot.request)

    def _draw_late(self) -> None:
        self._later = None
        self._draw()

    @on(Worker.StateChanged)
    def _worker_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            crash.write_report(event.worker.error)
            self._failure = crash.summary(event.worker.error) + " · r tries again"
            self._show_status()

    # -- the frame of the page -------------------------------------------------------------------------

    @property
    def now_us(self) -> int:
        """The time of the newest snapshot plus what has passed since, so that ages go on while nothing comes."""
        if self.snapshot is None:
            return 0
        return self.snapshot.now_us + int((self._clock() - self._taken_at) * 1e6)

    def _show_status(self) -> None:
        screen, snapshot = self.page_screen, self.snapshot
        if screen is None or not screen.is_running:
            return
        missed = 0 if snapshot is None else snapshot.calls_seen - self._seen_at_pause
        status = None if snapshot is None else snapshot.status
        state = pill(status, self.now_us, paused=self.paused, missed=max(missed, 0), failure=self._failure)
        words = heading(snapshot, self.window, self.zone, badge=self._badge, title=self._title)
        screen.top_line.show(words, state)

    def _show_path(self, page: "PageScreen") -> None:
        page.breadcrumb.show(self._tabs(), self.current_mode, [screen.crumb for screen in self.layers[1:]])

    def _tabs(self) -> list[tuple[str, str, str]]:
        """Return id, keys and title of each place."""
        return [
            (action.place, self.keymap.get(action.id, action.keys), self.places[action.place].title)
            for action in self.registered
            if action.place
        ]

    def show_hints(self, page: "PageScreen") -> None:
        """Say which keys matter on a page now."""
        if page.is_running:
            page.hints.show(FILTER_HINTS if page.filter_bar.editing else keys.hints(page))

    @on(Breadcrumb.LayerChosen)
    def _layer_chosen(self, message: Breadcrumb.LayerChosen) -> None:
        for _ in range(len(self.layers) - 1 - message.depth):
            self.pop_screen()

    @on(Breadcrumb.PlaceChosen)
    def _place_chosen(self, message: Breadcrumb.PlaceChosen) -> None:
        self.action_go(message.place)

    @on(Hints.HintChosen)
    async def _hint_chosen(self, message: Hints.HintChosen) -> None:
        await self.perform(message.action_id)

    @on(TopLine.PillClicked)
    def _pill_clicked(self) -> None:
        self.action_store_explain()

    # -- actions ---------------------------------------------------------------------------------------

    async def perform(self, action_id: str) -> None:
        """Do an action as its key does, where it works."""
        found = keys.working(self.screen).get(action_id)
        if found is not None:
            await self.run_action(found[1].binding.action, default_namespace=found[1].node)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow going only to places that there are."""
        return parameters[0] in self.places if action == "go" else True

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer every action that works on the screen, and the themes, in the palette."""
        for action_id, (shown, _) in keys.working(screen).items():
            action = next((action for action in ACTIONS if action.id == action_id), None)
            if action is not None and action.group != "Move" and action.id != "help.palette":
                yield SystemCommand(
                    f"{action.text}  ({shown})",
                    action.help,
                    lambda wanted=action_id: self.call_later(self.perform, wanted),
                )
        yield SystemCommand("theme", "Pick another theme.", self.action_change_theme)

    def action_go(self, place: str) -> None:
        """Go to a screen; if it is in view, back to where it begins."""
        if place != self.current_mode:
            self.switch_mode(place)
            return
        while len(self.layers) > 1:
            self.pop_screen()

    @property
    def can_go_back(self) -> bool:
        """Whether there is a layer to leave."""
        return len(self.layers) > 1 or self.current_mode != FIRST_PLACE

    def back(self) -> None:
        """Leave a detail, then the screen."""
        if len(self.layers) > 1:
            self.pop_screen()
        else:
            self.switch_mode(FIRST_PLACE)

    def set_window(self, window: Window) -> None:
        """Show another stretch of time, on every screen."""
        self.window = window
        self.request_changed()

    def action_window_narrower(self) -> None:
        """Take the next narrower window."""
        self._step_window(-1)

    def action_window_wider(self) -> None:
        """Take the next wider window."""
        self._step_window(1)

    def _step_window(self, step: int) -> None:
        if self.window in WINDOWS:
            index = min(max(WINDOWS.index(self.window) + step, 0), len(WINDOWS) - 1)
            self.set_window(WINDOWS[index])
        else:
            self.set_window(WINDOWS[0 if step < 0 else -1])

    def action_window_pick(self) -> None:
        """Ask for a window."""
        from costtui.ui.screens.picker import Answer, Picker

        answers = [Answer(window.name, window.name, window.title) for window in WINDOWS]
        typed = "or a range: 2026-11-01..2026-11-15"
        self.push_screen(
            Picker("window", answers, chosen=self.window.name, typed=typed, problem=self._window_problem),
            self._window_picked,
        )

    def _window_problem(self, text: str) -> str:
        try:
            parse_window(text, self.zone)
        except ValueError as error:
            return str(error)
        return ""

    def _window_picked(self, name: str | None) -> None:
        if name is not None:
            self.set_window(parse_window(name, self.zone))

    def action_feed_pause(self) -> None:
        """Freeze the rows, or let them go."""
        self.paused = not self.paused
        self._seen_at_pause = 0 if self.snapshot is None else self.snapshot.calls_seen
        self._show_status()
        self._draw()

    def action_feed_read(self) -> None:
        """Read the store again, now; start the feed again if it failed."""
        self._refresh += 1
        if self._failure:
            self._failure = ""
            self._follow()
        self.request_changed()

    def action_feed_faster(self) -> None:
        """Draw more often."""
        self._set_pace(self._pace - 1)

    def action_feed_slower(self) -> None:
        """Draw less often."""
        self._set_pace(self._pace + 1)

    def _set_pace(self, pace: int) -> None:
        self._pace = min(max(pace, 0), len(PACES_S) - 1)
        seconds = PACES_S[self._pace]
        self.tell(
            f"redraws at most every {seconds:g} s" if seconds else "redraws as soon as something is new"
        )

    def ask_price(self, provider: str, model: str) -> None:
        """Ask for the price of a model, set it, and price its calls."""
        from costtui.ui.screens.price import PriceBox

        def take(text: str | None) -> None:
            if text is not None:
                self._set_price(provider, model, text)

        self.push_screen(PriceBox(model), take)

    @work(thread=True, exit_on_error=False, group="price")
    def _set_price(self, provider: str, model: str, text: str) -> None:
        if self._bind_price is None:
            return
        try:
            told, bad = self._bind_price(provider, model, text), False
        except CosttuiError as error:
            told, bad = str(error), True
        except Exception as error:  # the feed goes on, and is not to blame
            crash.write_report(error)
            told, bad = crash.summary(error), True
        self.tell(told, bad=bad)

    def action_store_explain(self) -> None:
        """Say how the store is."""
        from costtui.ui.screens.notice import Notice

        text = "Nothing read yet." if self.snapshot is None else explanation(self.snapshot)
        self.push_screen(Notice("store", f"{self._failure}\n\n{text}".strip()))

    def action_help_show(self) -> None:
        """Show every key."""
        from costtui.ui.screens.help import HelpScreen

        lines = keys.help_lines(self.screen, self.registered, self.keymap)
        self.push_screen(HelpScreen(lines), self._help_chosen)

    def _help_chosen(self, action_id: str | None) -> None:
        if action_id is not None:
            self.call_later(self.perform, action_id)

    def action_help_palette(self) -> None:
        """Find a command by its name."""
        self.action_command_palette()

    def action_app_quit(self) -> None:
        """Leave the monitor."""
        self.exit()

    # -- taking away -----------------------------------------------------------------------------------

    def tell(self, text: str, *, bad: bool = False) -> None:
        """Say in passing what was done, or could not be."""
        self.notify(text, severity="error" if bad else "information", markup=False, timeout=4)

    def copy(self, text: str) -> None:
        """Put a text into the terminal's clipboard."""
        self.copy_to_clipboard(text)
        self.tell(f"copied {len(text):,} characters, if the terminal allows it")

    def export(self, page: "PageScreen") -> None:
        """Ask for a format and write what is shown on a page to a new file."""
        from costtui.ui.export import FORMATS
        from costtui.ui.screens.picker import Answer, Picker

        def write(name: str | None) -> None:
            if name is not None:
                self.call_after_refresh(self._write, page, name)

        self.push_screen(
            Picker("export", [Answer(name, name, text) for name, text in FORMATS.items()]), write
        )

    def _write(self, page: "PageScreen", name: str) -> None:
        from costtui.ui.export import export_text, write_new

        where = "-".join([self.current_mode, *filter(None, [page.crumb])])
        stem = f"costtui-{_slug(where)}-{datetime.now(self.zone):%Y%m%d-%H%M%S}"
        text = self.export_screenshot(title=where) if name == "svg" else export_text(name, page.export_rows())
        try:
            path = write_new(self._directory, stem, name, text)
        except OSError as error:
            self.tell(f"cannot write to {self._directory}: {error.strerror or error}", bad=True)
        else:
            self.tell(f"wrote {path}")

    # -- the end ---------------------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """Leave one line instead of a traceback with the values of variables, which may hold keys."""
        error = self._exception
        if error is not None:
            self._exit_renderables.append(Text(crash.one_line(error, crash.write_report(error))))
        self._close_messages_no_wait()


def _window(settings: Settings) -> Window:
    try:
        return parse_window(settings.monitor.window, settings.zone)
    except ValueError as error:
        raise SettingsError(f"settings: monitor.window: {error}") from None


def _slug(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.lower())[:60].strip("-")
