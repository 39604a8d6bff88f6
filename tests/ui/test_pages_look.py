"""How the pages look in each of their states, as text that can be reviewed."""

from dataclasses import replace
from pathlib import Path

import pytest
from sample_monitor import LIVE, NOW_US, SampleFeed, sample_app
from sample_store import sample_sources
from screen_text import assert_screen, press, screen_text

from costtui.view.snapshot import Health

SNAPSHOTS = Path(__file__).parent / "snapshots" / "pages"

PAGES = {
    "overview": (),
    "nodes": ("2",),
    "node": ("2", "enter"),
    "runs": ("3",),
    "run": ("3", "j", "enter"),
    "calls": ("4",),
    "call": ("4", "k", "k", "enter"),
    "quality": ("5",),
    "compare": ("6",),
    "run-costs": ("3", "j", "enter", "C", "j", "enter"),
    "run-diff": ("3", "j", "v", "j", "v"),
}


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", PAGES)
async def test_a_page_with_data(name, size):
    app = sample_app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, *PAGES[name])
        await assert_screen(pilot, SNAPSHOTS, f"{name}-{size[0]}x{size[1]}")


@pytest.mark.parametrize("name", ["overview", "nodes", "runs", "calls", "quality", "compare"])
async def test_a_page_of_an_empty_store(name):
    app = sample_app(SampleFeed(lambda request: sample_sources([], window=request.window)))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *PAGES[name])
        assert "costtui demo" in screen_text(app)
        await assert_screen(pilot, SNAPSHOTS, f"{name}-empty")


@pytest.mark.parametrize("name", ["nodes", "runs", "calls", "quality", "compare"])
async def test_a_page_filtered_to_nothing(name):
    app = sample_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *PAGES[name], "slash", *"xyz", "enter")
        await assert_screen(pilot, SNAPSHOTS, f"{name}-filtered")


STATES = {
    "no-store": replace(
        LIVE,
        health=Health.NO_STORE,
        text="no store at pipeline.db; record a call, or see one with: costtui demo",
        read_us=None,
        newest_us=None,
    ),
    "stale": replace(LIVE, health=Health.STALE, text="locked", read_us=NOW_US - 45_000_000),
    "error": replace(LIVE, health=Health.ERROR, text="corrupt: restore a copy"),
}


@pytest.mark.parametrize("state", STATES)
async def test_the_overview_of_a_store_in_trouble(state):
    app = sample_app(SampleFeed(status=STATES[state]))
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot)
        await assert_screen(pilot, SNAPSHOTS, f"overview-{state}")


async def test_a_paused_page_holds_still_and_says_so():
    app = sample_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "4", "p")
        await assert_screen(pilot, SNAPSHOTS, "calls-paused")


@pytest.mark.parametrize("size", [(20, 5), (60, 15), (200, 60)], ids=str)
async def test_no_page_fails_in_any_size(size):
    app = sample_app()
    async with app.run_test(size=size) as pilot:
        for keys in PAGES.values():
            await press(pilot, *keys)
            assert screen_text(app).strip()
            await press(pilot, "escape", "escape", "1")


@pytest.mark.parametrize("theme", ["costtui-light", "ansi-dark"])
async def test_every_theme_draws_every_page(theme):
    app = sample_app(theme=theme)
    async with app.run_test(size=(120, 40)) as pilot:
        for keys in PAGES.values():
            await press(pilot, *keys)
            await press(pilot, "escape", "escape", "1")
