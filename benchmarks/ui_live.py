"""Processor use while rows change, and key to paint, of a monitor in a pseudo-terminal."""

import json
import os
import pty
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
from fcntl import ioctl
from pathlib import Path

from benchmarks.measure import Measure

ROOT = Path(__file__).resolve().parent.parent
LINES, COLUMNS = 58, 140


def run(seconds: float = 6.0) -> list[Measure]:
    """Measure live tables; takes about a minute."""
    measures: list[Measure] = []
    for title, rows, changed, hertz, goal in (
        ("50 rows change at 10 Hz", 50, 50, 10, "≤ 15 %"),
        ("5 of 50 rows change at 10 Hz", 50, 5, 10, "≤ 6 %"),
        ("nothing changes", 50, 0, 0, "≤ 1.5 %"),
    ):
        found = _rig(rows, changed, hertz, "move", seconds)
        measures.append(Measure(f"CPU, {title}", 100 * found["cpu"], "% of a core", None, goal))
    for keys, rows in (("move", 50), ("move", 10_000), ("scroll", 10_000)):
        found = _rig(rows, 5, 10, keys, 0.1)
        times = sorted(found["latencies_ms"])
        where = f"{keys}, {rows:,} rows, live"
        measures.append(Measure(f"key → paint p50, {where}", statistics.median(times), "ms", None, "≤ 10 ms"))
        measures.append(
            Measure(f"key → paint p95, {where}", times[int(len(times) * 0.95)], "ms", None, "≤ 30 ms")
        )
    return measures


def _rig(rows: int, changed: int, hertz: float, keys: str, seconds: float) -> dict[str, object]:
    with tempfile.NamedTemporaryFile("r", suffix=".json") as report:
        command = [
            sys.executable,
            "-m",
            "benchmarks.ui_rig",
            *map(str, (rows, changed, hertz, keys, seconds)),
        ]
        control, terminal = pty.openpty()
        ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        environment = {
            **os.environ,
            "RIG_REPORT": report.name,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
        }
        process = subprocess.Popen(
            command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=ROOT, env=environment
        )
        os.close(terminal)
        try:
            while os.read(control, 65536):
                pass
        except OSError:
            pass  # the other end is closed
        finally:
            os.close(control)
            process.wait(30)
        return json.loads(Path(report.name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    for measure in run():
        print(f"{measure.name:45} {measure.value:8.1f} {measure.unit:12} goal {measure.goal}")
