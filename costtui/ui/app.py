"""The app: its places, and what the keys of every page do; it knows nothing of stores."""

import time
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual import on
from textual.app import SystemCommand
from textual.screen import Screen

from costtui.settings import Settings
from costtui.ui import crash, keys
from costtui.ui.actions import ACTIONS, ASKING, Action, bindings, keymap
from costtui.ui.feed_port import Feed
from costtui.ui.following import FollowingApp
from costtui.ui.place import PLACES, Place
from costtui.ui.screens.opening import OpeningScreen
from costtui.ui.theme import set_theme
from costtui.ui.widgets.breadcrumb import Breadcrumb
from costtui.ui.widgets.hints import Hints
from costtui.ui.widgets.top_line import TopLine
from costtui.ui.window_choice import ask_window, stepped

if TYPE_CHECKING:
    from costtui.ui.price_asking import BindPrice
    from costtui.ui.screens.page import PageScreen
    from costtui.view.trial import Trial

FIRST_PLACE = "overview"

FILTER_HINTS = (("⏎", "keep the filter", ""), ("esc", "clear it", "page.back"))
"""Hints while a filter is typed."""


class MonitorApp(FollowingApp):
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
        bind_price: "BindPrice | None" = None,
    ) -> None:
        """Raise SettingsError where the settings name a window, theme or action that there is not.

        One of the places is ``overview``, where the monitor begins. ``title`` names the store (empty: its file name), ``badge`` is a word such as DEMO, exports go to ``directory``; ``make_trial`` returns what tries calls (None: they cannot be tried); ``bind_price`` sets the price of a model (None: prices cannot be set).
        """
        super().__init__(feed, settings or Settings(), title=title, badge=badge, clock=clock)
        self.places = {place.id: place for place in places}
        self._directory = directory or Path.cwd()
        self._make_trial = make_trial
        self._bind_price = bind_price
        set_theme(self, self.settings.monitor.theme)
        self.keymap = keymap(self.settings.monitor.keys)
        self.set_keymap(self.keymap)

    @property
    def registered(self) -> list[Action]:
        """The actions whose screens there are."""
        return [action for action in ACTIONS if action.place is None or action.place in self.places]

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
        return OpeningScreen(self.heading(), self._tabs(), FIRST_PLACE)

    async def on_ready(self) -> None:
        """Bring the first page once the frame is painted, and start reading."""
        for place in self.places.values():
            self.add_mode(place.id, place.make)
        # Made as a mode, it would cost two more passes over all styles.
        page = self.places[FIRST_PLACE].make()
        # The frame has learnt how wide and tall the terminal is: styles need not be worked out twice.
        page.set_classes(self.screen.classes)
        with self.batch_update():
            await self.push_screen(page)
        self.start()

    # -- the frame of the page -------------------------------------------------------------------------

    def page_entered(self, page: "PageScreen") -> None:
        """Take a page that came into view: its request, its path, its hints."""
        self.request_changed()
        self._show_path(page)
        self.show_hints(page)
        self.draw()

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
        """Allow going only to places that there are, and asking only where nothing is asked."""
        if action in ASKING:
            return not (self.screen.is_modal or keys.typed_into(self.screen))
        return parameters[0] in self.places if action == "go" else True

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Offer every action that works on the screen, and the themes, in the palette."""
        for action_id, title, help in keys.commands(screen):
            yield SystemCommand(title, help, partial(self.call_later, self.perform, action_id))
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

    def action_window_narrower(self) -> None:
        """Take the next narrower window."""
        self.set_window(stepped(self.window, -1))

    def action_window_wider(self) -> None:
        """Take the next wider window."""
        self.set_window(stepped(self.window, 1))

    def action_window_pick(self) -> None:
        """Ask for a window."""
        ask_window(self, self.window, self.zone, self.set_window)

    def action_feed_pause(self) -> None:
        """Freeze the rows, or let them go."""
        self.standing.toggle_pause()
        self.show_status()
        self.draw()

    def action_feed_read(self) -> None:
        """Read the store again, now; start the feed again if it failed."""
        self.read_again()

    def action_feed_faster(self) -> None:
        """Draw more often."""
        self.tell(self.pace.change(-1))

    def action_feed_slower(self) -> None:
        """Draw less often."""
        self.tell(self.pace.change(1))

    def ask_price(self, provider: str, model: str) -> None:
        """Ask for the price of a model, set it, and price its calls."""
        from costtui.ui.price_asking import ask_price

        if self._bind_price is not None:
            ask_price(self, self._bind_price, provider, model)

    def action_store_explain(self) -> None:
        """Say how the store is."""
        from costtui.ui.screens.notice import Notice

        self.push_screen(Notice("store", self.standing.explained()))

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
        from costtui.ui.taking import ask_format

        ask_format(self, page, self._directory)

    # -- the end ---------------------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """Leave one line instead of a traceback with the values of variables, which may hold keys."""
        error = self._exception
        if error is not None:
            self._exit_renderables.append(Text(crash.one_line(error, crash.write_report(error))))
        self._close_messages_no_wait()
