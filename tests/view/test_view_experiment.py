"""The experiment page: the result in words, with and without lost events, its doubts, and what to decide."""

from dataclasses import replace

import pytest
from sample_evidence import MemoryEvidence
from sample_experiment import ExperimentReader, experiment_sources
from sample_store import NOW_US, sample_calls, sample_sources

from costtui.analysis.stats import Estimate
from costtui.attribution.experiment.findings import findings_of
from costtui.attribution.experiment.plan import Plan
from costtui.format import UNKNOWN
from costtui.view.experiment import ExperimentRequest
from costtui.view.experiment_table import fine_money, interval_bar
from costtui.view.experiment_words import headline
from costtui.view.target import Target


def built(sources, request=None):
    request = request or ExperimentRequest()
    page = request.build(sources)
    while page.unfinished:
        page = request.build(sources)
    return page


def test_the_result_is_said_in_words_with_the_events_that_count_and_all():
    page = built(experiment_sources())
    assert page.flag == "ai-config"
    assert page.baseline == "motherduck-ai"
    assert page.verdict.startswith("webllm is ")
    assert (
        "less than motherduck-ai per 1,000 requests, by the 80 % of events that count; by all:"
        in page.verdict
    )
    shown = {figure.label: (figure.value, figure.note) for figure in page.headline}
    assert shown["counting"] == ("80 %", "576 of 720 events")
    assert (shown["doubtful"][0], shown["lost"][0]) == ("72", "72")
    assert shown["users"][0] == "240"
    assert shown["split"][0] == "fine"
    assert shown["difference"][1] == "a month"


def test_without_lost_events_both_results_are_one():
    page = built(experiment_sources(lost=False))
    assert page.verdict.endswith("All 720 events count.")
    line = page.lines[0]
    assert line.finding.verdict == line.everything.verdict


def test_each_variation_has_its_figures_and_enter_leads_to_its_calls():
    page = built(experiment_sources())
    assert [record["variation"] for record in page.rows()] == ["motherduck-ai", "webllm"]
    webllm = page.rows()[1]
    assert (webllm["units"], webllm["events"], webllm["share_counted"]) == (120, 360, pytest.approx(0.8))
    assert webllm["cost_per_request_usd"] == pytest.approx(0.00063, rel=0.05)
    assert page.target("webllm") == Target("calls", filter="config=ai-config variation=webllm")
    assert page.target(page.findings[0].key) == page.target("webllm")
    assert page.target('x"y') is None


def test_the_baseline_can_be_chosen_and_nothing_is_read_again():
    here = experiment_sources()
    request = ExperimentRequest()
    built(here, request)
    other = request.of("ai-config", "webllm")
    assert other != request
    page = built(here, other)
    assert page.baseline == "webllm"
    assert page.verdict.startswith("motherduck-ai ")


def test_rules_are_answered_from_the_settings():
    here = replace(experiment_sources(), experiments=(Plan("ai-config", monthly_requests=9_000_000),))
    assert built(here).answers == ()
    answers = {one.rule.name: one for one in built(experiment_sources()).answers}
    assert answers["roll out to starter"].answer == "no"
    assert answers["roll out to all premium"].answer in ("yes", "not yet")


def test_only_the_window_is_looked_at_where_that_is_asked():
    here = experiment_sources()
    page = built(
        replace(here, span=type(here.span)((NOW_US - 86_400_000_000, NOW_US))),
        ExperimentRequest(windowed=True),
    )
    assert sum(one.arm.units for one in page.served) == 24
    assert not page.unfinished


def test_a_page_that_did_not_change_is_the_same_page():
    here = experiment_sources()
    request = ExperimentRequest()
    first = built(here, request)
    assert request.build(replace(here, now_us=here.now_us + 500_000)) is first


def test_a_long_store_is_read_in_parts_and_the_page_says_so():
    here = experiment_sources(users=9_000)
    first = ExperimentRequest().build(here)
    assert first.unfinished
    assert any("still reading" in note for note in first.notes)
    assert not built(here).notes


def test_a_store_that_was_replaced_is_read_anew():
    here = replace(experiment_sources(), attribution=object())
    request = ExperimentRequest()
    built(here, request)
    here.reader.exposures = here.reader.events = ()
    assert built(replace(here, attribution=object()), request).flags == ()


def test_an_empty_page_says_what_is_missing_and_the_command_that_fills_it():
    assert "costtui traffic 200 --store" in built(sample_sources()).empty
    reader = ExperimentReader(sample_calls(10))
    page = built(replace(sample_sources(), reader=reader))
    assert "costtui traffic 200 --store" in page.empty
    assert page.rows() == []


def test_an_event_that_sounds_like_a_cost_is_named_where_no_experiment_asks_for_it():
    full = experiment_sources(lost=False)
    reader = ExperimentReader(sample_calls(10))
    reader.events = tuple(replace(event, key="llm.cost_usd") for event in full.reader.events)
    assert 'metric = "llm.cost_usd"' in built(replace(full, reader=reader)).empty


def test_one_variation_alone_is_nothing_to_compare():
    full = experiment_sources(lost=False)
    reader = ExperimentReader(sample_calls(10))
    reader.exposures = full.reader.exposures[::2]
    page = built(replace(full, reader=reader))
    assert page.verdict == "Nothing to compare: only motherduck-ai was served."
    assert page.findings == ()


@pytest.mark.parametrize(
    ("found", "bar"),
    [
        (Estimate(5, 3, 7, 1), "┈┈┈├─●─┤┈┈┈"),
        (Estimate(0, 0, 0, 1), "●┈┈┈┈┈┈┈┈┈┈"),
        (Estimate(10, 8, 12, 1), "┈┈┈┈┈┈┈┈├─●"),
        (Estimate(5, float("-inf"), float("inf"), 1), "─────●─────"),
        (None, ""),
    ],
)
def test_an_interval_is_drawn_on_one_scale(found, bar):
    assert interval_bar(found, 10, 11) == bar


def test_a_result_is_good_news_only_where_units_were_spread_as_meant():
    here = experiment_sources(lost=False)
    assert built(here).tone == "ok"
    declared = replace(here, experiments=(Plan("ai-config", weights={"motherduck-ai": 9, "webllm": 1}),))
    page = built(declared)
    assert page.tone == "warn"
    assert any("do not believe the differences" in note for note in page.notes)
    reader = here.reader
    reader.exposures = tuple(
        replace(one, reason="RULE_MATCH vip") if one.variation == "webllm" else one
        for one in reader.exposures
    )
    assert built(replace(here, reader=reader)).tone == ""


def test_the_difference_is_that_of_a_variation_whose_cost_is_known():
    page = built(experiment_sources())
    first = next(one for one in findings_of(page.result) if one.quantity == "cost" and one.gap)
    dearer = replace(first, gap=Estimate(1e6, 1e5, 2e6, 0.01))
    untold = replace(first, variation="new", gap=None)
    shown = {figure.label: figure.value for figure in headline(page.result, (dearer, untold))}
    assert shown["difference"].startswith("$")
    assert headline(page.result, (untold,))[-1].value == UNKNOWN


def test_costs_of_requests_have_three_digits_that_matter():
    found = [fine_money(nano) for nano in (996_400.0, 1_004_000.0, 12.0, 0.0, 5e8, None, float("inf"))]
    assert found == ["$0.000996", "$0.00100", "<$0.000001", "$0.00", "$0.50", "–", "–"]


def test_evidence_of_other_readers_is_no_experiment():
    assert built(replace(sample_sources(), reader=MemoryEvidence((), ()))).flags == ()
