import os

for name in [*os.environ]:
    if name.startswith("TEXTUAL_") or name == "NO_COLOR":
        del os.environ[name]  # read by Textual when it is imported
os.environ["TEXTUAL_ANIMATIONS"] = "none"

import pytest  # noqa: E402
from textual.widgets import Input  # noqa: E402


@pytest.fixture(autouse=True)
def _still_screens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
