"""Runs a program as if nobody stood in between: its streams, signals and exit code are its own."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

_FORWARDED = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGCONT")
    if hasattr(signal, name)
)
_FROM_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGWINCH)
_SI_USER = 0
NOT_FOUND = 127
NOT_EXECUTABLE = 126


class Program:
    """A running program. Signals sent to this process from now on go to it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start it. Raises FileNotFoundError or PermissionError; must be called before threads are started."""
        self._watched = {*_FORWARDED, signal.SIGCHLD}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)
        try:
            self._process = subprocess.Popen(
                [_executable(command[0]), *command[1:]],
                env=dict(environment),
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before) and None,
            )
        except OSError:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            raise

    def wait(self) -> int:
        """Forward signals until the program ends; return its exit code, negative for the signal that ended it."""
        while self._process.poll() is None:
            number, from_terminal = self._next_signal()
            if number in _FORWARDED and not from_terminal:
                self._process.send_signal(number)
        return self._process.returncode

    def _next_signal(self) -> tuple[int, bool]:
        """Return the next signal, and whether the program got it too because the terminal sent it to both."""
        if hasattr(signal, "sigwaitinfo"):
            info = signal.sigwaitinfo(self._watched)
            return info.si_signo, info.si_code > _SI_USER
        number = signal.sigwait(self._watched)
        return number, number in _FROM_TERMINAL and sys.stdin.isatty()


def end_like(code: int) -> int:
    """Return the exit code to end with; where a signal ended the program, end this process by the same one."""
    if code >= 0:
        return code
    number = signal.Signals(-code)
    if number in (signal.SIGKILL, signal.SIGSTOP):
        return 128 + number
    sys.stdout.flush()
    sys.stderr.flush()
    _no_core()
    signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)
    return 128 + number


def program_name(command: Sequence[str]) -> str:
    """Return what people call a command: the script or module that an interpreter runs, else the program."""
    first = Path(command[0]).stem
    if not first.startswith("python") or len(command) == 1:
        return first
    for flag, argument in pairwise((*command[1:], "")):
        if flag == "-m":
            return argument
        if flag == "-c":
            return first
        if not flag.startswith("-"):
            return Path(flag).stem
    return first


def _executable(name: str) -> str:
    """Return the path of a program as a shell finds it; subprocess itself would look in the new environment."""
    return shutil.which(name) or name


def _no_core() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
