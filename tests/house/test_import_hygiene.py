"""What is slow to import is not imported before it is needed."""

import subprocess
import sys

import pytest

HEAVY = {
    "sqlmodel",
    "sqlalchemy",
    "pydantic",
    "ldclient",
    "ldai",
    "genai_prices",
    "httpx",
    "httpx2",
    "numpy",
    "typer",
}


@pytest.mark.parametrize(
    "module",
    ["costtui", "costtui.ui.app", "costtui.cli.monitor", "costtui.feed", "costtui.store", "costtui.sources"],
)
def test_the_first_paint_waits_for_nothing_heavy(module: str) -> None:
    script = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not HEAVY & set(done.stdout.split())


def test_recording_needs_neither_textual_nor_an_orm() -> None:
    script = "import sys, costtui; costtui.CostTracker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not {"textual", "rich", "sqlmodel", "sqlalchemy", "ldclient"} & set(done.stdout.split())
