"""The leads that cost most: from the overview to the calls that were made for one."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from sample_monitor import SampleFeed, sample_app
from sample_store import MemoryReader, sample_calls, sample_sources
from screen_text import assert_screen, press, screen_text

from costtui.reading import LeadCost, LeadTotals
from costtui.ui.place import PLACES
from costtui.view.calls import CallsRequest
from costtui.view.leads import LeadsRequest

SNAPSHOTS = Path(__file__).parent / "snapshots" / "leads"


class LeadingReader(MemoryReader):
    """A reader over lists that knows the leads of its calls."""

    asked = 0

    def leads(self, span, limit=10):
        self.asked += 1
        found = {}
        for call in self.all_calls:
            if call.lead_id and span.start_us <= call.started_us < span.end_us:
                found.setdefault(call.lead_id, []).append(call.cost.nano)
        costs = [
            LeadCost(lead, len(nanos), sum(nano or 0 for nano in nanos), nanos.count(None))
            for lead, nanos in found.items()
        ]
        costs.sort(key=lambda lead: -lead.cost_nano)
        return LeadTotals(len(costs), sum(lead.cost_nano for lead in costs), tuple(costs[:limit]))


@cache
def _sources(window):
    return replace(sample_sources(window=window), reader=LeadingReader(sample_calls()))


def app():
    return sample_app(SampleFeed(lambda request: _sources(request.window)), places=PLACES[:4])


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_leads_of_a_window(size):
    monitor = app()
    async with monitor.run_test(size=size) as pilot:
        await press(pilot, "L", "j")
        await assert_screen(pilot, SNAPSHOTS, f"leads-{size[0]}x{size[1]}")


async def test_enter_on_a_lead_opens_its_calls():
    monitor = app()
    async with monitor.run_test(size=(100, 30)) as pilot:
        await press(pilot, "L", "enter")
        dearest = _sources(monitor.window).reader.leads(_sources(monitor.window).span, 1).dearest[0]
        assert monitor.page_screen.request() == CallsRequest(f"lead={dearest.lead_id}")
        await press(pilot, "escape")
        assert monitor.page_screen.request() == LeadsRequest()


async def test_a_store_that_knows_no_leads_says_how_to_name_them():
    monitor = sample_app(places=PLACES[:4])
    async with monitor.run_test(size=(100, 30)) as pilot:
        await press(pilot, "L")
        assert "record calls with lead_id=" in screen_text(monitor)


def test_leads_are_read_again_after_a_while_only():
    reader = LeadingReader(sample_calls())
    sources = replace(sample_sources(), reader=reader)
    request = LeadsRequest()
    for later in (0, 1_000_000, 3_000_000):
        page = request.build(replace(sources, now_us=sources.now_us + later))
    assert reader.asked == 2
    assert sum(row["cost_usd"] for row in page.rows()) == pytest.approx(
        sum((call.cost.nano or 0) for call in sample_calls()) / 1e9
    )
