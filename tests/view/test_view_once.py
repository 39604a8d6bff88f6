"""The figures without a screen: the JSON that scripts read, and the text that people read."""

import json

import pytest
from sample_store import sample_calls, sample_sources

from costtui.view.once import once_json, once_text


def test_the_json_has_the_documented_keys_and_is_json():
    figures = json.loads(json.dumps(once_json(sample_sources())))
    assert list(figures) == [
        "store",
        "kind",
        "window",
        "totals",
        "nodes",
        "models",
        "runs",
        "budgets",
        "quality",
        "alerts",
    ]
    assert figures["window"]["tz"] == "Europe/Berlin"
    expected = {
        "calls",
        "cost_usd",
        "estimated_calls",
        "unpriced_calls",
        "input_tokens",
        "output_tokens",
        "errors",
    }
    assert expected <= set(figures["totals"])
    assert {"node", "calls", "cost_usd", "share", "p50_ms", "p95_ms"} <= set(figures["nodes"][0])


def test_totals_nodes_and_models_add_up_to_the_calls():
    calls = sample_calls()
    figures = once_json(sample_sources(calls))
    cost = sum(call.cost.nano or 0 for call in calls) / 1e9
    assert figures["totals"]["cost_usd"] == pytest.approx(cost, abs=1e-12)
    for part in ("nodes", "models"):
        assert sum(one["cost_usd"] or 0 for one in figures[part]) == pytest.approx(cost, abs=1e-9)
        assert sum(one["calls"] for one in figures[part]) == len(calls)


def test_a_node_without_any_price_costs_null_not_zero():
    nodes = {one["node"]: one for one in once_json(sample_sources())["nodes"]}
    assert nodes["summarise"]["cost_usd"] is None
    assert nodes["summarise"]["unpriced_calls"] > 0


def test_percentiles_are_within_one_percent():
    calls = [call for call in sample_calls() if call.node == "extract"]
    latencies = sorted(call.latency_ms for call in calls)
    nodes = {one["node"]: one for one in once_json(sample_sources())["nodes"]}
    exact = latencies[-(-len(latencies) * 95 // 100) - 1]
    assert nodes["extract"]["p95_ms"] == pytest.approx(exact, rel=0.01)


def test_the_text_has_every_part_and_lines_up():
    text = once_text(sample_sources())
    assert "spent   ≈$6.35 +34 unpriced" in text
    nodes = text.partition("nodes\n")[2].partition("\n\n")[0].splitlines()
    assert len(nodes) == 6
    assert nodes[0].rstrip().endswith("unpriced")
    assert "everything / day" in text


def test_an_empty_store_is_told_in_words():
    text = once_text(sample_sources([]))
    assert "No calls recorded in pipeline.db yet." in text
    assert once_json(sample_sources([]))["totals"]["calls"] == 0
