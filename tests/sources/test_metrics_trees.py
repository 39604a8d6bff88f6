"""Files of runs over issues open as a store, are followed, and are imported; what is broken hides nothing else."""

import json
import os
import shutil
from pathlib import Path

import pytest

from costtui import CodeMetrics, LLMConfig, MetricsCollector, MetricsStorage, SystemConfig
from costtui.cli import main
from costtui.facts import Status
from costtui.reading import CallQuery
from costtui.settings import Settings
from costtui.sources import open_any
from costtui.sources.detect import foreign_kinds
from costtui.store import open_store

CONFIG = SystemConfig(LLMConfig(provider="openai", model="gpt-4o", temperature=0.1), max_retries=3)


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))


def begin(folder, run_id="r"):
    collector = MetricsCollector(
        run_id,
        "shop",
        CONFIG,
        storage=MetricsStorage(folder / "logs"),
        db_path=folder / "own.db",
        settings=Settings(),
    )
    with collector.issue("1"):
        with collector.agent("coding"), collector.tool_call("git"):
            collector.record_token_usage(1000, 100)
        collector.record_token_usage(10, 1)
        collector.record_pipeline("9", "abc", "failed", failed_jobs=["unit"])
        with collector.debugging("coding", "E", "m"):
            collector.record_debug_attempt()
        collector.record_error("E", "boom")
        collector.finalize_issue("1", Status.COMPLETED, CodeMetrics(1, 2, 300, 4, 88.5))
    collector.start_issue("2")
    collector.start_agent("coding", "2")
    return collector


def record(folder, run_id="r"):
    collector = begin(folder, run_id)
    collector.record_token_usage(7, 7, "no-such-model")
    collector.finalize_agent(False, "red")
    collector.finalize_issue("2", Status.FAILED)
    collector.record_error("Outside", "of all")
    collector.finalize_run(Status.FAILED)
    collector.close()
    return collector.run_metrics


def told(reader, run_id="r"):
    """What a store says of a run, as far as files know it."""
    run, work = reader.run(run_id), reader.work(run_id)
    return {
        "run": (run.status, run.started_us, run.ended_us, run.subsystem, run.config, run.cost_nano),
        "tokens": (run.input_tokens, run.output_tokens, run.unpriced),
        "issues": work.issues,
        "agents": work.agents,
        "pipelines": work.pipelines,
        "cycles": work.debugging_cycles,
        "tools": work.tools,
        "errors": sorted(work.errors, key=lambda error: error.key),
    }


def test_files_tell_the_same_as_the_store_that_was_recorded_into(tmp_path):
    record(tmp_path)
    with open_store(tmp_path / "own.db") as own, open_any(str(tmp_path / "logs"), Settings()) as tree:
        assert told(tree.reader) == told(own.reader)
        assert tree.reader.info().kind == "metrics"


@pytest.mark.parametrize("part", ["logs", "logs/runs", "logs/runs/r", "logs/csv"])
def test_any_directory_of_the_tree_can_be_named(tmp_path, part):
    record(tmp_path)
    with open_any(str(tmp_path / part), Settings()) as tree:
        run = tree.reader.run("r")
    assert (run.status, run.issues, run.issues_completed) == (Status.FAILED, 2, 1)
    assert (run.input_tokens, run.output_tokens) == (1017, 108)


def test_a_run_is_followed_while_it_goes_on(tmp_path):
    collector = begin(tmp_path)
    collector.flush()
    with open_any(str(tmp_path / "logs"), Settings()) as tree:
        assert tree.reader.run("r").status == Status.RUNNING
        running = tree.reader.work("r", "2").issues[0]
        assert (running.issue.status, running.attempts) == (Status.RUNNING, 1)
        tree.tail.start(0)
        collector.record_error("New", "while it is open")
        collector.finalize_issue("2", Status.COMPLETED)
        collector.finalize_run()
        collector.close()
        tree.tail._mirror._file._look_at = 0
        assert any(run.status == Status.OK for run in tree.tail.poll().runs)
        assert tree.reader.run("r").issues_completed == 2
        assert [error.type for error in tree.reader.work("r", "2").errors] == ["New"]


def test_a_run_that_nobody_writes_to_any_more_is_interrupted(tmp_path):
    begin(tmp_path).close()
    for path in (tmp_path / "logs").rglob("*.json"):
        os.utime(path, (1_000_000, 1_000_000))
    with open_any(str(tmp_path / "logs"), Settings()) as tree:
        assert tree.reader.run("r").status == Status.INTERRUPTED


def test_a_run_that_was_cleaned_up_is_gone_but_for_the_tables(tmp_path):
    record(tmp_path)
    record(tmp_path, "other")
    with open_any(str(tmp_path / "logs"), Settings()) as tree:
        shutil.rmtree(tmp_path / "logs" / "runs" / "r")
        shutil.rmtree(tmp_path / "logs" / "csv")
        tree.tail._mirror._file._look_at = 0
        tree.tail.poll()
        assert [run.run_id for run in tree.reader.runs(None)] == ["other"]


BROKEN = [
    "",
    "{",
    "[]",
    "null",
    '{"run_id": "x"}',
    "\x00\xff",
    '{"started_at": "when", "run_id": "x"}',
    "[" * 9999,
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_named_and_hides_no_other(tmp_path, text, capsys):
    record(tmp_path)
    bad = tmp_path / "logs" / "runs" / "bad" / "final_report.json"
    bad.parent.mkdir()
    bad.write_text(text, encoding="latin-1")
    with open_any(str(tmp_path / "logs"), Settings()) as tree:
        assert tree.reader.run("r").issues == 2
        seen = tree.reader.run("bad")
        assert seen.status == Status.ERROR
        assert "final_report.json" in seen.error
    assert main(["import", str(tmp_path / "logs"), "--into", str(tmp_path / "s.db")]) == 1
    out, err = capsys.readouterr()
    assert str(bad) in err
    assert "1 runs" in out
    with open_store(tmp_path / "s.db") as opened:
        assert [run.run_id for run in opened.reader.runs(None)] == ["r"]


def test_the_line_of_a_fault_is_named(tmp_path, capsys):
    record(tmp_path)
    report = tmp_path / "logs" / "runs" / "r" / "final_report.json"
    lines = report.read_text().splitlines()
    lines[4] = "oops" + lines[4]
    report.write_text("\n".join(lines))
    (tmp_path / "logs" / "csv" / "errors.csv").write_text("run_id,issue_id,type,message,at\nz,,E,m,when\n")
    assert main(["import", str(tmp_path / "logs"), "--into", str(tmp_path / "s.db")]) == 1
    err = capsys.readouterr().err
    assert f"{report}: line 5" in err
    assert "errors.csv: line 2" in err
    with open_store(tmp_path / "s.db") as opened:
        # Its metadata and the files of its issues are still there.
        assert opened.reader.run("r").issues == 2


def test_files_of_others_with_other_names_are_read(tmp_path):
    report = tmp_path / "runs" / "theirs" / "final_report.json"
    report.parent.mkdir(parents=True)
    issue = {
        "issue_id": 7,
        "start_time": "2026-11-22T10:00:00",
        "status": "completed",
        "agents": [
            {
                "agent_type": "coding",
                "attempt_number": 1,
                "start_time": "2026-11-22T10:00:01",
                "success": True,
            }
        ],
        "unheard_of": {"deep": [1, 2]},
    }
    run = {"run_id": "theirs", "project_id": "p", "start_time": "2026-11-22T10:00:00", "status": "completed"}
    report.write_text(json.dumps({**run, "issues": [issue]}))
    with open_any(str(tmp_path), Settings()) as tree:
        assert tree.reader.run("theirs").issues_completed == 1
        assert tree.reader.work("theirs").agents[0].agent == "coding"


def test_imported_again_nothing_doubles_and_own_runs_stay(tmp_path, capsys):
    run = record(tmp_path)
    into = str(tmp_path / "s.db")
    for _ in range(2):
        assert main(["import", str(tmp_path / "logs"), "--into", into]) == 0
    with open_store(into) as opened, open_store(tmp_path / "own.db") as own:
        assert told(opened.reader) == told(own.reader)
        assert opened.reader.run("r").cost_nano == run.tokens.cost_nano
    capsys.readouterr()
    assert main(["import", str(tmp_path / "logs"), "--into", str(tmp_path / "own.db"), "--json"]) == 0
    (taken,) = json.loads(capsys.readouterr().out).values()
    assert (taken["recorded_runs"], taken["taken"]["calls"]) == (1, 0)
    with open_store(tmp_path / "own.db") as own:
        assert own.reader.run("r").cost_nano == run.tokens.cost_nano


def test_stores_of_both_trackers_are_imported_and_a_copy_is_the_same_store(tmp_path, capsys):
    fixtures = Path(__file__).parent / "fixtures"
    into = str(tmp_path / "s.db")
    shutil.copy(fixtures / "costs.db", tmp_path / "copy.db")
    for source in (fixtures / "costs.db", fixtures / "quality.db", tmp_path / "copy.db"):
        assert main(["import", str(source), "--into", into]) == 0
    with open_any(str(fixtures / "costs.db"), Settings()) as theirs, open_store(into) as ours:
        assert ours.reader.info().calls == theirs.reader.info().calls
        assert [run.cost_nano for run in ours.reader.runs(None)] == [
            run.cost_nano for run in theirs.reader.runs(None)
        ]
        assert {run.source_method for run in ours.reader.runs(None)} == {
            run.source_method for run in theirs.reader.runs(None)
        }
        assert len(ours.reader.quality(None)) == 120
        assert len(ours.reader.calls(CallQuery(limit=1000))) == 480


def test_what_is_no_store_is_refused_before_anything_happens(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert foreign_kinds(tmp_path / "empty") == ()
    assert main([str(tmp_path / "empty")]) == 3
    assert "directory without runs" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "empty"), "--into", str(tmp_path / "s.db")]) == 3
    assert main(["import", str(tmp_path / "nowhere"), "--into", str(tmp_path / "s.db")]) == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_among_the_issues_is_not_waited_for(tmp_path):
    begin(tmp_path).close()
    os.mkfifo(next(tmp_path.glob("logs/runs/*/issues")) / "issue_pipe.json")
    with open_any(str(tmp_path / "logs"), Settings()) as tree:
        assert len(tree.reader.work("r").issues) == 2


def test_a_configuration_that_is_no_object_is_named(tmp_path, capsys):
    record(tmp_path)
    report = tmp_path / "logs/runs/r/final_report.json"
    report.write_text(json.dumps({**json.loads(report.read_text()), "config": {"extra": 5}}))
    assert main(["import", str(tmp_path / "logs" / "runs"), "--into", str(tmp_path / "into.db")]) == 1
    assert "extra must be an object, not int" in capsys.readouterr().err


def test_a_table_without_line_breaks_is_named(tmp_path, capsys):
    record(tmp_path)
    (tmp_path / "logs/csv/agents.csv").write_text("run_id,issue_id\n" + "x" * 1_500_000)
    assert main(["import", str(tmp_path / "logs" / "csv"), "--into", str(tmp_path / "into.db")]) == 1
    assert "field larger than field limit" in capsys.readouterr().err
