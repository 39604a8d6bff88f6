"""Alerts: listed from every page, told once with the bell, and Enter leads to the cause."""

from dataclasses import replace
from pathlib import Path

import pytest
from sample_monitor import SampleFeed, sample_app
from sample_store import MINUTE, NOW_US, sample_sources
from screen_text import assert_screen, press, screen_text, shown

from costtui.facts import Alert, Severity
from costtui.ui.announce import Announcer
from costtui.ui.place import PLACES
from costtui.view.alerts import AlertsRequest
from costtui.view.calls import CallsRequest
from costtui.view.nodes import NodesRequest

SNAPSHOTS = Path(__file__).parent / "snapshots" / "alerts"
ALERTS = (
    Alert(
        "budget_exceeded",
        "everything / day",
        Severity.ERROR,
        "everything / day: $10.40 spent, above the limit of $10.00",
        NOW_US - 3 * MINUTE,
        "nodes",
    ),
    Alert(
        "cost_anomaly",
        "extract",
        Severity.WARNING,
        "extract costs $0.0041 per call, 3.2 × its usual $0.0013 ($0.0011–$0.0015): 9.4 deviations, above 6",
        NOW_US - 50 * MINUTE,
        "calls",
        "",
        "node=extract",
    ),
    Alert(
        "unknown_price",
        "local/qwen3-4b",
        Severity.WARNING,
        "28 calls of local/qwen3-4b in 7 days have no known price: set one with costtui prices set",
        NOW_US - 26 * 60 * MINUTE,
        "calls",
        "",
        "model=qwen3-4b source=unknown",
    ),
    Alert(
        "cache_hit_rate",
        "",
        Severity.INFO,
        "the cache answered 12 % of 600 calls over 7 days, below 20 %",
        NOW_US - 40 * 60 * MINUTE,
        "nodes",
    ),
)


class AlertFeed(SampleFeed):
    """A feed with alerts under way."""

    begun = ()

    def snapshot(self, request):
        sources = replace(sample_sources(window=request.window), alerts=ALERTS)
        page = request.page.build(sources)
        return replace(super().snapshot(request), page=page, alerts=ALERTS, begun=self.begun)


def wanted(app):
    return app.page_screen.request()


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_alerts_of_a_store(size):
    app = sample_app(AlertFeed(), places=PLACES[:4])
    async with app.run_test(size=size) as pilot:
        await press(pilot, "a", "j")
        await assert_screen(pilot, SNAPSHOTS, f"alerts-{size[0]}x{size[1]}")


async def test_nothing_is_wrong():
    app = sample_app(places=PLACES[:4])
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "a")
        await assert_screen(pilot, SNAPSHOTS, "alerts-none")


async def test_the_overview_counts_the_alerts():
    app = sample_app(AlertFeed())
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot)
        assert "ALERTS" in screen_text(app)


@pytest.mark.parametrize("keys", [(), ("2",), ("2", "enter"), ("3", "enter"), ("4", "k", "enter")], ids=str)
async def test_a_lists_the_alerts_from_every_page_and_leaves_them_again(keys):
    app = sample_app(AlertFeed())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, *keys)
        before = wanted(app)
        await press(pilot, "a")
        assert wanted(app) == AlertsRequest()
        await press(pilot, "a")
        assert wanted(app) == before
        await press(pilot, "a", "escape")
        assert wanted(app) == before


async def test_enter_leads_to_the_cause_in_a_window_that_shows_it():
    app = sample_app(AlertFeed())
    async with app.run_test(size=(120, 40)) as pilot:
        await press(pilot, "a", "j", "enter")
        since = (NOW_US - 110 * MINUTE, NOW_US)
        assert (wanted(app), app.window.name) == (CallsRequest("node=extract", between=since), "6h")
        assert "node=extract since 11:15" in screen_text(app)
        await press(pilot, "escape", "j", "enter")
        assert (wanted(app), app.window.name) == (CallsRequest("model=qwen3-4b source=unknown"), "7d")
        await press(pilot, "escape", "g", "enter")
        assert wanted(app) == NodesRequest()


async def test_a_filter_narrows_the_alerts():
    app = sample_app(AlertFeed())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "a", "slash", *"severity=warning", "enter")
        assert "2 of 4" in screen_text(app)


async def test_what_begins_is_told_with_the_bell():
    class Beginning(AlertFeed):
        begun = ALERTS

    rung = []
    app = sample_app(Beginning())
    app.bell = lambda: rung.append(1)
    async with app.run_test(size=(120, 40)) as pilot:
        await shown(pilot)
        (told,) = app._notifications  # Textual keeps what is told under a private name only
        assert told.message == f"{ALERTS[0].message}\nand 2 more · a lists them"
        await press(pilot, "2", "3")
        assert len(rung) == len(app._notifications) == 1


def test_each_alert_is_told_once_and_mere_information_not_at_all():
    announcer = Announcer()
    assert announcer.news(ALERTS[3:]) is None
    assert announcer.news(ALERTS[1:2]) == (ALERTS[1].message, False)
    text, bad = announcer.news(ALERTS)
    assert text == f"{ALERTS[0].message}\nand 1 more · a lists them"
    assert bad
    assert announcer.news(ALERTS) is None
    assert announcer.news([replace(ALERTS[1], since_us=NOW_US)]) == (ALERTS[1].message, False)
