"""Without a terminal there is nothing to draw on."""

import subprocess
import sys


def test_without_a_terminal_the_monitor_says_so_and_names_the_way_without_a_screen(tmp_path):
    command = [sys.executable, "-m", "costtui", str(tmp_path / "calls.db")]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "no terminal to draw on" in done.stderr
    assert "--once" in done.stderr
