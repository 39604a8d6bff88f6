"""From the causes to the evidence, and from a call to its verdicts: how it looks, and what keys do."""

from dataclasses import replace
from pathlib import Path

import pytest
from sample_evidence import sample_attribution
from sample_monitor import SampleFeed, sample_app
from sample_store import sample_sources
from screen_text import assert_screen, press, screen_text

from costtui.view.attribution import AttributionRequest
from costtui.view.evidence import EvidenceRequest
from costtui.view.trace import TraceRequest

SNAPSHOTS = Path(__file__).parent / "snapshots" / "attribution"


def app_with_evidence(**more):
    attribution = sample_attribution()
    return sample_app(
        SampleFeed(lambda request: replace(sample_sources(window=request.window), attribution=attribution)),
        **more,
    )


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("name", "keys"), [("causes", ("7",)), ("evidence", ("7", "j", "enter"))])
async def test_how_it_looks(name, keys, size):
    app = app_with_evidence()
    async with app.run_test(size=size) as pilot:
        await press(pilot, *keys)
        await assert_screen(pilot, SNAPSHOTS, f"{name}-{size[0]}x{size[1]}")


async def test_a_store_without_events_says_how_to_point_an_sdk_at_the_tap():
    app = sample_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "7")
        assert "costtui tap" in screen_text(app)
        await assert_screen(pilot, SNAPSHOTS, "empty")


async def test_enter_leads_to_the_evidence_and_y_copies_the_fix():
    app = app_with_evidence()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "7", "enter")
        assert isinstance(app.page_screen.request(), EvidenceRequest)
        await press(pilot, "y")
        assert app.clipboard.startswith("Use one stable key")
        await press(pilot, "escape")
        assert app.page_screen.request() == AttributionRequest()


async def test_d_on_a_call_leads_to_its_attribution_and_nowhere_else():
    app = app_with_evidence()
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "2", "d")
        assert not isinstance(app.page_screen.request(), TraceRequest)
        await press(pilot, "4", "d")
        assert isinstance(app.page_screen.request(), TraceRequest)
        await press(pilot, "escape", "enter", "d")
        assert isinstance(app.page_screen.request(), TraceRequest)


@pytest.mark.parametrize("theme", ["costtui-light", "ansi-dark"])
async def test_every_theme_draws_it_in_every_size(theme):
    app = app_with_evidence(theme=theme)
    async with app.run_test(size=(60, 15)) as pilot:
        await press(pilot, "7", "enter")
        assert screen_text(app).strip()
