import re
from pathlib import Path

import pytest

from costtui import MetricsStorage

PAGE = Path(__file__).parents[2] / "docs" / "reports.md"


def test_the_documented_pipeline_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COSTTUI_STORE", str(tmp_path / "calls.db"))
    monkeypatch.setenv("COSTTUI_SETTINGS", str(tmp_path / "none.toml"))
    exec(example, {})
    (run,) = MetricsStorage("logs").load_runs()
    assert (run.success_rate, run.tokens.input_tokens) == (100.0, 1200)
