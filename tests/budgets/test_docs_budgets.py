"""The page about budgets: its example runs, its settings can be read, its commands are there."""

import re
from pathlib import Path

from typer.main import get_command

from costtui.cli.budget import app
from costtui.facts import UnknownPrice
from costtui.money import nano
from costtui.settings import load
from costtui.store import open_store

PAGE = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```", PAGE, flags=re.S | re.M)
    return [re.sub(f"^{indent}", "", text, flags=re.M) for indent, text in found]


def test_the_example_records_a_priced_call_and_leaves_nothing_set_aside(tmp_path, monkeypatch):
    import costtui
    from costtui.record import default

    monkeypatch.setattr(default, "_default", None)
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    monkeypatch.setenv("COSTTUI_STORE", str(tmp_path / "calls.db"))
    (example,) = blocks("python")
    exec(compile(example, "docs/budgets.md", "exec"), {})
    tracker = default.tracker()
    tracker.close()
    with open_store(tmp_path / "calls.db") as opened:
        (run,) = opened.reader.runs(None)
        (state,) = opened.reader.budgets(load().budgets, run.started_us)
    assert (run.calls, run.unpriced, run.budget_nano) == (1, 0, nano("2.5"))
    assert state.reserved_nano == 0
    assert costtui.reserve is not None


def test_the_settings_are_read_as_the_page_says(tmp_path):
    (text,) = blocks("toml")
    path = tmp_path / "settings.toml"
    path.write_text(text)
    *_, budget = load({"COSTTUI_SETTINGS": str(path)}).budgets
    assert (budget.name, budget.scope, budget.scope_value) == ("extraction", "node", "extract")
    assert (budget.max_nano, budget.warning_nano) == (nano("5"), nano("4"))
    assert (budget.time_zone, budget.unknown_price) == ("Europe/Berlin", UnknownPrice.ASSUME_MAXIMUM)


def test_every_command_is_described():
    commands = get_command(app).commands
    assert set(re.findall(r"^\| `costtui budget (\w+)", PAGE, flags=re.M)) == set(commands)
