"""What a recorded program says on its terminal."""

import io
import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest
from recorded_runs import SETTINGS

from costtui import BudgetExceeded, CostTracker
from costtui.facts import CostSource, Run, Status, Step
from costtui.record.budget import RunBudget
from costtui.record.console import Console, RunLines, breakdown, console_for
from costtui.record.spent import Spending
from costtui.settings import Recording, Settings
from costtui.store import open_store

PROGRAM = """
import sys
from costtui import CostTracker
with CostTracker(sys.argv[1]) as tracker, tracker.run("r"):
    with tracker.node("extract") as node:
        node.record_call(model="m", cost="0.0015", cost_source="heuristic")
        node.detail = "Extracted 5 requirements"
    with tracker.node("think"):
        pass
"""


class Terminal(io.StringIO):
    def isatty(self):
        super().isatty()  # raises where it is closed
        return True


def ended(**facts):
    """Return what is printed at the end of a run of 4.2 s."""
    terminal = Terminal()
    run = Run("r", 0, ended_us=4_200_000, status=Status.OK, calls=12, cost_nano=12_300_000)
    RunLines(Console(terminal, traced=facts.pop("traced", False))).ended(replace(run, **facts), {})
    return terminal.getvalue()


def step_line(**facts):
    terminal = Terminal()
    step = Step("k", "r", "extract", 1_000_000, 2_400_000, Status.OK, calls=1, cost_nano=1_500_000)
    RunLines(Console(terminal)).step_ended(replace(step, **facts))
    return terminal.getvalue()


def test_a_node_is_one_line_with_its_time_and_its_cost():
    assert step_line(detail="Extracted 5 requirements") == "✓ Extracted 5 requirements (1.4s | $0.0015)\n"
    assert step_line(calls=0, cost_nano=0) == "✓ extract (1.4s)\n"


def test_a_node_without_a_price_is_never_free():
    assert step_line(cost_nano=0, unpriced=1) == "✓ extract (1.4s | unpriced)\n"


def test_a_node_that_failed_says_why():
    failed = step_line(status=Status.ERROR, error="ValueError: no")
    assert failed == "✗ extract: ValueError: no (1.4s | $0.0015)\n"


def test_what_a_model_said_cannot_steer_the_terminal():
    assert "\x1b" not in step_line(detail="\x1b[2Jgone")
    assert "\x1b" not in ended(status=Status.ERROR, error="\x1b]0;title\x07")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (CostSource.LANGSMITH, "$0.0123 (LangSmith)"),
        (CostSource.HEURISTIC, "$0.0123 (heuristic ±30 %)"),
        (CostSource.PRICED, "$0.0123 (tokens × price)"),
        ("a word of the user's", "$0.0123 ·"),
    ],
)
def test_the_total_names_its_source(source, words):
    assert f"Total: {words}" in ended(source_method=source)
    assert "12 calls · 4.2s" in ended(source_method=source)


def test_the_total_says_what_is_missing_from_it():
    assert "$0.0123 +3 unpriced" in ended(unpriced=3)
    nothing_known = ended(unpriced=12, cost_nano=0)
    assert "Total: unpriced · 12 calls" in nothing_known
    assert "$0" not in nothing_known
    assert "12 calls have no known price" in nothing_known


def test_a_note_says_how_precise_the_costs_are():
    assert "estimates, ±30 %" in ended(source_method=CostSource.HEURISTIC)
    assert "costtui reconcile" not in ended(source_method=CostSource.HEURISTIC)
    assert "costtui reconcile" in ended(source_method=CostSource.HEURISTIC, traced=True)
    assert "costtui reconcile" not in ended(source_method=CostSource.LANGSMITH, traced=True)


def test_the_breakdown_has_the_slowest_node_first_and_leaves_inner_nodes_out_of_outer_ones():
    steps = [("a", 0, 1_000_000), ("b", 1_000_000, 10_000_000), ("b/c", 2_000_000, 5_000_000)]
    nodes = {"a": Spending(1_500_000, 1), "b/c": Spending(0, 2, unpriced=2), "late": Spending(2_000_000, 1)}
    header, *rows = [line.split("  ") for line in breakdown(steps, nodes)]
    assert [part.strip() for part in header if part] == ["node", "time", "% of total", "cost"]
    assert [[part.strip() for part in row if part.strip()] for row in rows] == [
        ["b", "6.0s", "60 %", "–"],
        ["b/c", "3.0s", "30 %", "unpriced"],
        ["a", "1.0s", "10 %", "$0.0015"],
        ["late", "–", "–", "$0.0020"],
    ]


def test_the_start_says_once_how_costs_become_known_and_the_budget():
    terminal = Terminal()
    console = Console(terminal, coloured=True)
    for _ in range(2):
        console.greet(RunBudget("run", 1_000_000_000, 5_000_000_000))
    assert terminal.getvalue() == (
        "\x1b[33m✓ Cost tracking enabled (heuristic mode)\x1b[0m · budget $5.00 per run, warns at $1.00\n"
    )
    traced = Terminal()
    Console(traced, coloured=True, traced=True).greet(None)
    assert traced.getvalue() == "\x1b[32m✓ LangSmith tracing enabled\x1b[0m\n"


def test_the_console_is_quiet_where_nobody_looks_or_it_is_switched_off():
    assert console_for(Settings(), io.StringIO()) is None
    assert console_for(Settings(recording=Recording(console=False)), Terminal()) is None
    assert console_for(Settings(recording=Recording(enabled=False)), Terminal()) is None
    assert console_for(Settings(), Terminal()) is not None
    closed = Terminal()
    closed.close()
    assert console_for(Settings(), closed) is None


def test_langsmith_is_announced_where_it_is_switched_on_and_has_a_key(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("LANGSMITH_", "LANGCHAIN_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANGCHAIN_TRACING_V2", "true")
    assert not console_for(Settings(), Terminal()).traced
    monkeypatch.setenv("LANGCHAIN_API_KEY", "lsv2_secret")
    assert console_for(Settings(), Terminal()).traced
    monkeypatch.setenv("LANGSMITH_TRACING_V2", "false")
    assert not console_for(Settings(), Terminal()).traced


def test_a_terminal_that_goes_away_does_not_reach_the_program(tmp_path, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with CostTracker(tmp_path / "calls.db", settings=SETTINGS) as tracker:
        terminal.close()
        with tracker.run("r"), tracker.node("extract") as node:
            node.record_call(model="m", cost=1)
    with open_store(tmp_path / "calls.db") as opened:
        run = opened.reader.run("r")
    assert (run.status, run.calls, run.cost_nano) == (Status.OK, 1, 1_000_000_000)


def test_runs_of_the_earlier_interface_say_their_total_too(tmp_path, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with CostTracker(tmp_path / "calls.db", settings=SETTINGS) as tracker:
        tracker.start_run("r")
        tracker.record_node_cost("extract", 0.0123, 3000, 500, "gpt-4")
        tracker.finalize_run("Power", source_method="heuristic")
    assert "$0.0123 (heuristic ±30 %)" in terminal.getvalue()
    assert "extract" in terminal.getvalue()


def test_a_run_that_its_budget_stops_says_so(tmp_path, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with (
        CostTracker(tmp_path / "calls.db", settings=SETTINGS) as tracker,
        pytest.raises(BudgetExceeded),
        tracker.run("r", budget_usd=1) as run,
    ):
        run.record_call(model="m", cost=2)
        with tracker.node("next"):
            pass
    assert "✗ run r: BudgetExceeded" in terminal.getvalue().replace("\x1b[31m", "")


def test_a_program_on_a_terminal_shows_its_lines_and_one_in_a_pipe_shows_none(tmp_path):
    environment = {**os.environ, "COSTTUI_SETTINGS": str(tmp_path / "none.toml"), "TERM": "xterm"}
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "calls.db")]
    ours, theirs = pty.openpty()
    try:
        subprocess.run(command, env=environment, stderr=theirs, check=True, timeout=60)
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert "Extracted 5 requirements (" in shown
    assert " | $0.0015)" in shown
    assert "$0.0015 (heuristic ±30 %)" in shown
    assert "Performance & Cost Breakdown" in shown
    piped = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60)
    assert (piped.stdout, piped.stderr) == (b"", b"")
