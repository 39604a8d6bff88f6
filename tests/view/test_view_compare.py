"""The compare page: what can be compared, verdicts in words, another model's price, and where Enter leads."""

from dataclasses import replace

import pytest
from sample_store import sample_calls, sample_sources

from costtui.analysis.compare import compare
from costtui.analysis.outcome import of_calls
from costtui.reading import CallQuery
from costtui.view.calls import CallsRequest
from costtui.view.compare import ALL_NODES, CompareRequest
from costtui.view.runs import RunsRequest


def configured_sources():
    """The sample, where every other run was hotter, and dearer."""
    sources = sample_sources()
    runs = [
        replace(
            run,
            config={"llm": {"Temperature": 0.9 if index % 2 else 0.2}, "odd-name": index % 3},
            cost_nano=run.cost_nano * (3 if index % 2 else 1),
        )
        for index, run in enumerate(sources.runs)
    ]
    sources.reader.all_runs = runs
    return replace(sources, runs=tuple(runs))


def cell(row, name):
    return row.cells[name].text


def test_the_first_choice_is_the_model_and_only_what_differs_is_offered():
    page = CompareRequest().build(sample_sources())
    assert page.chosen.key == "calls:model"
    assert page.chosen.values == 4
    keys = [choice.key for choice in page.choices]
    assert "calls:node" in keys
    assert "runs:subsystem" in keys
    assert "calls:variation" not in keys  # every call has the same


def test_figures_are_those_of_the_comparison():
    sources = sample_sources()
    page = CompareRequest("calls:node").build(sources)
    calls = of_calls(sources.reader.calls(CallQuery(span=sources.span, limit=2000)))
    expected = compare(calls, "node", noun="users or runs")
    assert [side.arm.name for side in page.sides] == [arm.name for arm in expected.arms]
    assert page.baseline == expected.baseline == "supervisor"
    assert [cell(row, "verdict") for row in page.verdicts] == [one.verdict.text for one in expected.contrasts]
    assert "observational" in page.title


def test_another_baseline_turns_the_verdict_round():
    sources = sample_sources()
    page = CompareRequest("calls:node", baseline="analyze").build(sources)
    by_arm = {row.key: cell(row, "verdict") for row in page.verdicts}
    assert page.baseline == "analyze"
    assert "cheaper" in by_arm["supervisor\x1fcost"]
    tones = {row.key: row.cells["verdict"].tone for row in page.verdicts}
    assert tones["supervisor\x1fcost"] == "ok"


def test_runs_are_compared_by_a_nested_field_of_their_configuration_and_lead_to_those_runs():
    sources = configured_sources()
    page = CompareRequest("runs:llm.Temperature").build(sources)
    assert [row.key for row in page.arms] == ["0.2", "0.9"]
    target = page.arm_target("0.9")
    assert target.place == "runs"
    found = RunsRequest(target.filter).build(sources)
    assert {item.run.config["llm"]["Temperature"] for item in found.items} == {0.9}
    assert len(found.items) == page.sides[1].arm.count


def test_a_field_that_no_filter_can_name_leads_nowhere():
    page = CompareRequest("runs:odd-name").build(configured_sources())
    assert page.arm_target("0") is None


def test_enter_on_a_group_of_calls_leads_to_its_calls_under_the_same_filter():
    sources = sample_sources()
    page = CompareRequest("calls:model", filter="node=extract").build(sources)
    (side,) = page.sides
    target = page.arm_target(side.arm.name)
    assert target == page.verdict_target(f"{side.arm.name}\x1fcost")
    found = CallsRequest(target.filter).build(sources)
    assert len(found.items) == side.arm.count
    assert {item.call.node for item in found.items} == {"extract"}


def test_calls_of_another_model_cost_what_its_price_says():
    sources = replace(
        sample_sources(),
        price_of=lambda provider, model: lambda usage, at_us: (usage.input_tokens or 0) * 1000,
    )
    page = CompareRequest(other="openai/gpt-4o").build(sources)
    records = [row.cells.record() for row in page.what_if]
    assert records[0]["node"] == ALL_NODES
    known = [(series, sums) for series, sums in sources.totals.series.items() if not sums.unpriced]
    assert records[0]["other_usd"] == pytest.approx(sum(sums.input_tokens for _, sums in known) / 1e6)
    assert records[0]["actual_usd"] == pytest.approx(sum(sums.cost_nano for _, sums in known) / 1e9)
    assert sum(record["calls"] for record in records[1:]) == records[0]["calls"]


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("openai/gpt-4o", ("openai", "gpt-4o")),
        ("gpt-4o", ("", "gpt-4o")),
        ("together/meta-llama/Llama-3", ("together", "meta-llama/Llama-3")),
    ],
)
def test_a_model_is_asked_for_by_provider_and_name(typed, asked):
    seen = []

    def price_of(provider, model):
        seen.append((provider, model))
        return lambda usage, at_us: 1

    CompareRequest(other=typed).build(replace(sample_sources(), price_of=price_of))
    assert seen == [asked]


def test_a_model_without_provider_is_offered_by_its_name():
    calls = [replace(call, provider="", model="acme/tiny") for call in sample_calls(20)]
    seen = []

    def price_of(provider, model):
        seen.append((provider, model))
        return lambda usage, at_us: 1

    page = CompareRequest(other="acme/tiny").build(replace(sample_sources(calls), price_of=price_of))
    assert page.models == ("acme/tiny",)
    assert seen == [("", "acme/tiny")]


def test_without_a_price_the_page_says_so():
    sources = replace(sample_sources(), price_of=lambda provider, model: lambda usage, at_us: None)
    page = CompareRequest(other="acme/none").build(sources)
    assert page.what_if == ()
    assert "no price is known for acme/none" in page.what_if_empty
    assert "m:" in CompareRequest().build(sources).what_if_empty


def test_configurations_are_ranked_with_the_runs_behind_them():
    page = CompareRequest().build(configured_sources())
    best = page.configurations[0].cells
    assert best["name"].text.startswith("Temperature=0.2, odd-name=")
    assert sum(row.cells["runs"].sort for row in page.configurations) == 24
    assert "mean score" in page.configurations_title


def test_the_answer_stands_above_all_in_a_sentence():
    page = CompareRequest("runs:llm.Temperature").build(configured_sources())
    assert page.answer.startswith("Temperature 0.2 is the cheapest: Temperature 0.9 is 71")
    assert CompareRequest().build(sample_sources([])).answer == ""


def test_an_empty_window_says_what_to_do():
    assert "costtui demo" in CompareRequest().build(sample_sources([])).empty
    filtered = CompareRequest(filter="node=nothing").build(sample_sources())
    assert "esc clears it" in filtered.empty
