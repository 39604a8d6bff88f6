"""The page about settings is true: its example is accepted as it stands, and it leaves no key out."""

import re
from pathlib import Path

from costtui.alerts.rules import DEFAULTS
from costtui.settings import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def test_the_example_is_accepted(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "settings.toml"
    path.write_text(example, encoding="utf-8")
    found = load({"COSTTUI_SETTINGS": str(path)})
    assert [budget.name for budget in found.budgets] == ["run", "acme"]
    assert found.alert_channels.command == ("notify-send", "costtui")


def test_every_key_that_is_read_is_on_the_page() -> None:
    source = (ROOT / "costtui" / "settings.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'take\w*\(\s*"(\w+)"', source)) | {rule.name for rule in DEFAULTS}
    assert keys
    assert {key for key in keys if not re.search(rf"\b{key}\b", PAGE)} == set()
