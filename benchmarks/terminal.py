"""A program in a pseudo-terminal, watched for what it writes."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}


class Terminal:
    """A process whose screen this is; ended with the ``with`` block."""

    def __init__(self, command: Sequence[str], *, columns: int = 120, lines: int = 40) -> None:
        """Start the command with this Python."""
        self._control, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, *command],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            cwd=ROOT,
            env=_environment(),
            start_new_session=True,
        )
        os.close(terminal)

    def until(self, text: str, timeout_s: float = 30.0) -> float:
        """Read until some text has come, and return how long after the start that was (seconds)."""
        wanted, seen = text.encode(), b""
        end = time.perf_counter() + timeout_s
        while wanted not in seen:
            seen = seen[-len(wanted) :] + self.read(end - time.perf_counter())
            if time.perf_counter() > end:
                raise TimeoutError(f"never saw {text!r}")
        return time.perf_counter() - self.started

    def read(self, timeout_s: float) -> bytes:
        """Return what comes next, nothing if nothing comes in time."""
        ready, _, _ = select.select([self._control], [], [], max(timeout_s, 0))
        return os.read(self._control, 65536) if ready else b""

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._control, keys.encode())

    def drain(self, seconds: float) -> None:
        """Read and throw away for a while."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)

    def cpu_s(self) -> float:
        """Return the processor time that the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Return the resident memory of the process."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            while os.read(self._control, 65536):
                pass
        except OSError:
            pass  # the other end is closed
        self.process.wait(10)
        os.close(self._control)


def _environment() -> dict[str, str]:
    # Without compiled bytecode imports are three times slower; installed programs have it.
    found = {**os.environ, **ENVIRONMENT}
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found
