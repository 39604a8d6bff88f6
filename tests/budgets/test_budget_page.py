"""The page of a budget says who holds it, how fast it goes, who spends it, and how earlier windows went."""

from dataclasses import replace
from pathlib import Path

import pytest
from sample_monitor import sample_app
from sample_store import HELD, NOW_US, sample_sources

from costtui.facts import Budget, BudgetState, Period
from costtui.money import nano
from costtui.view.budget import BudgetRequest
from costtui.window import HOUR_US

MIDNIGHT = NOW_US // (24 * HOUR_US) * 24 * HOUR_US
DAY = Budget("day", nano("10"), nano("8"), period=Period.DAY)


def page(spent: str = "6.40", budget: Budget = DAY, value: str = "", **more):
    end = None if budget.period is Period.RUN else MIDNIGHT + 24 * HOUR_US
    state = BudgetState(budget, value, MIDNIGHT, end, nano(spent), nano("0.84"), reservations=HELD, **more)
    request = BudgetRequest("\x1f".join((budget.name, value, state.part)))
    return request.build(sample_sources(states=[state]))


def figures(found) -> dict[str, tuple[str, str]]:
    return {figure.label: (figure.value, figure.note) for figure in found.headline}


def test_the_figures_add_up_to_the_limit():
    found = figures(page())
    assert found["spent"] == ("$6.40", "of $10.00")
    assert found["reserved"] == ("$0.84", "3 calls, oldest 1m")
    assert found["left"] == ("$2.76", "warns at $8.00")


def test_spending_is_compared_with_the_time_that_is_over():
    assert figures(page("6.40"))["elapsed"] == ("50 %", "14 % ahead")
    assert figures(page("3.00"))["elapsed"] == ("50 %", "20 % behind")


def test_when_the_money_runs_out_has_a_range():
    value, span = figures(page("9.00"))["runs dry"]
    first, last = span.split("–")
    assert first < value
    assert last == "not at all" or value < last


def test_money_that_will_do_or_is_gone_is_said_to_be_so():
    assert figures(page(budget=replace(DAY, max_nano=nano("900"))))["runs dry"] == ("no", "not at this pace")
    assert figures(page("10"))["runs dry"][0] == "now"


def test_who_holds_money_is_shown_with_its_age_the_newest_first():
    rows = page().reservations
    assert [row.cells["holder"].text for row in rows] == [held.holder for held in HELD[::-1]]
    assert rows[0].cells["age"].text == "2.0s"
    assert rows[0].cells["ends"].text == "9m ~"


def test_past_windows_are_named_by_their_day_and_measured_by_the_limit():
    found = page(budget=replace(DAY, time_zone="Europe/Berlin")).windows
    assert found[0].cells["window"].text == "Sun Nov 22"
    assert (found[0].cells["spent"].text, found[1].cells["spent"].text) == ("$6.40", "$7.11+")
    assert [row.cells["level"].text for row in found][:4] == ["OK", "OK", "OK", "WARN"]


@pytest.mark.parametrize(
    ("scope", "value", "nodes"),
    [
        ("everything", "", 5),
        ("node", "analyze", 1),
        ("model", "gpt-4o-mini", 2),
        ("provider", "openai", 3),
        ("subsystem", "triage", 5),
        ("lead", "lead-3", 5),
    ],
)
def test_the_spenders_are_those_of_the_scope(scope, value, nodes):
    found = page(budget=replace(DAY, scope=scope, scope_value=value), value=value)
    assert len(found.nodes) == nodes
    assert found.runs


def test_a_budget_per_run_has_the_nodes_of_its_run():
    found = page(budget=Budget("run", nano("5"), nano("4")), value="nightly-0410")
    assert found.windows == ()
    assert {row.cells["run"].text for row in found.runs} == {"nightly-0410"}


def test_a_budget_that_is_gone_is_said_to_be_so():
    found = BudgetRequest("gone\x1f\x1f").build(sample_sources(states=[]))
    assert "'gone'" in found.missing


SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 48)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_page_looks_like_this(size):
    from screen_text import assert_screen, press

    app = sample_app()
    async with app.run_test(size=size) as pilot:
        await press(pilot)
        app.page_screen.query_one("#gauges").focus()
        await press(pilot, "enter")
        await assert_screen(pilot, SNAPSHOTS, f"budget-{size[0]}x{size[1]}")
