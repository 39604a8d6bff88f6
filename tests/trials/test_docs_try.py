"""The page on trying calls says what is so: its settings are read, its commands know their options."""

import re
import shlex
from pathlib import Path

import pytest

from costtui.cli import main
from costtui.settings import load
from costtui.trials.palette import Palette

PAGE = (Path(__file__).parents[2] / "docs" / "try.md").read_text(encoding="utf-8")
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


def test_the_context_of_the_page_is_read(tmp_path):
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "settings.toml"
    path.write_text(text)
    context = Palette(load({"COSTTUI_SETTINGS": str(path)}).contexts, None).context("acme-admin")
    assert context["user"] == {"key": "u-17", "tier": "premium", "role": "admin", "seats": 12, "beta": True}
    assert context["organization"]["contractValue"] == 75_000


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_commands_of_the_page_know_their_options(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert main([command[0], "--help"]) == 0
    known = capsys.readouterr().out
    assert [word for word in command if word.startswith("--") and word not in known] == []
