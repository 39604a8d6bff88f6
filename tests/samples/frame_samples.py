"""A page with every widget and a feed that publishes what a test tells it to, for the tests of the frame."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.containers import Horizontal

from costtui.settings import Monitor, Settings
from costtui.ui.app import MonitorApp
from costtui.ui.place import Place
from costtui.ui.screens.page import PageScreen
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.gauge import BudgetGauge, GaugeState
from costtui.ui.widgets.headline import Figure, Headline
from costtui.ui.widgets.line_chart import Chart, LineChart
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.text_view import TextView
from costtui.ui.widgets.timeline import Bar, Timeline
from costtui.view.snapshot import Health, Request, Snapshot, Sources, StoreStatus
from costtui.view.spark import spark
from costtui.view.table import Cell, Row
from costtui.window import resolve

NOW_US = 1_795_349_133_000_000
"""2026-11-22 10:45:33 in Berlin… a fixed instant."""
BERLIN = ZoneInfo("Europe/Berlin")
SETTINGS = Settings(time_zone="Europe/Berlin", monitor=Monitor())

COLUMNS = (
    Column("node", "node", 0),
    Column("calls", "calls", 7, "right"),
    Column("cost", "cost", 8, "right"),
    Column("share", "share", 6, "right", 1),
    Column("p95", "p95", 7, "right", 2),
    Column("errors", "errors", 7, "right", 3),
    Column("trend", "trend", 10, "left", 4),
)


@dataclass(frozen=True)
class DemoPage:
    """Rows of nodes."""

    nodes: tuple[tuple[str, int, float, int], ...] = ()
    wanted: str = ""

    def rows(self) -> Sequence[dict[str, Any]]:
        return [{"key": name, "calls": calls, "cost_usd": cost} for name, calls, cost, _ in self.nodes]


@dataclass(frozen=True)
class DemoRequest:
    """Asks for nodes, perhaps filtered."""

    kind: str = "nodes"
    wanted: str = ""

    def build(self, sources: Sources) -> DemoPage:
        raise NotImplementedError


NODES = (
    ("decompose", 1204, 18.40, 0),
    ("analyze", 1198, 12.77, 3),
    ("supervisor", 3410, 4.02, 0),
    ("summarise", 310, 3.11, 12),
    ("extract", 5120, 2.08, 1),
    ("judge", 640, 0.91, 0),
    ("embed", 526, 0.02, 0),
)


def row(name: str, calls: int, cost: float, errors: int) -> Row:
    trend = spark([((index * 7 + calls) % 11) * cost for index in range(10)], 10)
    return Row(
        name,
        {
            "node": Cell(name, name),
            "calls": Cell(f"{calls:,}", calls),
            "cost": Cell(f"${cost:.2f}", cost, "money"),
            "share": Cell(f"{cost / 0.413:.0f} %", cost),
            "p95": Cell(f"{cost / 3:.1f} s", cost / 3),
            "errors": Cell(str(errors) if errors else "–", errors, "error" if errors else "muted"),
            "trend": Cell(trend, None, "primary"),
        },
    )


def chart(count: int = 73, threshold: float | None = 0.16) -> Chart:
    step = 300_000_000
    start = NOW_US // step * step - (count - 1) * step
    values = tuple(
        0.02 + 0.0021 * ((index * index * 3) % 71) * (0.3 + index / count) for index in range(count)
    )
    return Chart(
        tuple(start + index * step for index in range(count + 1)),
        values,
        threshold,
        "budget $0.16/min",
        "${:.2f}".format,
        BERLIN,
    )


GAUGES = (
    GaugeState(
        "day", "everything / day", "$41.27 of $50.00", "83 %", "WARN", 0.8254, 0.0168, 0.8, 1.1,
        "runs dry 15:20 ± 20 m  reserved $0.84",
    ),
    GaugeState("run", "run nightly-0412", "$1.02 of $5.00", "20 %", "OK", 0.204, 0, 0.8, 0.45, "pace $2.25"),
)  # fmt: skip


class DemoScreen(PageScreen):
    """Headline, gauges, chart and table, like an overview."""

    def compose_page(self) -> ComposeResult:
        yield Headline()
        with Panel("budgets", id="budgets"):
            yield BudgetGauge()
        with Horizontal(id="lower"):
            with Panel("spend per minute"):
                yield LineChart()
            with Panel("nodes by cost"):
                yield LiveTable(COLUMNS, sort="cost", id="nodes")

    def on_mount(self) -> None:
        self.query_one("#budgets").styles.height = 5

    def request(self) -> DemoRequest:
        return DemoRequest("nodes", self.filter.text)

    def show(self, page: Any) -> None:
        self.query_one(Headline).show(
            [
                Figure("spent", "$41.27", "≈ 3 % estimated", "money"),
                Figure("calls", "12,408", "1.1 % errors"),
                Figure("pace", "$6.9/h", "→ $118 today"),
                Figure("unpriced", "37", "calls", "warn"),
                Figure("unattributed", "24", "of 310 events", "warn"),
                Figure("alerts", "2", "see a", "error", key="alerts"),
            ]
        )
        self.query_one(BudgetGauge).show(GAUGES)
        self.query_one(LineChart).show(chart())
        self.query_one("#nodes", LiveTable).show([row(*node) for node in page.nodes])
        self.tell_count(len(page.nodes), len(NODES))

    def on_pick_list_row_opened(self, event: LiveTable.RowOpened) -> None:
        self.app.push_screen(DetailScreen(crumb=event.key))

    def action_budget_worst(self) -> None:
        self.query_one(BudgetGauge).focus()


class DetailScreen(PageScreen):
    """A timeline and a text."""

    filterable = False

    def compose_page(self) -> ComposeResult:
        with Panel("steps"):
            yield Timeline()
        with Panel("prompt"):
            yield TextView("You are a careful analyst.\n\n" + "Read the report and name what is new. " * 12)

    def request(self) -> DemoRequest:
        return DemoRequest("node", self.crumb)

    def show(self, page: Any) -> None:
        self.query_one(Timeline).show(BARS, NOW_US)


def _bar(key: str, start_s: float, end_s: float | None, lane: int, text: str, tone: str = "primary") -> Bar:
    origin = NOW_US - 40_000_000
    end = None if end_s is None else origin + int(end_s * 1e6)
    return Bar(key, key, origin + int(start_s * 1e6), end, lane, text, tone)


BARS = (
    _bar("nightly-0412", 0, None, 0, "40.0 s  $1.02", "accent"),
    _bar("decompose", 0.2, 9.5, 1, "9.3 s  $0.41"),
    _bar("analyze 1", 9.6, 22.0, 1, "12.4 s  $0.22"),
    _bar("analyze 2", 9.6, 17.1, 1, "7.5 s  $0.18", "error"),
    _bar("analyze 3", 9.7, 31.0, 1, "21.3 s  $0.19", "warn"),
    _bar("judge", 31.2, None, 1, "8.8 s  $0.02"),
)


class ListScreen(PageScreen):
    """One following table."""

    def compose_page(self) -> ComposeResult:
        yield LiveTable(COLUMNS, follow=True)

    def request(self) -> DemoRequest:
        return DemoRequest("list")

    def show(self, page: Any) -> None:
        self.query_one(LiveTable).show([row(*node) for node in page.nodes])


PLACES = (Place("overview", "Overview", DemoScreen), Place("nodes", "Nodes", ListScreen))


LIVE = StoreStatus(
    Health.LIVE,
    path="/data/pipeline.db",
    kind="costtui",
    read_us=NOW_US - 200_000,
    newest_us=NOW_US - 1_500_000,
)


@dataclass
class DemoFeed:
    """Publishes one page for every request, and what a test asks for."""

    nodes: tuple[tuple[str, int, float, int], ...] = NODES
    status: StoreStatus = LIVE
    silent: bool = False
    fails: Exception | None = None
    calls_seen: int = 0
    requests: list[Request] = field(default_factory=list)
    _woken: threading.Event = field(default_factory=threading.Event)

    def follow(
        self, requests: Callable[[], Request], publish: Callable[[Snapshot], None], stopped: threading.Event
    ) -> None:
        while not stopped.is_set():
            if self.fails is not None:
                raise self.fails
            request = requests()
            if not self.requests or self.requests[-1] != request:
                self.requests.append(request)
                publish(self.snapshot(request))
            self._woken.wait(0.01)
            self._woken.clear()

    def wake(self) -> None:
        self._woken.set()

    def snapshot(self, request: Request) -> Snapshot:
        span = resolve(request.window, NOW_US, NOW_US - 86_400_000_000)
        page = None if self.silent else self.page(request)
        return Snapshot(request, self.status, NOW_US, page, span, self.calls_seen)

    def page(self, request: Request) -> DemoPage:
        wanted = getattr(request.page, "wanted", "")
        return DemoPage(
            tuple(node for node in self.nodes if wanted in node[0] or request.page.kind == "node"), wanted
        )


def demo_app(feed: DemoFeed | None = None, *, theme: str = "costtui-dark", **more: Any) -> MonitorApp:
    settings = replace(SETTINGS, monitor=Monitor(theme=theme))
    more.setdefault("settings", settings)
    more.setdefault("clock", lambda: 0.0)
    return MonitorApp(feed or DemoFeed(), places=PLACES, **more)
