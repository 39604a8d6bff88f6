from datetime import UTC, datetime
from time import monotonic

import pytest
from foreign_stores import AI_COST_TRACKING, BERLIN, COSTS, QUALITY, calls, copy_of, execute, spent
from foreign_stores import UTC as IN_UTC

from costtui.facts import CostSource, Mode, Status, UsageState
from costtui.sources import open_any
from costtui.window import to_us


def _us(*moment: int) -> int:
    return to_us(datetime(*moment, tzinfo=UTC))


def test_the_real_cost_store_has_its_runs_nodes_and_exact_total(tmp_path):
    with open_any(str(copy_of("costs.db", tmp_path)), BERLIN) as opened:
        assert spent(opened) == 4_417_819_100
        assert len(opened.reader.runs(None, 1000)) == 120
        assert {call.node for call in calls(opened)} == {"extract", "analyze", "decompose", "validate"}
        assert len(calls(opened)) == 480
        info = opened.reader.info()
        assert (info.kind, info.calls, info.path) == ("costs", 480, str(tmp_path / "costs.db"))
        run = opened.reader.run("run_20261020_092500_000")
        assert (run.status, run.subsystem, run.source_method) == (Status.OK, "Power Subsystem", "langsmith")
        assert run.cost_nano == 32_533_300
        assert run.started_us == _us(2026, 10, 20, 7, 25, 0, 993908)


def test_costs_are_as_sure_as_their_run_says(tmp_path):
    with open_any(str(copy_of("costs.db", tmp_path)), BERLIN) as opened:
        found = {(call.cost.source, call.usage.state) for call in calls(opened)}
    assert found == {
        (CostSource.LANGSMITH, UsageState.REPORTED),
        (CostSource.HEURISTIC, UsageState.ESTIMATED),
    }


def test_nothing_is_left_beside_a_foreign_store_and_nothing_in_it_changes(tmp_path):
    path = copy_of("costs.db", tmp_path)
    before = path.read_bytes()
    with open_any(str(path), BERLIN) as opened:
        opened.tail.start(0)
        opened.tail.poll()
        assert [each.name for each in tmp_path.iterdir()] == ["costs.db"]
    assert path.read_bytes() == before


def test_a_store_in_wal_mode_is_read_without_leaving_anything(tmp_path):
    path = copy_of("costs.db", tmp_path)
    execute(path, "PRAGMA journal_mode=WAL")
    with open_any(str(path), BERLIN) as opened:
        assert spent(opened) == 4_417_819_100
    assert [each.name for each in tmp_path.iterdir()] == ["costs.db"]


@pytest.mark.parametrize(
    ("costs", "quality"), [("costs.db", "quality.db"), ("cost_history.db", "quality_history.db")]
)
def test_a_quality_store_beside_a_cost_store_is_found(tmp_path, costs, quality):
    path = copy_of("costs.db", tmp_path, costs)
    copy_of("quality.db", tmp_path, quality)
    with open_any(str(path), BERLIN) as opened:
        assert len(opened.reader.quality(None)) == 120
        run = opened.reader.run("run_20261020_092500_000")
        assert (run.quality, run.quality_passed) == (0.825, True)


def test_a_quality_store_alone_tells_of_its_runs_too(tmp_path):
    with open_any(str(copy_of("quality.db", tmp_path)), BERLIN) as opened:
        assert opened.reader.info().kind == "quality"
        assert len(opened.reader.quality(None)) == 120
        assert len(opened.reader.runs(None, 1000)) == 120
        assert opened.reader.run("run_20261020_092500_000").quality == 0.825


def test_rows_full_of_nonsense_are_shown_with_what_is_readable(tmp_path):
    path = tmp_path / "costs.db"
    execute(
        path,
        *COSTS,
        "INSERT INTO cost_runs VALUES ('r', 'yesterday', 'much', x'ff00', 7)",
        "INSERT INTO node_costs VALUES ('r', x'c328', 'a lot', 'many', -5, NULL)",
        "INSERT INTO node_costs VALUES ('r', 'n', NULL, 1e300, 9223372036854775807, x'00')",
        "INSERT INTO node_costs VALUES ('r', 'n', 9e999, 1, 1, 'm')",
        "INSERT INTO node_costs VALUES ('nobody', 'n', 0.5, 1, 1, 'm')",
        *QUALITY,
        "INSERT INTO quality_runs VALUES (NULL, NULL, NULL, 'good', NULL, 1e400, x'00', 0, 't', 'two', NULL)",
    )
    with open_any(str(path), IN_UTC) as opened:
        found = calls(opened)
        assert [call.cost.nano for call in found] == [None, None, None, 500_000_000]
        assert found[0].cost.source == CostSource.UNKNOWN
        assert len(opened.reader.quality(None)) == 1


def test_the_hour_that_is_lived_twice_is_told_apart_by_the_order_of_the_rows(tmp_path):
    path = tmp_path / "costs.db"
    moments = ("01:59", "02:10", "02:50", "02:05", "02:55", "03:01")
    execute(
        path,
        *COSTS,
        *(
            statement
            for number, clock in enumerate(moments)
            for statement in (
                f"INSERT INTO cost_runs VALUES ('r{number}', '2026-10-25T{clock}:00', 1, 's', 'heuristic')",
                f"INSERT INTO node_costs VALUES ('r{number}', 'n', 1, 1, 1, 'm')",
            )
        ),
    )
    with open_any(str(path), BERLIN) as opened:
        minutes = [(call.started_us - _us(2026, 10, 25, 0, 0)) // 60_000_000 for call in calls(opened)]
    assert minutes == [-1, 10, 50, 65, 115, 121]


def test_an_ai_cost_tracking_row_becomes_a_call_with_everything(tmp_path):
    path = tmp_path / "tracking.db"
    execute(
        path,
        *AI_COST_TRACKING,
        "INSERT INTO ai_cost_tracking VALUES (7, '2026-07-01T12:00:00+02:00', 'researcher', 'smart_router', 'lead-1',"
        " 's', 'u', 'why', 100, 0.4, 'because', 20, 'anthropic', 'claude-haiku-4-5', 0.00125, 900, 1, 0.8, 3)",
    )
    with open_any(str(path), BERLIN) as opened:
        (row,) = calls(opened)
        call = opened.reader.call(row.id)
    assert call.started_us == _us(2026, 7, 1, 10)
    assert (call.node, call.mode, call.lead_id, call.session_id, call.user_id) == (
        "researcher",
        Mode.SMART_ROUTER,
        "lead-1",
        "s",
        "u",
    )
    assert (call.prompt, call.completion, call.complexity) == ("why", "because", 0.4)
    assert (call.usage.input_tokens, call.usage.output_tokens) == (100, 20)
    assert (call.provider, call.model, call.cost.nano) == ("anthropic", "claude-haiku-4-5", 1_250_000)
    assert (call.latency_ms, call.cache_hit, call.quality, call.feedback_count) == (900, True, 0.8, 3)


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("'2026-07-01 12:00:00'", 12),  # as CURRENT_TIMESTAMP writes it: UTC
        ("'2026-07-01T12:00:00.5'", 10),  # as a program writes it: local
        ("'2026-07-01T12:00:00Z'", 12),
        ("1782907200", 12),
        ("1782907200000", 12),
    ],
)
def test_times_of_ai_cost_tracking_are_read_in_the_form_they_have(tmp_path, written, hour):
    path = tmp_path / "tracking.db"
    execute(path, *AI_COST_TRACKING, f"INSERT INTO ai_cost_tracking(id, timestamp) VALUES (1, {written})")
    with open_any(str(path), BERLIN) as opened:
        (call,) = calls(opened)
    assert call.started_us // 1_000_000 == _us(2026, 7, 1, hour) // 1_000_000


@pytest.mark.parametrize(
    ("written", "hit"), [("1", True), ("0", False), ("'t'", True), ("'false'", False), ("NULL", False)]
)
def test_truth_values_come_in_many_forms(tmp_path, written, hit):
    path = tmp_path / "tracking.db"
    execute(path, *AI_COST_TRACKING, f"INSERT INTO ai_cost_tracking(id, cache_hit) VALUES (1, {written})")
    with open_any(str(path), BERLIN) as opened:
        assert calls(opened)[0].cache_hit is hit


def test_a_row_without_a_cost_is_unpriced(tmp_path):
    path = tmp_path / "tracking.db"
    execute(path, *AI_COST_TRACKING, "INSERT INTO ai_cost_tracking(id, model) VALUES (1, 'm')")
    with open_any(str(path), BERLIN) as opened:
        assert calls(opened)[0].cost.nano is None


def test_older_tables_with_fewer_columns_are_read_too(tmp_path):
    path = tmp_path / "tracking.db"
    execute(
        path,
        "CREATE TABLE ai_cost_tracking (timestamp TEXT, model TEXT, cost_usd REAL)",
        "INSERT INTO ai_cost_tracking VALUES ('2026-07-01T12:00:00', 'm', 0.5)",
    )
    with open_any(str(path), BERLIN) as opened:
        assert spent(opened) == 500_000_000


def test_a_run_whose_nodes_were_not_recorded_still_counts_in_the_total(tmp_path):
    path = tmp_path / "costs.db"
    execute(path, *COSTS, "INSERT INTO cost_runs VALUES ('r', '2026-07-01T12:00:00', 0.75, 's', 'langsmith')")
    with open_any(str(path), BERLIN) as opened:
        assert spent(opened) == opened.reader.run("r").cost_nano == 750_000_000
        opened.tail.start(1)
        execute(path, "INSERT INTO node_costs VALUES ('r', 'n', 0.75, 1, 1, 'm')")
        deadline = monotonic() + 60
        while monotonic() < deadline and [call.node for call in calls(opened)] != ["n"]:
            opened.tail.poll()
        assert spent(opened) == 750_000_000
