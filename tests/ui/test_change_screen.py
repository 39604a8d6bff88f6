"""The page on why spend changed: from the overview to the calls behind a part."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from sample_monitor import SampleFeed, sample_app
from sample_store import sample_calls, sample_sources
from screen_text import assert_screen, press, screen_text

from costtui.ui.place import PLACES
from costtui.view.calls import CallsRequest
from costtui.view.change import ChangeRequest
from costtui.view.overview import OverviewRequest

SNAPSHOTS = Path(__file__).parent / "snapshots" / "change"


@cache
def _sources(window):
    return sample_sources(sample_calls(900, hours=12), window=window)


def app(**more):
    return sample_app(SampleFeed(lambda request: _sources(request.window)), places=PLACES[:4], **more)


def wanted(monitor):
    return monitor.page_screen.request()


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_why_spend_changed(size):
    monitor = app()
    async with monitor.run_test(size=size) as pilot:
        await press(pilot, "c", "j")
        await assert_screen(pilot, SNAPSHOTS, f"change-{size[0]}x{size[1]}")


async def test_an_empty_store():
    monitor = sample_app(
        SampleFeed(lambda request: sample_sources([], window=request.window)), places=PLACES[:4]
    )
    async with monitor.run_test(size=(80, 24)) as pilot:
        await press(pilot, "c")
        assert "Nothing of a known cost was spent" in screen_text(monitor)


async def test_from_a_part_to_the_calls_behind_it_and_back():
    monitor = app()
    async with monitor.run_test(size=(120, 40)) as pilot:
        await press(pilot, "c", "j", "enter", "enter")
        assert isinstance(wanted(monitor), CallsRequest)
        assert wanted(monitor).filter.startswith("node=")
        await press(pilot, "escape")
        assert wanted(monitor) == ChangeRequest()
        await press(pilot, "escape")
        assert wanted(monitor) == OverviewRequest()


async def test_c_again_picks_another_time_to_compare_with():
    monitor = app()
    async with monitor.run_test(size=(120, 40)) as pilot:
        await press(pilot, "c", "c", "j", "enter")
        assert wanted(monitor) == replace(ChangeRequest(), against="day")
        assert "the same time a day earlier" in screen_text(monitor)
