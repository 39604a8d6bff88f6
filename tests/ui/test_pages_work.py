"""Enter goes one layer deeper and Esc back, from a budget to a call; filters and orders reach the store."""

import json
from dataclasses import replace

from sample_monitor import SampleFeed, sample_app
from sample_store import sample_calls, sample_sources
from screen_text import press, screen_text

from costtui.text import plain
from costtui.ui.screens.overview import OverviewScreen
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.budget import BudgetRequest
from costtui.view.call import CallRequest
from costtui.view.calls import CallsRequest
from costtui.view.node import NodeRequest
from costtui.view.nodes import NodesRequest
from costtui.view.overview import OverviewRequest
from costtui.view.run import RunRequest

WIDE = (120, 40)


def wanted(app):
    return app.page_screen.request()


async def test_from_a_node_to_its_call_and_all_the_way_back():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "enter")
        assert wanted(app) == NodeRequest("plan/decompose")
        await press(pilot, "enter")
        newest = max(call.id for call in sample_calls() if call.node == "plan/decompose")
        assert wanted(app) == CallRequest(newest)
        await press(pilot, "escape")
        assert wanted(app) == NodeRequest("plan/decompose")
        await press(pilot, "escape")
        assert wanted(app) == OverviewRequest()


async def test_a_budget_leads_to_its_page_and_on_to_what_it_limits():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot)
        app.page_screen.query_one("#gauges").focus()
        await press(pilot, "enter")
        assert wanted(app) == BudgetRequest("day\x1f\x1f")
        app.page_screen.query_one("#nodes").focus()
        await press(pilot, "enter")
        assert wanted(app) == NodeRequest("plan/decompose")
        await press(pilot, "escape")
        app.page_screen.query_one("#runs").focus()
        await press(pilot, "enter")
        assert isinstance(wanted(app), RunRequest)
        await press(pilot, "escape")
        app.page_screen.query_one("#gauge").focus()
        await press(pilot, "enter")
        assert wanted(app) == NodesRequest()


async def test_a_budget_of_a_customer_leads_to_its_calls_and_its_run_budget_to_the_run():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot)
        app.page_screen.query_one("#gauges").focus()
        await press(pilot, "j", "enter", "enter")
        assert wanted(app) == CallsRequest("lead=lead-3")
        await press(pilot, "escape", "escape")
        await press(pilot, "j", "enter")
        assert wanted(app) == RunRequest("nightly-0423")


async def test_b_jumps_from_anywhere_to_what_burns_the_worst_budget():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "4", "b")
        await pilot.pause()
        await press(pilot)
        assert wanted(app) == NodesRequest()


async def test_a_run_leads_to_its_calls_of_a_node():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "3", "enter", "j", "enter")
        assert wanted(app).filter == "run=nightly-0423 node=plan/decompose"
        assert "run=nightly-0423" in screen_text(app)


async def test_a_filter_says_how_many_rows_it_lets_through_and_goes_to_the_store():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "4", "slash", *"status:error", "enter")
        failed = sum(call.status == "error" for call in sample_calls())
        assert f"{failed} of 600" in screen_text(app)
        assert wanted(app).filter == "status:error"
        await press(pilot, "escape")
        assert wanted(app) == CallsRequest()


async def test_calls_ordered_by_cost_are_the_dearest_of_all_not_of_those_in_view():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "4")
        table = app.page_screen.query_one(LiveTable)
        table.sort_by("cost", True)
        await press(pilot)
        assert wanted(app).order == "cost"
        dearest = max(sample_calls(), key=lambda call: call.cost.nano or 0)
        assert table.row(str(dearest.id)) is not None
        table.sort_by("node", False)
        await press(pilot)
        assert wanted(app).order == "newest"


async def test_following_calls_show_the_newest_and_stop_where_the_user_moves():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "4")
        table = app.page_screen.query_one(LiveTable)
        assert table.cursor_key == "600"
        await press(pilot, "k")
        assert not table.following
        await press(pilot, "G")
        assert table.following


async def test_the_row_under_the_cursor_is_copied_as_plain_values():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2")
        copied = []
        app.copy = copied.append
        await press(pilot, "Y")
        record = json.loads(copied[0])
        assert record["node"] == "plan/decompose"
        assert isinstance(record["cost_usd"], float)


async def test_what_is_exported_is_what_the_filter_lets_through():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "3", "slash", *"status:interrupted", "enter")
        rows = app.page_screen.export_rows()
        assert [row["status"] for row in rows] == ["interrupted"]


async def test_hostile_names_are_words_like_any_other():
    names = (
        "[red]x[/foo]",
        "[@click=app.bell]go[/]",
        plain("\x1b]52;c;aGk=\x07\x1b[2J"),
        plain("a\u202eb\x9b2J"),
    )
    calls = [
        replace(
            call,
            node=names[index % 4],
            model=names[(index + 1) % 4],
            run_id=names[(index + 2) % 4],
            error="[/]",
        )
        for index, call in enumerate(sample_calls(40))
    ]
    app = sample_app(SampleFeed(lambda request: sample_sources(calls, window=request.window, states=())))
    async with app.run_test(size=(160, 48)) as pilot:
        await press(pilot)
        assert "[red]x[/foo]" in screen_text(app)
        for keys in (("2", "enter", "enter"), ("3", "enter"), ("4", "enter")):
            await press(pilot, *keys)
            text = screen_text(app)
            assert "\x1b" not in text
            assert "\u202e" not in text
            await press(pilot, "escape", "escape", "1")


async def test_a_call_that_is_gone_says_so_and_esc_goes_back():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot)
        from costtui.view.target import Target

        screen = app.page_screen
        assert isinstance(screen, OverviewScreen)
        screen.open(Target("call", "98765"))
        await press(pilot)
        assert "This store has no call 98765" in screen_text(app)
        await press(pilot, "escape")
        assert wanted(app) == OverviewRequest()


async def test_the_trend_follows_the_cursor_of_the_nodes():
    app = sample_app()
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, "2", "j")
        assert "cost per 5 minutes of analyze" in screen_text(app)
