"""What all screens of the monitor have in common; a page adds only its widgets, its request and how to show it."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast, runtime_checkable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from costtui.filter import Filter, parse_filter
from costtui.ui.actions import ASKING, bindings
from costtui.ui.keys import typed_into
from costtui.ui.widgets.breadcrumb import Breadcrumb
from costtui.ui.widgets.filter_bar import FilterBar
from costtui.ui.widgets.hints import Hints
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.top_line import TopLine
from costtui.view.snapshot import Page, PageRequest, Request

if TYPE_CHECKING:
    from costtui.ui.app import MonitorApp

SMALLEST = (40, 10)
"""Columns and lines below which a page is not drawn."""


@runtime_checkable
class Copyable(Protocol):
    """A widget whose text can be copied."""

    def copy_text(self) -> str:
        """Return what ``y`` copies."""
        ...


class PageScreen(Screen[None]):
    """Frame of a page: first line, path, body, filter, hints; and what the keys of every page do."""

    BINDINGS = bindings("page")
    ALLOW_IN_MAXIMIZED_VIEW = "#above, #below"

    filterable: ClassVar[bool] = True
    """Whether ``/`` has a meaning here: the request must then carry ``self.filter``."""

    crumb: str = ""
    """Where we are, for the path; a detail says what it is of."""

    def __init__(self, *, crumb: str = "") -> None:
        super().__init__()
        if crumb:
            self.crumb = crumb
        self.page: Page | None = None
        """The page on screen."""
        self.shown_request: Request | None = None
        """The request that the page on screen answers."""
        self.top_line = TopLine()
        self.breadcrumb = Breadcrumb()
        self.filter_bar = FilterBar()
        self.hints = Hints()
        self._before_filter: Widget | None = None

    def compose_page(self) -> ComposeResult:
        """Yield the widgets of the body."""
        raise NotImplementedError

    def request(self) -> PageRequest:
        """Return what this page wants to see, as it is now."""
        raise NotImplementedError

    def show(self, page: Page) -> None:
        """Hand the parts of a page to the widgets; the page answers ``request()``."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Frame the page."""
        with Vertical(id="above"):
            yield self.top_line
            yield self.breadcrumb
        with Vertical(id="body") as body:
            body.display = False
            yield from self.compose_page()
        yield Static("reading …", id="absence", markup=False)
        with Vertical(id="below"):
            yield self.filter_bar
            yield self.hints

    @property
    def monitor(self) -> "MonitorApp":
        """The app, with its own methods."""
        return cast("MonitorApp", self.app)

    @property
    def filter(self) -> Filter:
        """The filter as it is typed now."""
        return parse_filter(self.filter_bar.text)

    @property
    def table(self) -> LiveTable | None:
        """The table that sort keys order: the focused one, else the first."""
        if isinstance(self.focused, LiveTable):
            return self.focused
        return next(iter(self.query(LiveTable)), None)

    def request_changed(self) -> None:
        """Ask for another page: ``request()`` has something else to say."""
        self.monitor.request_changed()

    def tell_count(self, shown: int, total: int) -> None:
        """Say beside the filter how many rows it lets through."""
        self.filter_bar.tell_count(shown, total)

    def show_page(self, page: Page, request: Request) -> None:
        """Take a page from the feed."""
        self.page, self.shown_request = page, request
        with self.app.batch_update():
            self._show_body(True)
            self.show(page)

    def show_absence(self, text: str) -> None:
        """Say why there is no page yet; a page that was shown stays."""
        if self.page is None:
            self.query_one("#absence", Static).update(text)
            self._show_body(False)

    def row_record(self) -> dict[str, Any] | None:
        """Return the row under the cursor as plain values, for copying as JSON."""
        table = self.table
        row = table.row(table.cursor_key) if table is not None and table.cursor_key is not None else None
        if table is None or row is None:
            return None
        for record in self.page.rows() if self.page is not None else ():
            if record.get("key", record.get("id")) == row.key:
                return record
        return {column.id: row.cells[column.id].text for column in table.columns if column.id in row.cells}

    def on_mount(self) -> None:
        """Keep the hints true."""
        self.bindings_updated_signal.subscribe(self, lambda _: self.monitor.show_hints(self))

    def on_screen_resume(self) -> None:
        """Ask for this page: the user looks at it now."""
        self.monitor.page_entered(self)

    def on_resize(self) -> None:
        """Say so where the terminal is too small."""
        size = self.app.size
        small = size.width < SMALLEST[0] or size.height < SMALLEST[1]
        if small and not self.query("#too-small"):
            words = f"terminal too small:\n{SMALLEST[0]}×{SMALLEST[1]} needed"
            self.mount(Static(words, id="too-small", markup=False))
        self.set_class(small, "-too-small")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow what has a method and something to act on here."""
        if getattr(self, f"action_{action}", None) is None or (action in ASKING and typed_into(self)):
            return False
        table = self.table
        match action:
            case "filter_edit":
                return self.filterable
            case "sort_next" | "sort_reverse" | "sort_left" | "sort_right":
                return table is not None
            case "rows_follow":
                return table is not None and table.follows
            case "copy_row" | "copy_json":
                return self._copyable() is not None
            case "view_zoom":
                return self.maximized is not None or self._panel() is not None
            case "page_back":
                return self._has_layer()
            case _:
                return True

    def action_page_next(self) -> None:
        """Focus the next panel."""
        self.focus_next()

    def action_page_previous(self) -> None:
        """Focus the previous panel."""
        self.focus_previous()

    def action_page_back(self) -> None:
        """Undo one layer: filter, zoom, detail, screen."""
        bar = self.filter_bar
        if bar.editing or bar.text:
            self._leave_filter()
            bar.clear()
        elif self.maximized is not None:
            self.minimize()
        else:
            self.monitor.back()

    async def action_filter_edit(self) -> None:
        """Type a filter."""
        self._before_filter = self.focused
        await self.filter_bar.edit()

    def action_sort_next(self) -> None:
        """Order by the next column."""
        if self.table is not None:
            self.table.next_sort()

    def action_sort_reverse(self) -> None:
        """Reverse the order."""
        if self.table is not None:
            self.table.reverse_sort()

    def action_sort_left(self) -> None:
        """Order by the column to the left."""
        if self.table is not None:
            self.table.move_sort_marker(-1)

    def action_sort_right(self) -> None:
        """Order by the column to the right."""
        if self.table is not None:
            self.table.move_sort_marker(1)

    def action_rows_follow(self) -> None:
        """Follow the newest row, or stop."""
        if self.table is not None:
            self.table.follow(not self.table.following)

    def action_view_zoom(self) -> None:
        """Give the focused panel the whole screen, or restore it."""
        panel = self._panel()
        if self.maximized is not None:
            self.minimize()
        elif panel is not None:
            self.maximize(panel, container=False)

    def action_copy_row(self) -> None:
        """Copy the row under the cursor, or the text."""
        source = self._copyable()
        if source is not None:
            self.monitor.copy(source.copy_text())

    def action_copy_json(self) -> None:
        """Copy the row under the cursor as JSON."""
        from costtui.ui.export import json_text

        record = self.row_record()
        if record is not None:
            self.monitor.copy(json_text(record).rstrip("\n"))

    def action_alert_list(self) -> None:
        """Show the alerts over this page."""
        from costtui.ui.screens.alerts import AlertsScreen

        self.monitor.push_screen(AlertsScreen())

    def action_export_pick(self) -> None:
        """Write what is shown to a file."""
        self.monitor.export(self)

    def export_rows(self) -> Sequence[dict[str, Any]]:
        """Return what an export writes: the rows of the page, as filtered."""
        return [] if self.page is None else self.page.rows()

    @on(FilterBar.FilterChanged)
    def _filter_changed(self, event: FilterBar.FilterChanged) -> None:
        event.stop()
        self.request_changed()

    @on(FilterBar.FilterLeft)
    def _filter_left(self, event: FilterBar.FilterLeft) -> None:
        event.stop()
        self._leave_filter()

    def _leave_filter(self) -> None:
        self.set_focus(self._before_filter if self._before_filter in self.focus_chain else self.table)

    def _show_body(self, shown: bool) -> None:
        self.query_one("#body").display = shown
        self.query_one("#absence").display = not shown
        if shown and self.focused is None:
            self.focus_next()

    def _has_layer(self) -> bool:
        bar = self.filter_bar
        return bar.editing or bool(bar.text) or self.maximized is not None or self.monitor.can_go_back

    def _copyable(self) -> Copyable | None:
        sources: tuple[object, ...] = (self.focused, self.table)
        return next((source for source in sources if isinstance(source, Copyable)), None)

    def _panel(self) -> Panel | None:
        if self.focused is None:
            return None
        nodes: Iterable[Any] = self.focused.ancestors_with_self
        return next((node for node in nodes if isinstance(node, Panel)), None)
