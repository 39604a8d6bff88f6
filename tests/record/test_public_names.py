import subprocess
import sys

import costtui


def test_public_names_are_sorted_and_can_all_be_imported():
    assert list(costtui.__all__) == sorted(costtui.__all__)
    for name in costtui.__all__:
        assert getattr(costtui, name) is not None
        assert name in dir(costtui)


def test_an_unknown_name_is_an_attribute_error():
    assert not hasattr(costtui, "no_such_name")


def test_importing_costtui_imports_nothing_heavy():
    program = "import sys, costtui; print(*(name for name in sys.modules if name.startswith('costtui')))"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert output.split() == ["costtui"]


def test_recording_imports_no_engine_no_client_and_no_screen(tmp_path):
    program = f"""
import sys
from costtui import CostTracker
with CostTracker({str(tmp_path / "calls.db")!r}) as tracker:
    with tracker.run("r"), tracker.node("n") as node:
        node.record_call(model="m", cost=1)
heavy = {{"sqlmodel", "sqlalchemy", "httpx", "textual", "ldclient", "genai_prices", "numpy", "rich"}}
print(*sorted(heavy & set(sys.modules)))
"""
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert output.split() == []
