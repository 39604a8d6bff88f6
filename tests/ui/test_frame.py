"""The frame of every page: what the keys do, how trouble is shown, and how one leaves."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from frame_samples import LIVE, NODES, PLACES, SETTINGS, DemoFeed, DemoRequest, DetailScreen, demo_app
from screen_text import press, screen_text, shown
from textual import events

from costtui.errors import SettingsError
from costtui.settings import Monitor
from costtui.ui.widgets.gauge import BudgetGauge
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.snapshot import Health, StoreStatus

SIZE = (100, 30)
SAMPLES = Path(__file__).parent.parent / "samples"


def settings(**monitor):
    return replace(SETTINGS, monitor=Monitor(**monitor))


def top_line(app) -> str:
    return screen_text(app).splitlines()[0]


async def test_the_first_line_says_store_window_zone_and_state():
    app = demo_app(badge="DEMO")
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot)
        line = top_line(app)
    for words in ("costtui", "DEMO", "pipeline.db", "last 6 h", "07:05–13:05 Europe/Berlin", "● LIVE 0.2s"):
        assert words in line


async def test_until_the_store_is_read_no_widget_says_that_there_is_nothing():
    app = demo_app(DemoFeed(silent=True, status=StoreStatus(Health.READING)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "READING" in screen_text(app)
        assert "no budgets" not in screen_text(app)


async def test_a_missing_store_is_explained_where_the_page_would_be():
    status = StoreStatus(
        Health.NO_STORE, "nothing there yet; to see some calls run: costtui demo", "/x/calls.db"
    )
    app = demo_app(DemoFeed(silent=True, status=status))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot)
        assert "● NO STORE /x/calls.db" in top_line(app)
        assert "costtui demo" in screen_text(app)


async def test_a_page_stays_while_its_store_is_in_trouble():
    feed = DemoFeed()
    app = demo_app(feed)
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot)
        feed.status = replace(LIVE, health=Health.ERROR, text="database disk image is malformed")
        feed.silent = True
        await press(pilot, "r")
        assert "● ERROR database disk image is malformed" in top_line(app)
        assert "decompose" in screen_text(app)


@pytest.mark.parametrize("keys", [["left_square_bracket"], ["w", "g", "j", "enter"]])
async def test_another_window_is_asked_for_and_said(keys):
    feed = DemoFeed()
    app = demo_app(feed)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, *keys)
        assert "last 1 h" in top_line(app)
        assert feed.requests[-1].window.name == "1h"


async def test_windows_end_at_the_narrowest_and_the_widest():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, *["right_square_bracket"] * 9)
        assert app.window.name == "all"
        await press(pilot, *["left_square_bracket"] * 9)
        assert app.window.name == "15m"


async def test_a_typed_range_is_checked_before_it_is_taken():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "w")
        assert "▌6h" in screen_text(app)
        await press(pilot, "tab", *"yesterday", "enter")
        assert "no window 'yesterday'" in screen_text(app)
        assert "budgets" in screen_text(app), "the page stays visible around the box"
        await press(pilot, *["backspace"] * 9, *"2026-11-01..2026-11-15", "enter")
        assert app.window.name == "2026-11-01..2026-11-15"
        await press(pilot, "left_square_bracket")
        assert app.window.name == "15m"


async def test_a_filter_works_while_it_is_typed_stays_and_is_cleared_by_escape():
    feed = DemoFeed()
    app = demo_app(feed)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "slash", *"an")
        assert feed.requests[-1].page == DemoRequest("nodes", "an")
        assert "1 of 7" in screen_text(app)
        assert "analyze" in screen_text(app)
        assert "decompose" not in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.focused, LiveTable)
        await press(pilot, "p", "left_square_bracket")
        assert "1 of 7" in screen_text(app)
        await press(pilot, "escape")
        assert "decompose" in screen_text(app)
        assert "1 of 7" not in screen_text(app)


async def test_keys_typed_into_a_filter_are_not_commands():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "slash", *"2pq")
        assert app.current_mode == "overview"
        assert not app.standing.paused
        assert "keep the filter" in screen_text(app).splitlines()[-1]


@pytest.mark.parametrize("key", ["slash", "question_mark", "w"])
async def test_what_is_typed_right_behind_a_key_that_asks_is_no_command(key):
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot)
        for typed in (key, "2", "p", "q"):
            app.post_message(events.Key(typed, typed if len(typed) == 1 else None))
        await pilot.pause()
        await pilot.pause()
        assert (app.current_mode, app.standing.paused, app.return_code) == ("overview", False, None)
        if key == "slash":
            assert app.page_screen.filter_bar.text == "2pq"


async def test_keys_that_ask_are_letters_where_something_is_typed():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "slash", "w", "slash", "question_mark")
        assert app.page_screen.filter_bar.text == "w/?"
        assert app.screen is app.page_screen


async def test_a_pause_freezes_rows_and_counts_what_arrives():
    feed = DemoFeed(calls_seen=100)
    app = demo_app(feed)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "p")
        feed.calls_seen, feed.nodes = 137, (("another", 1, 1.0, 0),)
        app._publish(feed.snapshot(feed.requests[-1]))
        await pilot.pause()
        assert "PAUSED +37" in top_line(app)
        assert "another" not in screen_text(app)
        await press(pilot, "p")
        assert "LIVE" in top_line(app)
        assert "another" in screen_text(app)


async def test_ages_go_on_while_nothing_comes_and_the_store_is_then_called_stale():
    now = [0.0]
    app = demo_app(clock=lambda: now[0])
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot)
        now[0] = 5.0
        app.show_status()
        await pilot.pause()
        assert "LIVE 5.2s" in top_line(app)
        now[0] = 45.0
        app.show_status()
        await pilot.pause()
        assert "STALE 45s" in top_line(app)


async def test_escape_leaves_one_layer_at_a_time():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "z", "slash", "a", "enter")
        assert app.screen.maximized is not None
        await press(pilot, "escape")
        assert app.page_screen.filter_bar.text == ""
        assert app.screen.maximized is not None
        await press(pilot, "escape")
        assert app.screen.maximized is None
        await press(pilot, "enter")
        assert isinstance(app.screen, DetailScreen)
        assert "1 Overview › decompose" in screen_text(app).splitlines()[1]
        await press(pilot, "escape", "2", "escape")
        assert app.current_mode == "overview"


async def test_zoom_shows_the_focused_panel_alone_and_again_restores():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "z")
        assert "nodes by cost" in screen_text(app)
        assert "budgets" not in screen_text(app)
        await press(pilot, "z")
        assert "budgets" in screen_text(app)


async def test_digits_go_to_screens_and_back_to_where_they_begin():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter", "2", "1")
        assert isinstance(app.screen, DetailScreen)
        await press(pilot, "1")
        assert len(app.layers) == 1
        await press(pilot, "3")
        assert app.current_mode == "overview"


async def test_sort_keys_order_the_focused_table():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab")
        table = app.screen.query_one("#nodes", LiveTable)
        await press(pilot, "less_than_sign")
        assert table.sort == "calls"
        await press(pilot, "greater_than_sign", "S")
        assert (table.sort, table.descending) == ("cost", False)
        await press(pilot, "s")
        assert table.sort == "share"


async def test_an_action_that_has_nothing_to_do_is_not_offered():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        hints = screen_text(app).splitlines()[-1]
        for words in ("filter", "sort", "follow", "worst budget"):
            assert words not in hints
        assert "esc back" in hints
        await press(pilot, "slash", "s", "b", "f")
        assert isinstance(app.screen, DetailScreen)
        await press(pilot, "escape")
        assert "esc back" not in screen_text(app).splitlines()[-1]


async def test_help_lists_every_registered_key_and_does_what_is_chosen():
    app = demo_app()
    async with app.run_test(size=(100, 70)) as pilot:
        await press(pilot, "question_mark")
        text = screen_text(app)
        assert all(action.help[:30] in text for action in app.registered)
        await press(pilot, *"worst", "enter")
        assert isinstance(app.focused, BudgetGauge)


async def test_help_puts_what_works_here_first():
    app = demo_app()
    async with app.run_test(size=(100, 70)) as pilot:
        await press(pilot, "tab", "enter", "question_mark")
        lines = [line for line in screen_text(app).splitlines() if " here " in line or "elsewhere" in line]
        first_elsewhere = next(index for index, line in enumerate(lines) if "elsewhere" in line)
        assert all("elsewhere" in line for line in lines[first_elsewhere:])
        assert any("worst budget" in line for line in lines[first_elsewhere:])


async def test_the_palette_finds_actions():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "colon")
        await pilot.press(*"worst")
        await pilot.pause(0.3)
        await pilot.press("down", "enter")
        await shown(pilot)
        assert isinstance(app.focused, BudgetGauge)


async def test_keys_can_be_changed_and_hints_and_help_say_the_new_ones():
    app = demo_app(settings=settings(keys={"feed.pause": "space", "go.nodes": "f2"}))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "p")
        assert not app.standing.paused
        await press(pilot, "space")
        assert app.standing.paused
        assert "space pause" in screen_text(app).replace("  ", " ")
        await press(pilot, "f2")
        assert app.current_mode == "nodes"


@pytest.mark.parametrize(
    ("monitor", "word"),
    [({"keys": {"feed.halt": "p"}}, "feed.halt"), ({"theme": "pink"}, "pink"), ({"window": "9y"}, "9y")],
)
def test_settings_that_name_nothing_are_refused_with_their_name(monitor, word):
    with pytest.raises(SettingsError, match=word):
        demo_app(settings=settings(**monitor))


async def test_copying_takes_the_row_or_its_record():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "j", "y")
        assert app.clipboard.startswith("analyze\t1,198\t$12.77")
        await press(pilot, "Y")
        assert json.loads(app.clipboard) == {"key": "analyze", "calls": 1198, "cost_usd": 12.77}


async def test_a_text_is_copied_whole():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter", "tab", "y")
        assert app.clipboard.startswith("You are a careful analyst.\n\nRead the report")


async def _exported(tmp_path, *keys):
    app = demo_app(directory=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, *keys)
        await pilot.pause()
        await pilot.pause()
    (path,) = tmp_path.iterdir()
    return path


async def test_csv_holds_the_rows_as_filtered(tmp_path):
    path = await _exported(tmp_path, "slash", *"an", "enter", "e", "enter")
    assert path.name.startswith("costtui-overview-")
    assert list(csv.reader(path.read_text().splitlines())) == [
        ["key", "calls", "cost_usd"],
        ["analyze", "1198", "12.77"],
    ]


async def test_json_holds_the_rows(tmp_path):
    path = await _exported(tmp_path, "e", "j", "enter")
    assert [row["key"] for row in json.loads(path.read_text())] == [node[0] for node in NODES]


async def test_a_picture_shows_the_page_without_the_box(tmp_path):
    path = await _exported(tmp_path, "e", "G", "enter")
    assert path.suffix == ".svg"
    text = path.read_text()
    assert "decompose" in text
    assert "a&#160;picture&#160;of&#160;the&#160;screen" not in text


async def test_an_export_that_cannot_be_written_says_so(tmp_path):
    app = demo_app(directory=tmp_path / "missing")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await press(pilot, "e", "enter")
        await pilot.pause()
        await pilot.pause()
        assert "cannot write" in next(iter(app._notifications)).message


async def test_a_feed_that_fails_is_a_status_and_r_starts_it_again(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    feed = DemoFeed(fails=ValueError("no such column [/red] \x1b[2J"))
    app = demo_app(feed)
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(20):
            await pilot.pause(0.01)
        assert "ERROR ValueError: no such column [/red] ␛[2J" in top_line(app)
        feed.fails = None
        await pilot.press("r")
        await shown(pilot)
        assert "LIVE" in top_line(app)


async def test_the_status_is_explained_when_it_is_clicked_or_asked_for():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot)
        await pilot.click(app.page_screen.top_line, offset=(95, 0))
        await pilot.pause()
        assert "store       /data/pipeline.db" in screen_text(app)
        await pilot.press("escape", "i")
        await pilot.pause()
        assert "newest call 1.5s ago" in screen_text(app)


async def test_everything_that_looks_clickable_is():
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "tab", "enter")
        await pilot.click(app.page_screen.breadcrumb, offset=(4, 0))
        await pilot.pause()
        assert len(app.layers) == 1
        await pilot.click(app.page_screen.breadcrumb, offset=(18, 0))
        await shown(pilot)
        assert app.current_mode == "nodes"
        hints = screen_text(app).splitlines()[-1]
        await pilot.click(app.page_screen.hints, offset=(hints.index("pause") if "pause" in hints else 0, 0))
        await pilot.pause()
        await pilot.click(app.page_screen.hints, offset=(hints.index("keys"), 0))
        await pilot.pause()
        assert "what it does" in screen_text(app)


async def test_drawing_can_be_made_calmer():
    now = [0.0]
    feed = DemoFeed()
    app = demo_app(feed, clock=lambda: now[0])
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "minus", "minus")
        now[0] = 0.2
        feed.nodes = (("another", 1, 1.0, 0),)
        app._publish(feed.snapshot(feed.requests[-1]))
        await pilot.pause()
        assert "another" not in screen_text(app)
        now[0] = 1.1
        app._publish(feed.snapshot(feed.requests[-1]))
        await pilot.pause()
        app._draw_late()
        await pilot.pause()
        assert "another" in screen_text(app)


@pytest.mark.parametrize("size", [(20, 5), (39, 30), (80, 9), (1, 1)])
async def test_a_terminal_that_is_too_small_says_so_and_recovers(size):
    app = demo_app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, "tab", "j", "question_mark", "escape", "w", "escape", "2", "1")
        if size[0] >= 20:
            assert "terminal too small" in screen_text(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "too small" not in screen_text(app)
        assert "decompose" in screen_text(app)


CRASH = """
from frame_samples import DemoScreen, demo_app

def broken(self, page):
    api_key = "sk-SECRET-123"
    raise KeyError("no such [red]column")

DemoScreen.show = broken
app = demo_app()
app.run(headless=True)
raise SystemExit(app.return_code)
"""


def test_a_crash_leaves_one_line_a_report_without_values_and_an_exit_code(tmp_path):
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(tmp_path),
        "PYTHONPATH": str(SAMPLES),
        "COLUMNS": "400",
    }
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, env=environment)
    assert done.returncode == 1
    report = tmp_path / "costtui" / "log" / "crash.log"
    assert len(done.stderr.splitlines()) == 1
    assert "KeyError: 'no such [red]column'" in done.stderr
    assert str(report) in done.stderr
    assert "in broken" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600
    assert "SECRET-123" not in done.stdout + done.stderr


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_the_monitor_is_left(key):
    app = demo_app()
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot)
        await pilot.press(key)
        await pilot.pause()
    assert app.return_code == 0


async def test_only_the_newest_of_many_waiting_snapshots_is_drawn(monkeypatch):
    feed = DemoFeed()
    app = demo_app(feed)
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot)
        taken = []
        monkeypatch.setattr(app.page_screen, "show", taken.append)
        for _ in range(200):
            app._publish(feed.snapshot(feed.requests[-1]))
        await pilot.pause()
        assert len(taken) < 20


def test_every_place_has_its_key():
    assert {place.id for place in PLACES} <= {action.place for action in demo_app().registered}
