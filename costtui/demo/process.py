"""Starts the demo in a process of its own, and makes sure that nothing of it stays."""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from costtui.errors import CosttuiError
from costtui.facts import Budget, Period, UnknownPrice

_STOP_S = 5.0


class DemoProcess:
    """A demo that is running; a context manager that ends it and removes its temporary store."""

    def __init__(
        self, process: "subprocess.Popen[str]", store: Path, complaints: IO[bytes], *, temporary: bool
    ) -> None:
        """Wait for the demo's first word. Raises CosttuiError where it cannot start."""
        self.store = str(store)
        self.budgets: tuple[Budget, ...] = ()
        self._process = process
        self._directory = store.parent if temporary else None
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            self.stop()
            complaints.seek(0)
            reason = complaints.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
            raise CosttuiError(f"the demo could not start: {reason}")
        self.budgets = tuple(_budget(each) for each in json.loads(line)["budgets"])

    @property
    def pid(self) -> int:
        """The id of the demo's process."""
        return self._process.pid

    def stop(self) -> None:
        """End the demo; what it made is gone, unless it was to be kept."""
        process = self._process
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_demo(*, seed: int | None = None, speed: float = 1.0, keep: str | Path | None = None) -> DemoProcess:
    """Start the demo and return it; ``keep`` names a directory whose store stays. Raises CosttuiError.

    It records into ``store`` from now on, first some days of history, and ends with this process, however that ends.
    """
    if keep is None:
        directory = Path(tempfile.mkdtemp(prefix="costtui-demo-"))
    else:
        directory = Path(keep)
        directory.mkdir(parents=True, exist_ok=True)
    store = directory / "demo.db"
    if keep is not None and store.exists():
        raise CosttuiError(f"there is a demo store already: {store}; watch it with: costtui {store}")
    command = [sys.executable, "-m", "costtui.demo", str(store), f"--speed={speed}"]
    command += [f"--seed={seed}"] if seed is not None else []
    command += ["--temporary"] if keep is None else []
    with tempfile.TemporaryFile() as complaints:  # a pipe that nobody reads would fill up and stop the demo
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            start_new_session=True,
        )
        return DemoProcess(process, store, complaints, temporary=keep is None)


def _budget(values: dict[str, Any]) -> Budget:
    return Budget(
        **{
            **values,
            "period": Period(values["period"]),
            "unknown_price": UnknownPrice(values["unknown_price"]),
        }
    )
