"""From Attribution to the experiment, to the calls of a variation and back: how it looks, and what keys do."""

from pathlib import Path

import pytest
from sample_experiment import experiment_sources
from sample_monitor import SampleFeed, sample_app
from screen_text import assert_screen, press, screen_text

from costtui.ui.screens.calls import CallsScreen
from costtui.ui.screens.experiment import ExperimentScreen

SNAPSHOTS = Path(__file__).parent / "snapshots" / "experiment"


def app_with_experiment(*, lost=True, **more):
    sources = experiment_sources(lost=lost)
    return sample_app(SampleFeed(lambda request: sources), **more)


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("lost", [True, False], ids=["lost", "clean"])
async def test_how_it_looks(lost, size):
    app = app_with_experiment(lost=lost)
    async with app.run_test(size=size) as pilot:
        await press(pilot, "7", "E")
        name = "lost" if lost else "clean"
        await assert_screen(pilot, SNAPSHOTS, f"{name}-{size[0]}x{size[1]}")


async def test_a_store_without_an_experiment_says_which_command_makes_one():
    app = sample_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "7", "E")
        assert "costtui traffic 200 --store pipeline.db" in screen_text(app)


async def test_enter_on_a_variation_opens_its_calls_and_escape_comes_back():
    app = app_with_experiment()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "7", "E", "j", "enter")
        assert isinstance(app.page_screen, CallsScreen)
        assert "variation=webllm" in app.page_screen.request().filter
        await press(pilot, "escape")
        assert isinstance(app.page_screen, ExperimentScreen)


async def test_v_takes_the_variation_under_the_cursor_as_the_baseline():
    app = app_with_experiment()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "7", "E", "j", "v")
        assert app.page_screen.page.baseline == "webllm"


@pytest.mark.parametrize("theme", ["costtui-light", "ansi-dark"])
async def test_every_theme_draws_it_in_a_small_terminal(theme):
    app = app_with_experiment(theme=theme)
    async with app.run_test(size=(60, 15)) as pilot:
        await press(pilot, "7", "E")
        assert "webllm" in screen_text(app)
