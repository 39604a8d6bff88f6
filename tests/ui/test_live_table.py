"""The live table: cursor, order, scroll position and following hold still while rows change."""

from collections.abc import Callable

import pytest
from textual import events
from textual.app import App, ComposeResult

from costtui.ui.theme import DARK
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.table import Cell, Row

COLUMNS = (Column("name", "name"), Column("cost", "cost", 8, "right"), Column("more", "more", 30, priority=1))


def rows(*costs: float) -> list[Row]:
    return [
        Row(f"k{n}", {"name": Cell(f"row {n}", f"{n:04}"), "cost": Cell(f"{c}", c)})
        for n, c in enumerate(costs)
    ]


class TableApp(App[None]):
    def __init__(self, **more: object) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.table = LiveTable(COLUMNS, **more)  # type: ignore[arg-type]
        self.messages: list[tuple[str, object]] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_pick_list_row_opened(self, event: LiveTable.RowOpened) -> None:
        self.messages.append(("opened", event.key))

    def on_pick_list_row_highlighted(self, event: LiveTable.RowHighlighted) -> None:
        self.messages.append(("highlighted", event.key))

    def on_live_table_sort_changed(self, event: LiveTable.SortChanged) -> None:
        self.messages.append(("sorted", (event.column, event.descending)))

    @property
    def lines(self) -> list[str]:
        return [
            "".join(part.text for part in line).rstrip() for line in self.screen._compositor.render_strips()
        ]


def names(app: TableApp) -> list[str]:
    return [line.lstrip("▌ ")[:6].strip() for line in app.lines[1:] if "row" in line]


async def test_rows_are_ordered_and_titled():
    app = TableApp(sort="cost")
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(1, 3, 2))
        await pilot.pause()
        assert "cost▼" in app.lines[0]
        assert names(app) == ["row 1", "row 2", "row 0"]


async def test_the_cursor_stays_at_the_top_until_the_user_moves_it():
    app = TableApp(sort="cost")
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(1, 3, 2))
        app.table.show(rows(9, 3, 2))
        await pilot.pause()
        assert app.table.cursor_key == "k0"


async def test_the_cursor_follows_its_row_across_orders():
    app = TableApp(sort="cost")
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(1, 3, 2))
        await pilot.press("j")
        assert app.table.cursor_key == "k2"
        app.table.show(rows(1, 3, 9))
        assert app.table.cursor_key == "k2"
        await pilot.pause()
        assert app.lines[1].startswith("▌row 2")


async def test_the_view_holds_still_while_rows_come_above():
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        given = rows(*range(100))
        app.table.show(given)
        await pilot.press("pagedown", "pagedown")
        await pilot.pause()
        before = names(app)
        app.table.show([*(Row(f"new{n}", {"name": Cell("row new")}) for n in range(7)), *given])
        await pilot.pause()
        assert names(app) == before


async def test_a_row_that_vanishes_leaves_the_cursor_where_it_was():
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(1, 2, 3))
        await pilot.press("G")
        app.table.show(rows(1, 2))
        assert app.table.cursor_key == "k1"
        app.table.show([])
        assert app.table.cursor_key is None
        await pilot.press("j", "k", "g", "G", "enter", "pageup")


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        ("j", 1),
        ("down", 1),
        ("jjk", 1),
        ("G", 99),
        ("Gg", 0),
        ("Gk", 98),
        (["pagedown"], 5),
        (["end", "home"], 0),
    ],
)
async def test_keys_move_the_cursor(keys, row):
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(*range(100)))
        await pilot.press(*([keys] if keys == "down" else keys))
        assert app.table.cursor_key == f"k{row}"
        assert app.table.view.cursor_visible


async def test_the_wheel_scrolls_without_moving_the_cursor():
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(*range(100)))
        await pilot._post_mouse_events([events.MouseScrollDown], app.table, (3, 3), button=0)
        await pilot.pause()
        assert names(app)[0] == "row 3"
        assert app.table.cursor_key == "k0"


async def test_enter_opens_and_a_click_first_selects():
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(1, 2, 3))
        await pilot.press("enter")
        await pilot.click(app.table, offset=(3, 3))
        await pilot.pause()
        assert app.messages == [("highlighted", "k0"), ("opened", "k0"), ("highlighted", "k2")]
        await pilot.click(app.table, offset=(3, 3))
        await pilot.click(app.table, offset=(3, 5))
        await pilot.pause()
        assert app.messages[3:] == [("opened", "k2")]


async def test_a_click_on_a_title_orders_and_again_reverses():
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(1, 3, 2))
        for _ in range(2):
            await pilot.click(app.table, offset=(34, 0))
        await pilot.pause()
        assert [what for name, what in app.messages if name == "sorted"] == [("cost", True), ("cost", False)]
        assert names(app) == ["row 0", "row 2", "row 1"]


async def test_the_next_order_goes_round_the_columns_shown_and_back_to_the_given_one():
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(1, 3, 2))
        await pilot.pause()
        orders = []
        for _ in range(4):
            app.table.next_sort()
            orders.append((app.table.sort, app.table.descending))
        assert orders == [("name", False), ("cost", True), (None, False), ("name", False)]
        app.table.move_sort_marker(-1)
        assert app.table.sort is None


async def test_a_following_table_keeps_its_newest_row_in_view():
    app = TableApp(follow=True)
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(*range(20)))
        app.table.show(rows(*range(30)))
        await pilot.pause()
        assert app.table.cursor_key == "k29"
        assert names(app)[-1] == "row 29"


async def test_moving_up_stops_following_counts_what_is_new_and_the_end_resumes():
    app = TableApp(follow=True)
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(*range(20)))
        await pilot.press("k", "k", "k")
        assert not app.table.following
        app.table.show(rows(*range(32)))
        await pilot.pause()
        assert app.table.cursor_key == "k16"
        assert "↓ 12 new · G follows" in app.lines[-1]
        await pilot.press("G")
        assert app.table.following
        assert app.table.new_rows == 0
        assert app.table.cursor_key == "k31"


async def test_a_click_on_the_count_of_new_rows_follows_again():
    app = TableApp(follow=True)
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(*range(20)))
        await pilot.press("k", "k", "k", "k", "k")
        app.table.show(rows(*range(32)))
        await pilot.pause()
        await pilot.click(app.table, offset=(5, 5))
        assert app.table.following


async def test_only_lines_that_changed_are_painted_again(monkeypatch):
    app = TableApp(sort="name", descending=False)
    async with app.run_test(size=(40, 20)) as pilot:
        app.table.show(rows(*range(50)))
        await pilot.pause()
        drawn: list[int] = []
        draw: Callable[..., object] = app.table.draw_row
        monkeypatch.setattr(app.table, "draw_row", lambda row, *rest: drawn.append(row) or draw(row, *rest))
        app.table.show(rows(*(-1 if n in (3, 40) else n for n in range(50))))
        await pilot.pause()
        assert set(drawn) == {3}
        drawn.clear()
        await pilot.press("j")
        assert set(drawn) == {0, 1}


async def test_a_narrow_table_drops_columns_and_a_wide_one_has_them_back():
    app = TableApp()
    async with app.run_test(size=(40, 6)) as pilot:
        app.table.show(rows(1))
        await pilot.pause()
        assert "more" not in app.lines[0]
        await pilot.resize_terminal(80, 6)
        await pilot.pause()
        assert "more" in app.lines[0]


async def test_no_rows_are_explained():
    app = TableApp(empty="no calls in this window\npress ] for a wider one")
    async with app.run_test(size=(30, 6)) as pilot:
        app.table.show([])
        await pilot.pause()
        assert app.lines[1:3] == [" no calls in this window", " press ] for a wider one"]


async def test_copied_text_holds_every_column_even_those_that_are_not_shown():
    app = TableApp()
    async with app.run_test(size=(20, 6)):
        app.table.show([Row("a", {"name": Cell("x"), "cost": Cell("$1"), "more": Cell("long")})])
        assert app.table.copy_text() == "x\t$1\tlong"
