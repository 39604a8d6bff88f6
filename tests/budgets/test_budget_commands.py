"""``costtui budget`` as it is typed."""

import json
import time

import pytest

from costtui.cli import main
from costtui.facts import Call, Claim, Cost, CostSource
from costtui.money import nano
from costtui.store import open_writer
from costtui.store.budgets_read import budgets_of
from costtui.store.ledger import Ledger


@pytest.fixture(autouse=True)
def settings_file(tmp_path, monkeypatch):
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "settings.toml"))
    for name in ("COST_BUDGET_MAX", "COST_BUDGET_WARNING_THRESHOLD"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "settings.toml"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "calls.db"


@pytest.fixture
def type_(path, capsys):
    def type_(command: str, *words: str) -> tuple[int, str, str]:
        name, *rest = command.split()
        code = main(["budget", name, *rest[:1], str(path), *rest[1:], *words])
        out, err = capsys.readouterr()
        return code, out, err

    return type_


def spend(path, *costs: str, **more) -> None:
    now_us = time.time_ns() // 1000
    with open_writer(path) as writer:
        for number, cost in enumerate(costs):
            call = Call(f"{now_us}-{number}", now_us, cost=Cost(nano(cost), CostSource.PRICED), **more)
            writer.write(call)


def test_a_budget_is_set_shown_reset_and_removed(type_, path, capsys):
    assert type_("set daily --max 10")[0] == 0
    spend(path, "9")
    ledger = Ledger(path)
    ledger.reserve(Claim(nano("0.5"), node="extract"), time.time_ns() // 1000)
    ledger.close()
    code, out, _ = type_("list")
    assert code == 0
    assert "$9.00 of $10.00  90 %  WARN" in out
    assert "reserved $0.50 by " in out
    assert " extract, " in out
    assert type_("reset daily --yes")[1].endswith(
        "'daily' starts again from $0.00; $9.00 of its window do not count\n"
    )
    assert "$0.00 of $10.00" in type_("list")[1]
    assert type_("remove daily --yes")[0] == 0
    assert "everything / day" not in type_("list")[1]


def test_the_list_is_there_as_json(path, capsys):
    main(["budget", "set", "daily", str(path), "--max", "10", "--zone", "Asia/Tokyo"])
    spend(path, "2.5")
    capsys.readouterr()
    assert main(["budget", "list", str(path), "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert (found["daily"]["spent_usd"], found["daily"]["max_usd"], found["daily"]["level"]) == (
        2.5,
        10.0,
        "OK",
    )
    assert found["daily"]["reservations"] == []


def test_what_is_left_out_stays_as_it_was(type_, path):
    type_(
        "set b --max 10 --warning 3 --scope node:extract --period month --zone Europe/Berlin --unknown-price block"
    )
    (before,) = budgets_of(path)
    assert (before.scope, before.scope_value, before.warning_nano) == ("node", "extract", nano("3"))
    type_("set b --max 20")
    (after,) = budgets_of(path)
    assert (after.max_nano, after.warning_nano) == (nano("20"), nano("16"))
    assert (after.scope_value, after.period, after.time_zone) == ("extract", "month", "Europe/Berlin")
    type_("set b --scope tag:team=red")
    (moved,) = budgets_of(path)
    assert (moved.scope, moved.scope_value, moved.max_nano) == ("tag:team", "red", nano("20"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--max -4", "must not be negative"),
        ("--max 1e30", "must be an amount in dollars"),
        ("--max nan", "must be an amount in dollars"),
        ("", "max is missing"),
        ("--max 5 --zone Mars/Olympus", "no time zone"),
        ("--max 5 --scope nodes", "scope must be one of"),
        ("--max 5 --period fortnight", "period must be one of"),
        ("--max 5 --warning 6", "is above max"),
        ("--max 5 --unknown-price guess", "unknown_price must be one of"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused_in_words(type_, path, options, said):
    code, _, err = type_(f"set b {options}")
    assert code == 2
    assert said in err
    assert not path.exists() or budgets_of(path) == []


def test_a_budget_of_the_settings_is_changed_there(type_, settings_file):
    code, _, err = type_("set run --max 4")
    assert code == 2
    assert "COST_BUDGET_MAX" in err
    settings_file.write_text('[[budgets]]\nname = "mine"\nmax = 3\n')
    assert str(settings_file) in type_("set mine --max 4")[2]


def test_nothing_is_changed_without_a_yes(type_, path):
    type_("set daily --max 10")
    spend(path, "9")
    for command in ("reset daily", "remove daily"):
        code, _, err = type_(command)
        assert code == 1
        assert "--yes" in err
    assert "$9.00 of $10.00" in type_("list")[1]


def test_what_is_not_there_is_named(type_, path):
    spend(path, "1")
    for command in ("reset nothing --yes", "remove nothing --yes"):
        code, _, err = type_(command)
        assert code == 2
        assert "'nothing'" in err
    assert type_("reset run --yes")[2].endswith("starts again with each run: there is nothing to reset\n")


def test_verify_proves_that_budgets_hold_and_compares_them_with_their_calls(type_, path, capsys):
    type_("set daily --max 10")
    main(["budget", "set", "team", str(path), "--max", "9", "--scope", "tag:team", "--period", "week"])
    spend(path, "1.25", "0.000000001", tags={"team": "red"})
    capsys.readouterr()
    assert main(["budget", "verify", str(path), "--processes", "4", "--calls", "20"]) == 0
    out = capsys.readouterr().out
    assert "budgets hold" in out
    assert "daily: $1.25 counted, $1.25 in its calls: the same to the last nano-dollar" in out
    assert "team red: $1.25 counted, $1.25 in its calls: the same to the last nano-dollar" in out


def test_verify_says_where_a_store_does_not_add_up(type_, path, capsys):
    import sqlite3
    from contextlib import closing

    type_("set daily --max 10")
    spend(path, "1.25")
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("UPDATE call SET cost_nano = 1")
        store.execute("UPDATE meta SET folded_id = 1")
    assert main(["budget", "verify", str(path), "--processes", "2", "--calls", "4"]) == 1
    out, err = capsys.readouterr()
    assert "NOT THE SAME" in out
    assert "do not hold" in err
