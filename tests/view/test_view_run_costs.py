"""The critical path and the cost tree of a run."""

from sample_store import sample_sources

from costtui.facts import Status, Step
from costtui.view.critical import critical_path
from costtui.view.run import CRITICAL, RunRequest
from costtui.view.run_costs import RunCostsRequest

SECOND = 1_000_000


def step(node: str, start: float, end: float | None, status: Status = Status.OK) -> Step:
    return Step(
        f"{node} {start}", "r", node, int(start * SECOND), None if end is None else int(end * SECOND), status
    )


def nodes(*steps: Step, now: float = 100) -> list[str]:
    return [one.node for one in critical_path(steps, int(now * SECOND)).steps]


def test_of_parallel_steps_the_one_that_ends_last_is_on_the_path():
    assert nodes(step("a", 0, 2), step("b", 2, 3), step("c", 2, 9), step("d", 9, 10)) == ["a", "c", "d"]


def test_a_step_around_others_is_made_of_them():
    assert nodes(step("plan", 0, 10), step("plan/a", 1, 4), step("plan/b", 4, 9)) == ["plan/a", "plan/b"]


def test_a_step_that_overlaps_the_next_on_the_path_is_not_on_it():
    assert nodes(step("a", 0, 5), step("b", 3, 9)) == ["b"]


def test_a_running_step_lasts_until_now_and_one_without_length_is_left_out():
    path = critical_path(
        [step("a", 0, 2), step("mark", 2, 2), step("b", 2, None, Status.RUNNING)], 7 * SECOND
    )
    assert [one.node for one in path.steps] == ["a", "b"]
    assert path.ms == 7000
    assert path.by_node() == [("b", 5000), ("a", 2000)]


def test_no_steps_have_no_path():
    assert nodes() == []


def test_the_run_page_marks_the_path_and_says_what_it_is_made_of():
    page = RunRequest("nightly-0410").build(sample_sources())
    assert any(bar.text.endswith(CRITICAL) for bar in page.bars)
    assert "critical path" in [section.title for section in page.sections]


def test_every_level_of_the_cost_tree_adds_up():
    sources = sample_sources()
    run = next(run for run in sources.runs if run.run_id == "nightly-0410")
    page = RunCostsRequest(run.run_id, frozenset({"extract"})).build(sources)
    assert page.parts[0].cost_nano == run.cost_nano
    assert sum(part.cost_nano for part in page.parts if part.depth == 1) == run.cost_nano
    keys = [part.key for part in page.parts]
    assert keys.index("node:plan/decompose") == keys.index("node:plan") + 1
    extract = next(part for part in page.parts if part.key == "node:extract")
    calls = [part for part in page.parts if part.key.startswith("call:")]
    assert sum(part.cost_nano for part in calls) == extract.cost_nano
    lines = [part for part in page.parts if part.key.startswith("line:")]
    assert {part.name for part in lines} == {"input", "output"}
    assert sum(part.cost_nano for part in lines) == extract.cost_nano


def test_enter_on_a_call_or_its_tokens_leads_to_the_call():
    page = RunCostsRequest("nightly-0410", frozenset({"extract"})).build(sample_sources())
    key = next(part.key for part in page.parts if part.key.startswith("line:"))
    assert page.target(key).place == "call"
    assert page.target("node:extract") is None
