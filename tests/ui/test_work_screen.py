"""From the runs down to what happened for one issue, with the keys that a user presses."""

from pathlib import Path

import pytest
from sample_monitor import SampleFeed, sample_app
from sample_store import ZONE
from sample_work import work_sources
from screen_text import assert_screen, press, screen_text

from costtui.ui.screens.calls import CallsScreen
from costtui.ui.screens.work import WorkScreen

SNAPSHOTS = Path(__file__).parent / "snapshots" / "work"


@pytest.fixture
def app(tmp_path):
    with work_sources(tmp_path / "s.db", str(ZONE)) as sources:
        made = sources()
        yield sample_app(SampleFeed(lambda request: made))


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_run_over_issues_is_drilled_into(app, size):
    async with app.run_test(size=size) as pilot:
        await press(pilot, "3")
        assert "1/2 50 %" in screen_text(app)
        await press(pilot, "g", "enter")
        await press(pilot, "I")
        await assert_screen(pilot, SNAPSHOTS, f"run-{size[0]}x{size[1]}")
        await press(pilot, "enter")
        await assert_screen(pilot, SNAPSHOTS, f"issue-{size[0]}x{size[1]}")


async def test_an_attempt_leads_to_its_calls_and_back(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "3", "g", "enter", "I", "enter", "tab", "enter")
        assert isinstance(app.screen, CallsScreen)
        assert "planning" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, WorkScreen)


async def test_a_run_without_issues_does_not_offer_them(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "3", "G", "enter")
        assert "I issues" not in screen_text(app)
        await press(pilot, "I")
        assert not isinstance(app.screen, WorkScreen)
