"""What budgets have left for a call, before it is made."""

from pathlib import Path

import pytest

from costtui.cli import main
from costtui.facts import Budget, BudgetState, Period
from costtui.view.room import Payer, TryPage, room_for

PAYER = Payer("try", "openai", "gpt-4o-2024-08-06", "u1")


def budget(
    scope: str = "everything", value: str = "", most: int = 100, period: Period = Period.DAY
) -> Budget:
    return Budget(f"{scope} {value}", most, most, scope, value, period)


def state(one: Budget, value: str = "", spent: int = 0, reserved: int = 0) -> BudgetState:
    return BudgetState(one, value, 0, None, spent, reserved)


def test_only_budgets_that_the_call_falls_under_count_the_tightest_first():
    states = [
        state(budget(), spent=30, reserved=20),
        state(budget("node"), "try", spent=70),
        state(budget("node"), "other", spent=99),
        state(budget("model", "gpt-4o"), "gpt-4o", spent=10),
        state(budget("user", "u2"), "u2", spent=100),
        state(budget("tag:team"), "a", spent=100),
        state(budget(period=Period.RUN), "nightly", spent=100),
    ]
    left = [(each.label, each.nano) for each in room_for(PAYER, states)]
    assert left == [("node try / day", 30), ("everything / day", 50), ("model gpt-4o / day", 90)]


def test_a_budget_that_each_user_has_counts_before_its_first_call():
    (left,) = room_for(PAYER, [], [budget("user")])
    assert (left.label, left.nano) == ("user u1 / day", 100)


def test_the_page_shows_the_tightest_and_how_many_more():
    page = TryPage(room_for(PAYER, [state(budget(), spent=120)], [budget("user")]))
    assert (page.budget.value, page.budget.tone) == ("$0.00", "error")
    assert page.budget.note == "everything / day +1 more"
    assert TryPage(()).budget.note == "no budget holds"


@pytest.fixture
def simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(
        '[[budgets]]\nmax = 0.002\nperiod = "day"\n'
        '[[prices]]\nmodel = "paid"\nprovider = "simulated"\ninput = 0\noutput = 40\n'
    )
    monkeypatch.setenv("COSTTUI_SETTINGS", str(path))
    monkeypatch.setenv("COSTTUI_STORE", str(tmp_path / "calls.db"))
    return path


def test_a_call_says_what_is_left_and_is_refused_where_nothing_is(simulated, capsys):
    command = ["call", "Hi", "--model", "simulated/paid", "--max-tokens", "30"]
    assert main(command) == 0
    assert "budget everything / day: $0.0020 left of $0.0020" in capsys.readouterr().err
    codes = [main(command) for _ in range(6)]
    assert codes[-1] == 4
    said = capsys.readouterr().err
    assert "has no room" in said
    simulated.write_text(simulated.read_text().replace("0.002", "0.0001"))
    assert main(command) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert "budget everything / day: $0.00 left of $0.000100" in said.err
    assert "raise it" in said.err
