"""Whether the process that records a run is still there."""

import os
import platform
from pathlib import Path

HEARTBEAT_S = 5
"""A recording process says at least this often that its runs go on."""
_SILENCE_US = 60_000_000
"""After so much silence a run on another host is interrupted."""


def process_start(host: str, pid: int) -> int:
    """Return when a process of this host started, in clock ticks since boot; 0 where that is not known."""
    if pid <= 0 or host != platform.node():
        return 0
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return int(stat.rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0


def is_alive(host: str, pid: int, started: int, last_us: int, now_us: int) -> bool:
    """Return whether a recording process lives: on this host by asking for it, else by its last sign of life."""
    if not host or pid <= 0 or host != platform.node():
        return now_us - last_us <= _SILENCE_US
    if started and (found := process_start(host, pid)):
        return found == started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
