"""The overview says whether all is well, and asks the store for as little as possible."""

from dataclasses import replace

import pytest
from sample_store import NOW_US, MemoryReader, sample_calls, sample_sources

from costtui.facts import Alert, Cost, CostSource, Severity, Status, Usage
from costtui.view.chart import has_open_end, per_bucket
from costtui.view.overview import OverviewRequest
from costtui.view.target import Target
from costtui.window import Span


def figures(page):
    return {figure.label: figure for figure in page.headline}


def test_the_figures_of_the_headline_are_those_of_all_calls():
    calls = sample_calls()
    page = OverviewRequest().build(sample_sources(calls))
    cost = sum(call.cost.nano or 0 for call in calls) / 1e9
    assert figures(page)["spent"].value == f"≈${cost:.2f}"
    assert figures(page)["spent"].note == f"+{sum(c.cost.nano is None for c in calls)} unpriced"
    assert figures(page)["calls"].value == "600"
    assert figures(page)["unpriced"].tone == "warn"


def test_calls_without_a_price_are_never_shown_as_zero():
    calls = [
        replace(call, cost=Cost(None, CostSource.UNKNOWN), usage=Usage(5, 5)) for call in sample_calls(20)
    ]
    page = OverviewRequest().build(sample_sources(calls, states=()))
    assert figures(page)["spent"].value == "–"
    assert {row.cells["cost"].text for row in page.nodes} == {"unpriced"}


def test_the_projection_of_today_adds_the_pace_until_midnight_to_what_is_spent():
    page = OverviewRequest().build(sample_sources())
    per_hour = float(figures(page)["pace"].value.removeprefix("$").removesuffix("/h"))
    projected = float(figures(page)["pace"].note.removeprefix("→ $").removesuffix(" today"))
    assert projected == pytest.approx(6.40 + per_hour * 655 / 60, rel=0.01)


def test_nodes_are_ranked_by_cost_and_shares_add_up():
    page = OverviewRequest().build(sample_sources())
    costs = [row.cells["cost"].sort or 0 for row in page.nodes]
    assert costs == sorted(costs, reverse=True)
    assert sum(record["share"] or 0 for record in page.rows()) == pytest.approx(1.0, abs=1e-5)


def test_recent_errors_come_from_the_calls_at_hand_without_asking_the_store():
    sources = sample_sources()
    assert isinstance(sources.reader, MemoryReader)
    sources.reader.queries.clear()
    page = OverviewRequest().build(sources)
    assert sources.reader.queries == []
    assert all(row.cells["what"].text == "failed" for row in page.troubles)
    assert page.trouble_targets[page.troubles[0].key] == Target("call", page.troubles[0].key)


def test_errors_older_than_the_calls_at_hand_are_looked_up():
    calls = [replace(call, status=Status.OK, error="") for call in sample_calls(300)]
    calls[0] = replace(calls[0], status=Status.ERROR, error="boom")
    sources = replace(sample_sources(calls), recent=calls[-10:])
    page = OverviewRequest().build(sources)
    assert [row.cells["text"].text for row in page.troubles] == ["boom"]


def test_alerts_come_before_errors_and_have_the_last_word_in_the_headline():
    alert = Alert("daily_spend", "", Severity.WARNING, "$51.20 today is above $50", NOW_US, "nodes")
    page = OverviewRequest().build(replace(sample_sources(), alerts=(alert,)))
    assert page.troubles[0].cells["text"].text == alert.message
    assert page.trouble_targets[page.troubles[0].key] == Target("nodes")
    assert figures(page)["alerts"].value == "1"


def test_an_empty_store_says_what_is_missing_where_and_what_to_run():
    page = OverviewRequest().build(sample_sources([]))
    assert "pipeline.db" in page.empty
    assert "costtui demo" in page.empty


def test_an_empty_window_names_the_newest_call_and_the_key_that_widens():
    calls = [replace(call, started_us=call.started_us - 86_400_000_000) for call in sample_calls(10)]
    page = OverviewRequest().build(sample_sources(calls, states=()))
    assert "Nov 21" in page.empty
    assert "]" in page.empty


def test_the_chart_has_a_value_per_bucket_and_the_day_budget_as_its_line():
    sources = sample_sources()
    page = OverviewRequest().build(sources)
    assert len(page.spend.values) == sources.span.buckets
    assert page.spend.title == "spend per 5 minutes"
    assert page.spend.threshold == pytest.approx(10 / 24 / 12)
    assert page.spend.threshold_label == "$10.00 per day"


def test_the_worst_budget_comes_first_and_leads_to_what_burns_it():
    page = OverviewRequest().build(sample_sources())
    assert page.gauges[0].level == "WARN"
    assert page.worst() == Target("nodes")


def test_the_headline_counts_budgets_that_will_not_last():
    states = sample_sources().reader.budgets((), NOW_US)
    day = next(one for one in states if one.budget.scope == "everything" and one.end_us)
    unwarned = replace(day, budget=replace(day.budget, warning_nano=day.budget.max_nano))
    page = OverviewRequest().build(sample_sources(states=(unwarned,)))
    assert (figures(page)["budgets"].value, figures(page)["budgets"].note) == ("1 fast", "of 1")


def test_the_spend_of_a_bucket_that_is_not_over_is_scaled_up_and_said_to_be():
    minute = 60_000_000
    span = Span((0, minute, 2 * minute, 3 * minute))
    assert per_bucket((10**9, 10**9, 10**9), span, 2 * minute + minute // 2) == (1.0, 1.0, 2.0)
    assert has_open_end(span, 2 * minute + minute // 2)
    assert not has_open_end(span, 2 * minute + minute // 10)
    assert not has_open_end(span, 4 * minute)
