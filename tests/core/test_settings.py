"""Settings are checked, and a bad key is named."""

from pathlib import Path

import pytest

from costtui.errors import SettingsError
from costtui.facts import Period
from costtui.money import nano
from costtui.settings import Settings, load


def settings(tmp_path: Path, text: str, **environment: str) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return load({"COSTTUI_SETTINGS": str(path), **environment})


def test_without_a_file_there_is_the_budget_per_run_of_the_environment(tmp_path: Path) -> None:
    found = load({"COSTTUI_SETTINGS": str(tmp_path / "none.toml")})
    (budget,) = found.budgets
    assert (budget.period, budget.warning_nano, budget.max_nano) == (Period.RUN, nano("1"), nano("5"))


def test_the_environment_sets_the_budget_per_run(tmp_path: Path) -> None:
    found = settings(tmp_path, "", COST_BUDGET_MAX="2.50", COST_BUDGET_WARNING_THRESHOLD="0.5")
    assert (found.budgets[0].warning_nano, found.budgets[0].max_nano) == (nano("0.5"), nano("2.5"))


def test_switched_off_tracking_has_no_budget(tmp_path: Path) -> None:
    found = settings(tmp_path, "", COST_TRACKING_ENABLED="false")
    assert not found.recording.enabled
    assert found.budgets == ()


def test_lines_on_the_terminal_are_switched_off_in_the_file_or_the_environment(tmp_path: Path) -> None:
    assert settings(tmp_path, "").recording.console
    assert not settings(tmp_path, "[recording]\nconsole = false").recording.console
    assert not settings(tmp_path, "", COSTTUI_CONSOLE="false").recording.console


def test_budgets_of_the_file(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        """
        time_zone = "Europe/Berlin"
        [[budgets]]
        max = 50
        period = "day"
        time_zone = "Europe/Berlin"
        [[budgets]]
        name = "acme"
        scope = "tag:customer"
        value = "acme"
        max = "12.50"
        warning = 10
        period = "month"
        """,
    )
    day, acme = found.budgets[1:]
    assert (day.name, day.max_nano, day.warning_nano) == ("everything / day", nano(50), nano(40))
    assert (acme.scope, acme.scope_value, acme.warning_nano) == ("tag:customer", "acme", nano(10))
    assert str(found.zone) == "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("nonsense = 1", "nonsense"),
        ("time_zone = 'Mars/Base'", "time_zone"),
        ("[recording]\ntexts = 'yes'", r"recording\.texts must be true or false"),
        ("[recording]\nredact = ['(']", r"recording\.redact"),
        ("[[budgets]]\nperiod = 'day'", r"budgets\[0\]\.max is missing"),
        ("[[budgets]]\nmax = -1", r"budgets\[0\]\.max must not be negative"),
        ("[[budgets]]\nmax = 1\nperiod = 'year'", r"budgets\[0\]\.period must be one of"),
        ("[[budgets]]\nmax = 1\nscope = 'planet'", r"budgets\[0\]\.scope"),
        ("[[budgets]]\nmax = 1\nwarning = 2", r"warning is above max"),
        ("[[budgets]]\nmax = 1\ntime_zone = 'Nowhere'", r"budgets\[0\]\.time_zone names no time zone"),
        ("[[budgets]]\nmax = 1\n[[budgets]]\nmax = 1", "two budgets are named"),
        ("[monitor.keys]\n'go.nodes' = 5", r"monitor\.keys\.go\.nodes"),
        ("store = 5", "store must be text"),
        ("[", "cannot read"),
        pytest.param("store = " + "9" * 5000, "cannot read", id="endless digits"),
        pytest.param("store = " + "[" * 3000 + "]" * 3000, "cannot read", id="endless arrays"),
        pytest.param("[calls]\ntimeout_s = " + "9" * 400, r"timeout_s is too large", id="many digits"),
        ("[calls]\ntimeout_s = nan", r"calls\.timeout_s must be a finite number"),
        ("[alerts.daily_spend]\nthreshold = inf", r"threshold must be a finite number"),
        ('"\\u001b[31m" = 1', r"settings: ␛\[31m is no setting"),
    ],
)
def test_a_bad_key_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        settings(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "value"),
    [("COST_BUDGET_MAX", "five"), ("COST_BUDGET_MAX", "-1"), ("COST_TRACKING_ENABLED", "maybe")],
)
def test_a_bad_value_in_the_environment_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings(tmp_path, "", **{name: value})
