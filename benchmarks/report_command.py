"""One report as a user asks for it: a process of its own, with its time and its peak memory."""

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

# A process inherits the peak of whoever starts it: a small one in between keeps that of the benchmarks out.
_MEASURED = (
    "import resource, subprocess, sys, time; began = time.perf_counter();"
    "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
    "print(time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
)


class Took(NamedTuple):
    """What a report took."""

    seconds: float
    megabytes: float


def report(kind: str, store: Path, days: int) -> Took:
    """Make a report of a store, and return what that took."""
    asked = [sys.executable, "-m", "costtui", "report", kind, str(store), "--days", str(days)]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *asked], check=True, capture_output=True, text=True
    )
    return Took(*map(float, done.stdout.split()))
