import sqlite3
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from report_calls import NOW_US, a_call

from costtui.analysis.quality import nano_per_point, subsystems_of
from costtui.cli import main
from costtui.facts import Cost, CostSource, Quality, Status
from costtui.report.build import build
from costtui.report.data import as_json
from costtui.report.frame import by_days, last_days, read
from costtui.report.kinds import KINDS
from costtui.settings import Settings
from costtui.sources import open_any
from costtui.store import open_writer
from costtui.window import DAY_US, Span

UTC = ZoneInfo("UTC")
STORES = Path(__file__).parents[2] / ".." / "shared" / "fixtures" / "stores"
ALL = Span((0, 2 * NOW_US))


def figures(path: Path, kind: str, span: Span = ALL) -> dict[str, object]:
    with open_any(str(path), Settings(time_zone="UTC")) as opened:
        return as_json(build(kind, read(opened.reader, span, NOW_US, UTC)))


def test_cost_is_what_the_calls_add_up_to(store: Path) -> None:
    found = figures(store, "cost", last_days(30, NOW_US, UTC))
    summary = found["summary"]
    assert isinstance(summary, dict)
    assert summary["total_cost_usd"] == float(Decimal(sum(range(1, 41)) * 1_000_003 + 5) / 10**9)
    assert (summary["calls"], summary["errors"], summary["unpriced_calls"]) == (42, 1, 1)
    assert (summary["estimated_calls"], summary["runs"]) == (1, 10)
    assert summary["min_run_cost_usd"] == float(Decimal((1 + 2 + 3 + 4) * 1_000_003) / 10**9)
    nodes = found["nodes"]
    assert isinstance(nodes, list)
    assert sum(node["calls"] for node in nodes) == 42
    assert round(sum(node["cost_usd"] for node in nodes), 9) == summary["total_cost_usd"]
    over_time = found["cost_over_time"]
    assert isinstance(over_time, list)
    assert [day["name"] for day in over_time][-2:] == ["2026-11-21", "2026-11-22"]
    assert len(over_time) == 30
    assert round(sum(day["value"] for day in over_time), 9) == summary["total_cost_usd"]
    assert any("no known price" in note for note in found["notes"])  # type: ignore[attr-defined]


def test_an_unpriced_model_has_no_cost_rather_than_none(store: Path) -> None:
    models = {model["model"]: model for model in figures(store, "cost")["models"]}  # type: ignore[attr-defined]
    assert (models["new-model"]["cost_usd"], models["new-model"]["unpriced_calls"]) == (None, 1)


def test_providers_leads_and_caches_are_told(store: Path) -> None:
    with open_writer(store, settings=Settings()) as writer:
        for number in range(100, 112):
            lead = f"lead-{number - 100:02d}"
            writer.write(a_call(number - 99, key=f"led-{number}", lead_id=lead, run_id="", provider="local"))
        hit = {"cache_hit": True, "saved_nano": 7_000_000, "cost": Cost(0, CostSource.PRICED)}
        writer.write(a_call(5, key="hit", run_id="", provider="local", status=Status.ERROR, **hit))
    found = figures(store, "cost", last_days(30, NOW_US, UTC))
    providers = {one["provider"]: one for one in found["providers"]}  # type: ignore[attr-defined]
    local = providers["local"]
    latencies = [100 + number for number in range(1, 13)] + [105]
    assert local["calls"] == 13
    assert local["mean_latency_ms"] == round(sum(latencies) / 13, 1)
    assert local["p95_ms"] == pytest.approx(112, rel=0.01)
    assert local["success_rate"] == pytest.approx(12 / 13, abs=1e-6)
    assert local["cost_usd"] == float(Decimal(sum(range(2, 14)) * 1_000_003) / 10**9)
    leads = found["leads"]
    assert [lead["lead_id"] for lead in leads] == [f"lead-{number:02d}" for number in range(11, 1, -1)]  # type: ignore[attr-defined]
    assert found["cache"] == {
        "hits": 1,
        "misses": 54,
        "hit_rate": round(1 / 55, 6),
        "saved_usd": 0.007,
        "prompt_cache_read_share": 0.0,
    }


def test_quality_has_means_pass_rate_and_the_price_of_a_point(store: Path) -> None:
    found = figures(store, "quality")
    summary = found["summary"]
    assert isinstance(summary, dict)
    assert (summary["runs"], summary["overall_score"], summary["pass_rate"]) == (10, 0.8, 0.9)
    assert summary["mean_iterations"] == 2
    nano = sum(range(1, 41)) * 1_000_003 + 5
    assert summary["cost_per_point_usd"] == pytest.approx(nano / 800 / 1e9)
    (subsystem,) = found["subsystems"]  # type: ignore[misc]
    assert (subsystem["subsystem"], subsystem["trend"]) == ("nav", "stable")


def test_comparison_has_arms_and_verdicts(store: Path) -> None:
    found = figures(store, "compare")
    names = {arm["name"]: arm for arm in found["by_model"]}  # type: ignore[attr-defined]
    assert names["gpt-4o-mini"]["verdict"] == "baseline"
    assert names["gpt-4o"]["verdict"].startswith("cost: not enough data")
    retries = {arm["name"]: arm for arm in found["by_max_retries"]}  # type: ignore[attr-defined]
    assert sum(arm["count"] for arm in retries.values()) == 10
    assert retries["0"]["mean_duration_ms"] == 3_600_000


def test_the_best_configuration_and_the_cost_of_success_are_told(store: Path) -> None:
    found = figures(store, "compare")
    # An hour a run: 60 points for success and 20 for next to no cost, none for the time.
    assert found["scores"]["best"] == "max_retries=0"  # type: ignore[index]
    best = found["configurations"][0]  # type: ignore[index]
    assert (best["runs"], best["success_rate"]) == (5, 1.0)
    assert best["score"] == pytest.approx(80 - 20 * best["cost_per_issue_usd"], abs=1e-4)
    cheapest, dearest = found["most_efficient"][0], found["least_efficient"][0]  # type: ignore[index]
    assert (cheapest["name"], cheapest["cost_per_success_usd"]) == ("run-0", 0.01000003)
    assert dearest["name"] == "run-9"
    # One of the ten was of low quality: it is no success, and has no place.
    assert "run-3" not in {one["name"] for one in found["most_efficient"]}  # type: ignore[attr-defined]


def test_all_time_begins_with_the_first_record_even_without_a_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "quality.db"
    with open_writer(path, settings=Settings()) as writer:
        writer.write(Quality("a", NOW_US - 400 * DAY_US, "nav", 0.5, 0, 0, 0, 0, True, 1, 1))
    with open_any(str(path), Settings(time_zone="UTC")) as opened:
        assert opened.reader.first_us() == NOW_US - 400 * DAY_US
    assert main(["report", "quality", str(path), "--window", "all"]) == 0
    assert "mean overall score  0.50" in capsys.readouterr().out


def test_an_empty_store_says_what_to_do(store: Path) -> None:
    span = Span((0, DAY_US))
    for kind in KINDS:
        found = figures(store, kind, span)
        assert found["notes"]


def test_the_last_days_are_calendar_days_across_a_change_of_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    after = 1_792_929_600_000_000  # 2026-10-25 08:00 UTC, the day on which summer time ended
    span = last_days(2, after, berlin)
    assert [right - left for left, right in zip(span.edges, span.edges[1:], strict=False)] == [
        DAY_US,
        DAY_US * 25 // 24,
    ]
    assert last_days(1, after, berlin).start_us == span.edges[1]


def test_a_long_span_is_cut_into_days_and_a_short_one_kept() -> None:
    short = Span((0, DAY_US // 2, DAY_US))
    assert by_days(short, UTC) is short
    assert by_days(Span((DAY_US // 2, 4 * DAY_US)), UTC).edges == tuple(day * DAY_US for day in range(5))


def test_a_point_without_known_cost_has_no_price() -> None:
    records = [
        Quality("a", 0, "s", 0.5, 0, 0, 0, 0, True, 1, 1),
        Quality("b", 0, "s", 1, 0, 0, 0, 0, True, 1, 1),
    ]
    assert nano_per_point(records, {}) is None
    assert nano_per_point(records, {"a": 100}) == 2.0
    assert subsystems_of(records, {})[0].nano_per_point is None


@pytest.mark.skipif(not STORES.exists(), reason="the shared stores are not here")
def test_reports_on_an_earlier_systems_stores_equal_what_sql_says() -> None:
    costs = sqlite3.connect(f"file:{STORES / 'costs.db'}?mode=ro", uri=True)
    runs, total = costs.execute("SELECT count(*), sum(total_cost) FROM cost_runs").fetchone()
    spread = costs.execute(
        "SELECT avg(total_cost), min(total_cost), max(total_cost) FROM cost_runs"
    ).fetchone()
    newest = costs.execute(
        "SELECT run_id, total_cost FROM cost_runs ORDER BY timestamp DESC LIMIT 10"
    ).fetchall()
    subsystems = dict(costs.execute("SELECT subsystem, sum(total_cost) FROM cost_runs GROUP BY 1").fetchall())
    nodes = dict(costs.execute("SELECT node_name, sum(cost) FROM node_costs GROUP BY 1").fetchall())
    sources = dict(costs.execute("SELECT source_method, count(*) FROM cost_runs GROUP BY 1").fetchall())
    costs.close()
    quality = sqlite3.connect(f"file:{STORES / 'quality.db'}?mode=ro", uri=True)
    per_subsystem = {
        name: values
        for name, *values in quality.execute(
            "SELECT subsystem, count(*), avg(overall_score), avg(validation_passed), avg(iteration_count)"
            " FROM quality_runs GROUP BY 1"
        )
    }
    query = "SELECT avg(overall_score), avg(validation_passed), avg(iteration_count) FROM quality_runs"
    overall, passed, iterations = quality.execute(query).fetchone()
    quality.close()

    found = figures(STORES / "costs.db", "cost")
    assert found["summary"]["runs"] == runs  # type: ignore[index]
    assert found["summary"]["total_cost_usd"] == pytest.approx(total, abs=1e-9)  # type: ignore[index]
    assert {node["node"]: node["cost_usd"] for node in found["nodes"]} == pytest.approx(nodes, abs=1e-8)  # type: ignore[attr-defined]
    assert {source["source"]: source["runs"] for source in found["sources"]} == sources  # type: ignore[attr-defined]
    summary = found["summary"]
    run_costs = [summary[f"{name}_run_cost_usd"] for name in ("mean", "min", "max")]  # type: ignore[index]
    assert run_costs == pytest.approx(spread, abs=2e-9)
    recent = [(run["run_id"], run["cost_usd"]) for run in found["recent_runs"]]  # type: ignore[attr-defined]
    assert [name for name, _ in recent] == [name for name, _ in newest]
    assert [cost for _, cost in recent] == pytest.approx([cost for _, cost in newest], abs=1e-8)
    spent = {one["subsystem"]: one["cost_usd"] for one in found["subsystems"]}  # type: ignore[attr-defined]
    assert spent == pytest.approx(subsystems, abs=1e-8)
    found = figures(STORES / "costs.db", "quality")
    summary = found["summary"]
    assert summary["overall_score"] == pytest.approx(overall, abs=1e-6)  # type: ignore[index]
    assert summary["pass_rate"] == pytest.approx(passed)  # type: ignore[index]
    assert summary["mean_iterations"] == pytest.approx(iterations)  # type: ignore[index]
    for one in found["subsystems"]:  # type: ignore[attr-defined]
        told = [one["runs"], one["overall_score"], one["pass_rate"], one["iterations"]]
        assert told == pytest.approx(per_subsystem.pop(one["subsystem"]), abs=5e-4)
    assert not per_subsystem


@pytest.mark.skipif(not STORES.exists(), reason="the shared stores are not here")
def test_only_the_subsystem_that_got_worse_is_warned_of() -> None:
    warnings = [note for note in figures(STORES / "quality.db", "quality")["notes"] if "got worse" in note]  # type: ignore[attr-defined]
    assert len(warnings) == 1
    assert warnings[0].startswith("Thermal Subsystem got worse")
