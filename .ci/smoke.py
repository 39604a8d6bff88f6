"""Run ``costtui demo`` in a pseudo-terminal as a user would: it paints, answers its keys, and leaves cleanly."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

import pyte

COLUMNS, LINES = 120, 40
TIMEOUT_S = 60
# Private sequences of modern terminals that the emulator does not know.
UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*[umpqtc$]+|\x1b\[\?[0-9;]*\$p|\x1bP.*?\x1b\\", re.S)


def main() -> int:
    """Return 0 if every step was seen on the screen."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "costtui", "demo"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment,
        start_new_session=True,
    )
    os.close(terminal)
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)

    def until(pattern: str) -> None:
        end = time.monotonic() + TIMEOUT_S
        while not re.search(pattern, "\n".join(screen.display)):
            ready, _, _ = select.select([controller], [], [], 0.2)
            if ready:
                stream.feed(UNKNOWN.sub(b"", os.read(controller, 65536)))
            if time.monotonic() > end or process.poll() is not None:
                print("\n".join(screen.display))
                raise SystemExit(f"never saw {pattern!r} (exit code {process.poll()})")

    try:
        until(r"LIVE")
        until(r"\$\d")
        for key, sign in ((b"2", r"\$/call"), (b"3", r"duration"), (b"4", r"latency"), (b"?", r"esc closes")):
            os.write(controller, key)
            until(sign)
        os.write(controller, b"\x1b")
        until(r"follow")
        time.sleep(0.5)
        os.write(controller, b"q")
        end = time.monotonic() + TIMEOUT_S
        while process.poll() is None and time.monotonic() < end:
            ready, _, _ = select.select([controller], [], [], 0.1)
            if ready:
                try:
                    os.read(controller, 65536)
                except OSError:
                    break
        code = process.wait(10)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(controller)
    print(f"the demo painted, answered its keys and left with exit code {code}")
    return code


if __name__ == "__main__":
    sys.exit(main())
