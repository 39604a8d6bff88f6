"""The pages of a run over issues, from a real store."""

from dataclasses import replace

import pytest
from sample_work import ALL, FACTS, work_sources

from costtui.facts import AgentExecution, Status
from costtui.store import open_writer
from costtui.view.run import RunRequest
from costtui.view.runs import RunsRequest
from costtui.view.work import WorkRequest


@pytest.fixture
def build(tmp_path):
    with work_sources(tmp_path / "s.db") as sources:
        yield lambda request: request.build(sources())


def texts(rows, column):
    return [row.cells[column].text for row in rows]


def test_a_run_over_issues_lists_them_with_their_figures(build):
    page = build(WorkRequest("r"))
    assert [row.key for row in page.issues] == ["bad", "good"]
    assert texts(page.issues, "status") == ["error", "ok"]
    assert texts(page.issues, "first") == ["no", "yes"]
    assert texts(page.issues, "complexity") == ["25", "2"]
    assert texts(page.issues, "attempts") == ["5 (1 ✗)", "4"]
    assert texts(page.issues, "pipelines") == ["1 (1 ✗)", ""]
    assert texts(page.issues, "cost") == ["$0.0500", "$0.0400"]
    values = {figure.label: figure.value for figure in page.headline}
    assert (values["issues"], values["success"], values["1st time right"]) == ("2", "50 %", "50 %")
    assert texts(page.errors, "type") == ["Outside", "E"]
    assert texts(page.tools, "success") == ["0 %"]


def test_an_issue_shows_only_what_is_its_own(build):
    page = build(WorkRequest("r", "bad"))
    assert texts(page.agents, "agent") == [*ALL, "coding"]
    assert texts(page.errors, "message") == ["two lines"]
    assert len(page.calls) == len(page.rows()) == 5
    assert {bar.label for bar in page.bars} == {*ALL, "pipeline 9", "debug E"}
    good = build(WorkRequest("r", "good"))
    assert (good.errors, good.cycles, good.pipelines, good.tools) == ((), (), (), ())
    values = {figure.label: figure.value for figure in good.headline}
    assert (values["status"], values["code"], values["attempts"]) == ("ok", "+38 −0", "4")


def test_every_row_leads_deeper(build):
    page = build(WorkRequest("r"))
    issue = page.issue_target("bad")
    assert (issue.place, issue.key, issue.part) == ("work", "r", "bad")
    assert page.issue_of("errors", "e") == page.issue_of("cycles", "d") == "bad"
    assert page.issue_target(page.issue_of("errors", "o")) is None
    assert page.agent_target("r-bad-1").filter == "run=r node=coding tag.issue=bad"
    assert build(WorkRequest("r", "bad")).issue_target("bad") is None
    assert page.agent_target("unheard of") is None


def test_the_page_of_the_run_has_its_issues_and_plain_configuration(build):
    page = build(RunRequest("r"))
    assert [row.key for row in page.issues] == ["bad", "good"]
    assert {figure.label: figure.value for figure in page.headline}["issues"] == "2"
    (config,) = [section for section in page.sections if section.title == "configuration"]
    assert [(pair.label, pair.value) for pair in config.pairs] == [
        ("llm.model", "m"),
        ("llm.temperature", "0.1"),
    ]
    assert build(RunRequest("plain")).issues == ()


def test_runs_tell_their_success_only_where_some_work_on_issues(build):
    page = build(RunsRequest())
    assert page.over_issues
    assert {row.key: row.cells["success"].text for row in page.table} == {"r": "1/2 50 %", "plain": ""}
    assert not build(RunsRequest("plain")).over_issues
    assert [row.key for row in build(RunsRequest("success<0.6")).table] == ["r"]


@pytest.mark.parametrize("request_", [WorkRequest("nothing"), WorkRequest("plain"), WorkRequest("r", "nope")])
def test_what_is_not_there_is_said(build, request_):
    page = build(request_)
    assert page.missing
    assert page.rows() == []


def test_an_issue_under_way_is_not_judged_yet(build, tmp_path):
    with open_writer(tmp_path / "s.db") as writer:
        writer.write(replace(FACTS[0], run_id="live", status=Status.RUNNING, ended_us=None))
        writer.write(replace(FACTS[2], run_id="live", status=Status.RUNNING, ended_us=None))
    page = build(WorkRequest("live"))
    assert texts(page.issues, "status") == ["running"]
    assert texts(page.issues, "first") == ["–"]
    assert texts(page.issues, "duration") == ["10 m 00 s"]


def test_what_was_open_when_the_run_ended_is_not_under_way_any_more(build, tmp_path):
    attempt = next(fact for fact in FACTS if isinstance(fact, AgentExecution))
    attempt = replace(attempt, success=None, ended_us=None)
    with open_writer(tmp_path / "s.db") as writer:
        writer.write(replace(FACTS[2], status=Status.RUNNING, ended_us=None), attempt)
    page = build(WorkRequest("r"))
    assert texts(page.issues, "status")[1] == "interrupted"
    assert texts(page.issues, "duration")[1] == "5 m 00 s"
    assert [row.cells["status"].text for row in page.agents if row.key == attempt.key] == ["interrupted"]
    assert "under way" not in page.headline[0].note
    assert texts(build(RunRequest("r")).issues, "status")[1] == "interrupted"
    assert build(WorkRequest("r", "good")).headline[0].value == "interrupted"
