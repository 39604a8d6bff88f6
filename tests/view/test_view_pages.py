"""Nodes, runs and calls: what they hold, what filters let through, and what empty ones say."""

from dataclasses import replace

import pytest
from sample_store import NOW_US, ZONE, sample_calls, sample_runs, sample_sources, sample_steps

from costtui.facts import Cost, CostSource, Quality, Status, Step, Usage
from costtui.view.breakdown import of_steps
from costtui.view.call import CallRequest
from costtui.view.calls import CallsRequest
from costtui.view.node import NodeRequest
from costtui.view.nodes import NodesRequest
from costtui.view.run import RunRequest
from costtui.view.runs import RunsRequest
from costtui.view.target import Target
from costtui.window import covered

SOURCES = sample_sources()


def texts(row):
    return {name: cell.text for name, cell in row.cells.items()}


def test_every_node_has_the_calls_and_the_cost_of_its_calls():
    calls = sample_calls()
    for row in NodesRequest().build(SOURCES).table:
        own = [call for call in calls if call.node == row.key]
        assert row.cells["calls"].sort == len(own)
        known = sum(call.cost.nano or 0 for call in own) / 1e9
        assert row.cells["cost"].sort == (pytest.approx(known) if known else None)


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("calls>150", {"extract", "supervisor"}),
        ("node:ana", {"analyze"}),
        ("!node:x errors<0.03 p50<2000", {"supervisor"}),
        ("cost_usd>2", {"plan/decompose", "analyze"}),
        ("unpriced>0", {"summarise"}),
    ],
)
def test_filters_look_at_the_fields_of_the_table(text, nodes):
    shown = {row.key for row in NodesRequest(text).build(SOURCES).table}
    assert shown == nodes


def test_a_filter_that_hides_everything_says_so_and_how_to_clear_it():
    for request in (NodesRequest("xyz"), RunsRequest("xyz"), CallsRequest("xyz")):
        page = request.build(SOURCES)
        assert page.table == ()
        assert "xyz" in page.empty
        assert "esc" in page.empty


def test_rows_read_the_same_where_nothing_has_changed():
    first, second = NodesRequest().build(SOURCES), NodesRequest().build(sample_sources())
    assert first.table == second.table
    changed = NodesRequest().build(sample_sources(sample_calls()[:-1]))
    assert first.table != changed.table


def test_live_totals_that_grow_do_not_change_a_page_already_built():
    sources = sample_sources()
    page = NodesRequest().build(sources)
    for sums in sources.totals.series.values():
        sums.add(sample_calls()[0])
    assert page.table == NodesRequest().build(sample_sources()).table


def test_a_node_adds_up_from_its_models_and_shows_its_newest_calls():
    page = NodeRequest("analyze").build(SOURCES)
    assert [row.cells["model"].text for row in page.models] == ["gpt-4o"]
    own = [call for call in sample_calls() if call.node == "analyze"]
    assert [row.key for row in page.calls[:3]] == [str(call.id) for call in own[:-4:-1]]
    assert page.target(page.calls[0].key) == Target("call", page.calls[0].key)
    assert any(value is not None for value in page.latency.values)


def test_a_node_that_nobody_called_is_an_empty_page():
    page = NodeRequest("nowhere").build(SOURCES)
    assert page.calls == ()
    assert page.headline[1].value == "0"


def test_runs_at_work_come_first_and_their_duration_counts_until_now():
    page = RunsRequest().build(SOURCES)
    first = page.items[0]
    assert first.run.status is Status.RUNNING
    assert first.duration_ms == (NOW_US - first.run.started_us) // 1000
    started = [item.run.started_us for item in page.items[1:]]
    assert started == sorted(started, reverse=True)


def test_a_sum_that_leaves_out_unpriced_calls_is_marked_in_the_narrowest_table():
    calls = [replace(call, node="mixed") for call in sample_calls()]
    (row,) = NodesRequest().build(sample_sources(calls)).table
    assert row.cells["cost"].text == "≈$6.35+"
    run = next(run for run in SOURCES.runs if run.unpriced and run.cost_nano)
    shown = {row.key: row for row in RunsRequest().build(SOURCES).table}
    assert shown[run.run_id].cells["cost"].text.endswith("+")


def test_an_interrupted_run_lasts_until_its_last_sign_of_life():
    item = next(item for item in RunsRequest("status:interrupted").build(SOURCES).items)
    assert item.duration_ms == (item.run.last_us - item.run.started_us) // 1000


def test_calls_follow_with_the_newest_last_and_need_no_query():
    sources = sample_sources()
    sources.reader.queries.clear()
    page = CallsRequest().build(sources)
    assert sources.reader.queries == []
    ids = [int(row.key) for row in page.table]
    assert ids == sorted(ids)
    assert ids[-1] == 600


def test_a_filter_and_an_order_look_at_all_calls_of_the_window():
    page = CallsRequest("status:error", order="cost").build(SOURCES)
    assert len(page.table) == sum(call.status is Status.ERROR for call in sample_calls())
    dearest = CallsRequest(order="cost", limit=3).build(SOURCES)
    costs = sorted((call.cost.nano or 0 for call in sample_calls()), reverse=True)
    assert [round((row.cells["cost"].sort or 0) * 1e9) for row in dearest.table] == costs[:3]


def test_the_lines_of_a_bill_add_up_to_the_cost():
    call = next(call for call in sample_calls() if call.cost.lines)
    page = CallRequest(call.id).build(SOURCES)
    assert sum(round(row.cells["cost"].sort * 1e9) for row in page.bill) == call.cost.nano
    assert "genai-prices" in page.bill_note


def test_a_call_without_a_price_names_the_command_that_binds_one():
    call = next(call for call in sample_calls() if call.cost.nano is None)
    page = CallRequest(call.id).build(SOURCES)
    assert "\nu sets one and prices its calls" in page.bill_note
    assert "costtui prices set qwen3-4b --provider local" in page.bill_note
    assert page.headline[0].value == "unpriced"


def test_a_cost_that_the_provider_reported_shows_the_drift_from_the_price_book():
    call = replace(sample_calls()[0], cost=Cost(1_200_000, CostSource.PROVIDER, "openrouter", (), 1_000_000))
    page = CallRequest(call.id).build(sample_sources([call]))
    assert "(+$0.0002)" in page.bill_note


def test_usage_that_the_answer_did_not_say_is_not_shown_as_zero():
    call = replace(sample_calls()[0], usage=Usage())
    page = CallRequest(call.id).build(sample_sources([call]))
    values = {figure.label: figure.value for figure in page.headline}
    assert (values["input"], values["output"]) == ("–", "–")


def test_attempts_of_one_operation_are_listed_together():
    page = CallRequest(501).build(SOURCES)
    assert [row.key for row in page.attempts] == ["502"]


def test_pages_of_things_that_are_gone_say_so():
    assert "999" in CallRequest(999).build(SOURCES).missing
    assert "'gone'" in RunRequest("gone").build(SOURCES).missing


def test_the_breakdown_counts_the_time_of_nested_nodes_once():
    steps = [
        Step("a", "r", "outer", 0, 10_000_000, Status.OK),
        Step("b", "r", "outer/x", 1_000_000, 5_000_000, Status.OK),
        Step("c", "r", "outer/y", 3_000_000, 7_000_000, Status.OK),
    ]
    parts = {part.node: part for part in of_steps(steps, NOW_US)}
    assert parts["outer"].own_ms == 4_000
    assert sum(part.time_share for part in parts.values()) == pytest.approx(1)


def test_overlapping_intervals_cover_their_union():
    assert covered([(0, 4), (2, 6), (8, 9)], 0, 10) == 7
    assert covered([(0, 40)], 0, 10) == 10
    assert covered([], 0, 10) == 0


def test_the_page_of_a_run_has_its_timeline_its_calls_and_its_configuration():
    run = SOURCES.runs[6]
    page = RunRequest(run.run_id).build(SOURCES)
    assert len(page.bars) == len(sample_steps(run, sample_calls()))
    assert len(page.calls) == run.calls
    titles = {section.title for section in page.sections}
    assert titles == {"run", "critical path", "quality", "configuration"}
    shares = [row.cells["time_share"].sort for row in page.breakdown]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


def test_a_run_without_steps_is_broken_down_by_its_calls():
    sources = sample_sources()
    sources.reader.steps = lambda run_id: []
    page = RunRequest(sources.runs[3].run_id).build(sources)
    assert page.bars_title == "timeline of calls"
    assert len(page.bars) == sources.runs[3].calls


def test_a_running_step_has_no_end_on_the_timeline():
    sources = sample_sources()
    sources.reader.steps = lambda run_id: [Step("s", run_id, "extract", NOW_US - 5_000_000)]
    page = RunRequest(sources.runs[0].run_id).build(sources)
    assert page.bars[0].end_us is None
    assert page.breakdown[0].cells["time"].text == "5.0 s"


def test_nulls_everywhere_make_no_page_fail():
    bare = replace(
        sample_calls()[0], node="", model="", provider="", run_id="", latency_ms=None, ttft_ms=None
    )
    bare = replace(bare, usage=Usage(), cost=Cost(None, CostSource.UNKNOWN), operation="", subsystem="")
    sources = sample_sources([bare], states=())
    sources = replace(sources, runs=tuple(replace(run, ended_us=None, last_us=0) for run in sources.runs))
    requests = (
        NodesRequest(),
        NodeRequest(""),
        RunsRequest(),
        RunRequest(""),
        CallsRequest(),
        CallRequest(1),
    )
    for request in requests:
        page = request.build(sources)
        assert isinstance(page.rows(), list)
        for name in ("table", "models", "calls", "bill", "breakdown"):
            for row in getattr(page, name, ()):
                assert all(isinstance(text, str) for text in texts(row).values())


def test_absurd_values_make_no_page_fail():
    huge = 2**62
    call = replace(
        sample_calls()[0],
        usage=Usage(huge, huge, huge, huge),
        cost=Cost(huge, CostSource.PROVIDER),
        latency_ms=huge,
        ttft_ms=-huge,
    )
    sources = sample_sources([call])
    for request in (NodesRequest(), NodeRequest(call.node), CallsRequest(), CallRequest(call.id)):
        page = request.build(sources)
        for name in ("table", "models", "calls", "bill"):
            assert all(texts(row) for row in getattr(page, name, ()))


def test_quality_of_a_run_is_the_record_of_that_run():
    run = next(run for run in sample_runs(sample_calls()) if run.quality is not None)
    sources = sample_sources()
    record = Quality(run.run_id, NOW_US, "", 0.5, 0.1, 0.2, 0.3, 0.4, False, 1, 1)
    sources.reader.quality = lambda span, limit=1000: [replace(record, run_id="other"), record]
    pairs = {s.title: s.pairs for s in RunRequest(run.run_id).build(sources).sections}["quality"]
    assert [pair.value for pair in pairs[:3]] == ["0.50", "0.10", "0.20"]


def test_times_of_today_have_seconds_and_older_ones_their_date():
    calls = sample_calls(40, hours=30)
    row = CallsRequest().build(sample_sources(calls, window=sample_window()))
    assert row.table[0].cells["time"].text.startswith("Nov 21")
    assert row.table[-1].cells["time"].text.count(":") == 2


def sample_window():
    from costtui.window import parse_window

    return parse_window("7d", ZONE)


def test_a_field_that_there_is_not_is_named_with_those_that_there_are():
    assert "no field 'nodes': use node, calls, cost" in NodesRequest("nodes:x").build(SOURCES).empty
    assert "no field 'price': use node, provider" in CallsRequest("price>1").build(SOURCES).empty
    assert "no field" not in CallsRequest("tag.team:x").build(SOURCES).empty
