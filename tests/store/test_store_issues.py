"""What pipelines that work on issues did: written through the one writer, read bounded, and known to older stores."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_calls import as_version_2

from costtui.facts import (
    AgentExecution,
    Call,
    CodeMetrics,
    Cost,
    CostSource,
    DebuggingCycle,
    ErrorRecord,
    Issue,
    PipelineRun,
    Run,
    Status,
    Step,
    TokenUsage,
    ToolCall,
    Work,
)
from costtui.facts.issues import issue_step_key
from costtui.several import SeveralOpened
from costtui.store import open_store, open_writer, rollups
from costtui.store.codec import from_line, to_line
from costtui.store.connect import SCHEMA_VERSION

PLACE = {"run_id": "r", "issue_id": "7"}
ISSUE = Issue("r", "7", 1_000_000, expected_agents=3)
AGENT = AgentExecution("coding", 1, 1_000_000, key="a1", **PLACE)
PIPELINE = PipelineRun(
    "9", "abc", "Failed", "push", 0, 2, 3, 1.5, 2.5, ("unit", "lint"), "TestFailure", "2 failed", **PLACE
)
CYCLE = DebuggingCycle("coding", "E", "broken", 5, attempts=2, key="d1", **PLACE)
TOOL = ToolCall("t1", "git", 10_000, 20_000, True, "", "coding", **PLACE)
ERROR = ErrorRecord("Timeout", "slow\nvery", 9, "coding", "warning", key="e1", **PLACE)
EVERYTHING = (Run("r", 1), ISSUE, AGENT, PIPELINE, CYCLE, TOOL, ERROR)


def read(path, issue_id=None, limit=500) -> Work:
    with open_store(path) as opened:
        return opened.reader.work("r", issue_id, limit)


def write(path, *facts):
    with open_writer(path) as writer:
        writer.write(*facts)


def test_everything_is_read_as_it_was_written(tmp_path):
    write(tmp_path / "s.db", *EVERYTHING)
    work = read(tmp_path / "s.db")
    assert [summary.issue for summary in work.issues] == [ISSUE]
    assert (work.agents, work.pipelines) == ((AGENT,), (PIPELINE,))
    assert (work.debugging_cycles, work.tool_calls, work.errors) == ((CYCLE,), (TOOL,), (ERROR,))


def test_the_same_key_again_replaces_and_a_replay_doubles_nothing(tmp_path):
    ended = replace(ISSUE, status=Status.COMPLETED, ended_us=2_000_000, code=CodeMetrics(1, 2, 300, 4, 81.5))
    done = replace(AGENT, ended_us=5_000_000, success=False, error_message="red", tokens=TokenUsage(10, 5))
    resolved = replace(CYCLE, resolved=True, ended_us=9, resolution_method="import")
    for _ in range(2):
        write(tmp_path / "s.db", *EVERYTHING, ended, done, resolved, replace(PIPELINE, status="success"))
    work = read(tmp_path / "s.db")
    (summary,) = work.issues
    assert summary.issue == ended
    assert (work.agents, work.debugging_cycles) == ((done,), (resolved,))
    assert [pipeline.status for pipeline in work.pipelines] == ["success"]
    assert len(work.tool_calls) == len(work.errors) == 1


def test_an_issue_knows_how_much_happened_and_what_it_cost(tmp_path, monkeypatch):
    monkeypatch.setattr(rollups, "FOLD_AT", 3)
    calls = [
        Call(f"c{n}", 5 + n, run_id="r", step_key=step, cost=Cost(cost, CostSource.PRICED))
        for n, (step, cost) in enumerate(
            [("a1", 100), ("a1", 20), ("a2", None), (issue_step_key("r", "7"), 3), ("b1", 1000)]
        )
    ]
    write(tmp_path / "s.db", *EVERYTHING, *calls[:3])
    write(
        tmp_path / "s.db",
        Step("a1", "r", "coding", 1),
        replace(AGENT, key="a2", attempt_number=2, success=False),
        replace(AGENT, key="b1", issue_id="8"),
        Issue("r", "8", 5),
        replace(PIPELINE, retry_attempt=1, status="success"),
        *calls[3:],
    )
    work = read(tmp_path / "s.db")
    seven, eight = work.issues
    assert (seven.attempts, seven.agents, seven.failed_attempts) == (2, 1, 1)
    assert (seven.pipelines, seven.failed_pipelines) == (2, 1)
    assert (seven.debugging_cycles, seven.tool_calls, seven.errors) == (1, 1, 1)
    assert (seven.calls, seven.cost_nano, seven.unpriced) == (4, 123, 1)
    assert (eight.calls, eight.cost_nano) == (1, 1000)
    assert {agent.key: agent.tokens.cost_nano for agent in work.agents} == {
        "a1": 120,
        "a2": None,
        "b1": 1000,
    }
    assert [agent.key for agent in read(tmp_path / "s.db", "8").agents] == ["b1"]
    assert [summary.issue.issue_id for summary in read(tmp_path / "s.db", "8").issues] == ["8"]


def test_each_tool_has_its_statistics_over_all_uses(tmp_path):
    uses = [
        replace(TOOL, id=f"u{n}", ended_us=10_000 + ms * 1000, success=ms < 30, started_us=10_000)
        for n, ms in enumerate((10, 20, 30))
    ]
    write(tmp_path / "s.db", *uses, ToolCall("o", "open", 1, **PLACE))
    git, opened = read(tmp_path / "s.db", limit=2).tools
    assert (git.name, git.calls, git.failures, git.total_ms) == ("git", 3, 1, 60.0)
    assert (git.mean_ms, git.max_ms, round(git.success_rate)) == (20.0, 30.0, 67)
    assert (opened.name, opened.calls, opened.success_rate, opened.mean_ms) == ("open", 1, None, None)


def test_what_is_read_is_bounded_and_the_newest(tmp_path):
    write(tmp_path / "s.db", *(replace(ERROR, key=f"e{n}", message=str(n)) for n in range(40)))
    assert [error.message for error in read(tmp_path / "s.db", limit=3).errors] == ["37", "38", "39"]
    assert read(tmp_path / "s.db", limit=0) == Work()


def test_a_run_counts_its_issues_and_whoever_follows_sees_it(tmp_path):
    path = tmp_path / "s.db"
    with open_writer(path) as writer:
        writer.write(Run("r", 1), ISSUE)
        writer.flush()
        with open_store(path) as opened:
            opened.tail.start(0)
            opened.tail.poll()
            writer.write(Issue("r", "8", 5, Status.COMPLETED), Issue("r", "9", 5, Status.FAILED))
            writer.flush()
            (run,) = opened.tail.poll().runs
    assert (run.issues, run.issues_completed) == (3, 1)
    write(path, Run("r", 1, status=Status.OK, ended_us=9))
    with open_store(path) as opened:
        assert opened.reader.run("r").issues == 3


def test_what_belongs_to_no_run_yet_is_kept(tmp_path):
    write(tmp_path / "s.db", ERROR, TOOL)
    write(tmp_path / "s.db", Run("r", 1), ISSUE)
    assert read(tmp_path / "s.db").issues[0].errors == 1


def test_hostile_text_is_inert_and_nonsense_does_not_cost_other_rows(tmp_path):
    nonsense = CodeMetrics("many", float("inf"), 10**30, -5, float("nan"))
    write(
        tmp_path / "s.db",
        replace(ISSUE, code=nonsense, expected_agents=None),
        replace(ERROR, message="\x1b[31mred\x00", key="h"),
        replace(AGENT, started_us=10**30, key="unfit"),
        replace(TOOL, name="\ud800", id="u"),
        AGENT,
    )
    work = read(tmp_path / "s.db")
    assert work.issues[0].issue.code == CodeMetrics(0, 0, 2**63 - 1, 0, None)
    assert "\x1b" not in work.errors[0].message
    assert [agent.key for agent in work.agents] == ["a1"]


def test_several_stores_answer_together(tmp_path):
    write(tmp_path / "a.db", Run("other", 1))
    write(tmp_path / "b.db", *EVERYTHING)
    with SeveralOpened([open_store(tmp_path / "a.db"), open_store(tmp_path / "b.db")]) as opened:
        assert opened.reader.work("r").errors == (ERROR,)
        assert opened.reader.work("nowhere") == Work()


@pytest.mark.parametrize("fact", EVERYTHING[1:])
def test_what_waits_in_a_spool_file_comes_back_as_it_was(fact):
    assert from_line(to_line(fact)) == fact


texts = st.text(max_size=20)


@given(
    st.builds(AgentExecution, texts, st.integers(0, 99), st.integers(0, 2**60), key=texts, run_id=texts)
    | st.builds(PipelineRun, texts, texts, texts, failed_jobs=st.lists(texts).map(tuple), issue_id=texts)
    | st.builds(ErrorRecord, texts, texts, st.integers(0, 2**60), key=texts)
)
def test_any_fact_survives_its_line(fact):
    assert from_line(to_line(fact)) == fact


def columns(path):
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        indexes = connection.execute(
            "SELECT tbl_name, sql FROM sqlite_master WHERE type = 'index'"
        ).fetchall()
        found = {
            table: [tuple(row) for row in connection.execute(f"PRAGMA table_info({table})")]
            for table in tables
        }
    return found, sorted(indexes, key=str)


def test_a_store_of_version_2_is_read_as_it_is_and_becomes_a_present_one_with_its_first_writer(tmp_path):
    path = tmp_path / "s.db"
    write(path, Run("r", 1, status=Status.OK), Call("c", 2, run_id="r", cost=Cost(5, CostSource.PRICED)))
    as_version_2(path)
    with open_store(path) as opened:
        assert opened.reader.info().schema_version == 2
        assert opened.reader.run("r").cost_nano == 5
        assert opened.reader.work("r") == Work()
        opened.tail.start(0)
        assert opened.tail.poll().calls
    write(path, *EVERYTHING[1:])
    with open_store(path) as opened:
        assert opened.reader.info().schema_version == SCHEMA_VERSION
        assert (opened.reader.run("r").cost_nano, opened.reader.run("r").issues) == (5, 1)
        assert opened.reader.work("r").errors == (ERROR,)
    write(tmp_path / "fresh.db", Run("r", 1))
    assert columns(path) == columns(tmp_path / "fresh.db")
