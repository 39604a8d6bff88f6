"""Two runs side by side."""

from dataclasses import replace

from sample_store import sample_sources

from costtui.view.run_diff import RunDiffRequest


def test_the_nodes_differ_by_what_their_calls_cost_and_add_up_to_the_runs():
    sources = sample_sources()
    base, other = sources.runs[4], sources.runs[7]
    page = RunDiffRequest(base.run_id, other.run_id).build(sources)
    more = sum(one.more_nano for one in page.pairings)
    assert more == other.cost_nano - base.cost_nano
    sizes = [abs(one.more_nano) for one in page.pairings]
    assert sizes == sorted(sizes, reverse=True)
    by_node = {one.node: one for one in page.pairings}
    calls = [
        call for call in sources.reader.all_calls if call.run_id == base.run_id and call.node == "extract"
    ]
    assert by_node["extract"].base.cost_nano == sum(call.cost.nano for call in calls)


def test_the_same_run_differs_in_nothing():
    sources = sample_sources()
    run_id = sources.runs[4].run_id
    page = RunDiffRequest(run_id, run_id).build(sources)
    assert {one.more_nano for one in page.pairings} == {0}
    assert {one.more_ms for one in page.pairings} == {0}
    assert [pair.value for pair in page.sections[1].pairs] == ["alike"]


def test_only_what_differs_in_the_configuration_is_shown():
    sources = sample_sources()
    runs = list(sources.runs)
    runs[4] = replace(runs[4], config={"model": "a", "temperature": 0.2})
    runs[5] = replace(runs[5], config={"model": "a", "temperature": 0.9, "seed": 7})
    sources.reader.all_runs = runs
    page = RunDiffRequest(runs[4].run_id, runs[5].run_id).build(sources)
    pairs = {pair.label: pair.value for pair in page.sections[1].pairs}
    assert pairs == {"temperature": "0.2 → 0.9", "seed": "– → 7"}


def test_a_run_that_is_not_there_is_named():
    assert "'gone'" in RunDiffRequest("nightly-0400", "gone").build(sample_sources()).missing


def test_enter_leads_to_the_calls_of_the_node_in_the_other_run():
    sources = sample_sources()
    page = RunDiffRequest(sources.runs[4].run_id, sources.runs[5].run_id).build(sources)
    assert page.target("extract").filter == f"run={sources.runs[5].run_id} node=extract"
