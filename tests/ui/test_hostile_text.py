"""Text from models and stores does nothing: no markup, no escape sequence, no crash, in any widget."""

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widget import Widget

from costtui.text import plain, plain_lines
from costtui.ui.screens.notice import Notice
from costtui.ui.theme import DARK
from costtui.ui.widgets.breadcrumb import Breadcrumb
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.gauge import BudgetGauge, GaugeState
from costtui.ui.widgets.headline import Figure, Headline
from costtui.ui.widgets.line_chart import Chart, LineChart
from costtui.ui.widgets.live_table import LiveTable
from costtui.ui.widgets.panel import Panel
from costtui.ui.widgets.status_pill import Pill
from costtui.ui.widgets.text_view import TextView
from costtui.ui.widgets.timeline import Bar, Timeline
from costtui.ui.widgets.top_line import Heading, TopLine
from costtui.view.table import Cell, Row

HOSTILE = [
    "[red]x",
    "[/foo]",
    "[@click=app.bell]go[/]",
    "[$primary]x[/]",
    "C:\\[x]",
    "[b +",
    "\x1b]52;c;aGk=\x07",
    "\x1b[2J\x1b]0;title\x07",
    "\x9b2J",
    "a\x00b\x7f",
    "\u202egnp.exe",
    "e\u0301\u0301\u0301\u0301" * 30,
    "漢字" * 40,
    "👩‍👩‍👧‍👦" * 9,
    "x" * 10_000,
    "\ud800",
    "",
    "a\nb\r\nc\td",
]


def table(text: str) -> Widget:
    widget = LiveTable([Column("a", text[:200]), Column("b", text[:200], 6, "right")], empty=text)
    widget.show([Row(text, {"a": Cell(text, text), "b": Cell(text, text)}, text), Row("other", {})])
    return widget


def empty_table(text: str) -> Widget:
    return LiveTable([Column("a", "a")], empty=text)


def gauges(text: str) -> Widget:
    widget = BudgetGauge()
    widget.show([GaugeState(text, text, text, text, text, float("nan"), -1, 7, float("inf"), text)])
    return widget


def headline(text: str) -> Widget:
    widget = Headline()
    widget.show([Figure(text, text, text, text, text), Figure("b", "c")])
    return widget


def chart(text: str) -> Widget:
    widget = LineChart()
    widget.show(Chart((0, 10**15, 2 * 10**15), (1.0, None), 2.0, text, lambda value: text[:50], tone=text))
    return widget


def empty_chart(text: str) -> Widget:
    widget = LineChart()
    widget.show(Chart(empty=text))
    return widget


def timeline(text: str) -> Widget:
    widget = Timeline()
    widget.show([Bar(text, text, 5, 1, 99, text, text), Bar("b", text, -(10**18), None, -3, text)], 10**18)
    return widget


def text_view(text: str) -> Widget:
    return TextView(plain_lines(text * 3))


def panel(text: str) -> Widget:
    return Panel(text)


def path(text: str) -> Widget:
    widget = Breadcrumb()
    widget.show([("overview", text, text), ("b", "2", "B")], "overview", [text, text])
    return widget


def top_line(text: str) -> Widget:
    widget = TopLine()
    widget.show(Heading(text, text, text, text), Pill(text, text, text))
    return widget


MAKERS = [
    table, empty_table, gauges, headline, chart, empty_chart, timeline, text_view, panel, path, top_line,
]  # fmt: skip


class OneWidget(App[None]):
    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget


@pytest.mark.parametrize("width", [3, 60])
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
async def test_no_widget_lets_anything_through(make, width):
    app = OneWidget(make(plain(HOSTILE[0])))
    async with app.run_test(size=(width, 8)) as pilot:
        for text in HOSTILE:
            await app.widget.remove()
            app.widget = make(plain(text))
            await app.screen.mount(app.widget)
            await pilot.pause()
            lines = app.screen._compositor.render_strips()
            assert all(plain(segment.text) == segment.text for line in lines for segment in line)
            assert all(sum(cell_len(segment.text) for segment in line) == width for line in lines)


async def test_markup_is_shown_as_it_is_written():
    app = OneWidget(table("[red]x"))
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        text = "".join(segment.text for line in app.screen._compositor.render_strips() for segment in line)
        assert "[red]x" in text


async def test_a_text_to_read_is_not_markup_either():
    app = OneWidget(Panel("x"))
    async with app.run_test(size=(80, 20)) as pilot:
        for text in HOSTILE:
            await app.push_screen(Notice(plain(text)[:100], plain_lines(text)))
            await pilot.pause()
            lines = app.screen._compositor.render_strips()
            shown = "".join(segment.text for line in lines for segment in line)
            assert plain_lines(text).partition("\n")[0][:6] in shown
            assert not set(shown) & set("\x00\x07\x1b\x9b\u202e\ud800")
            await pilot.press("escape")


async def test_a_huge_text_is_shown_from_its_beginning():
    app = OneWidget(TextView("word " * 1_000_000))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("G")
        text = "".join(segment.text for line in app.screen._compositor.render_strips() for segment in line)
        assert "4,800,000 more characters" in text
