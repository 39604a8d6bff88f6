"""Runs a program from outside and records the model calls of all its Python processes."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from json import dumps
from pathlib import Path

from costtui.errors import BudgetExceeded, CosttuiError, PriceUnknown, StoreMissing, StoreUnavailable
from costtui.facts import Call, Hold, Settlement, Status
from costtui.llm.exchange import Exchange, to_call
from costtui.llm.providers import own_hosts
from costtui.record.autohook.asked import Asked
from costtui.record.autohook.child import DOCTOR, ENFORCE, HOSTS, RELAY
from costtui.record.autohook.listen import Listener
from costtui.record.autohook.program import NOT_EXECUTABLE, NOT_FOUND, Program, program_name
from costtui.record.autohook.reserving import reserve
from costtui.record.autohook.tally import Tally
from costtui.record.recorder import Recorder
from costtui.record.run import OpenRun
from costtui.settings import Settings
from costtui.store import open_store

DRAIN_S = 2.0
"""How long processes that outlive the program are waited for."""
INJECT = Path(__file__).parent / "inject"

Seen = Callable[[Exchange, Call], None]
Note = Callable[[Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a recorded program ended."""

    code: int
    """Exit code, negative for the signal that ended it."""
    tally: Tally
    run_id: str
    store: str
    failures: tuple[str, ...] = ()
    """Why something could not be recorded, in words."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and where to record it."""

    command: Sequence[str]
    run_id: str
    subsystem: str = ""
    store: str | None = None
    seen: Seen | None = None
    """Told of every call besides the store."""
    note: Note | None = None
    """Told what the program's interpreters notice; makes them look."""


def run_recorded(plan: Plan, settings: Settings) -> Ended:
    """Run a program to its end and record its calls as one run. Raises CosttuiError before the program is started."""
    _ensure_store(plan.store, settings)
    recording = Recording(plan)
    with Listener(recording) as listener:
        program = _start(plan.command, _environment(plan, settings, listener.path))
        recorder = Recorder(plan.store, settings=settings)
        config = {"program": program_name(plan.command)}
        run = OpenRun(recorder, plan.run_id, subsystem=plan.subsystem, config=config)
        run.begin()
        recorder.price_book()
        recording.run = run
        listener.start()
        code = program.wait()
        listener.drain(DRAIN_S)
    recording.release_all()
    status, error = _outcome(code)
    run.finish(status, error=error)
    recorder.close()
    return Ended(code, recording.tally, plan.run_id, recorder.path, tuple(recording.failures))


class Recording:
    """Turns what programs send into calls of one run."""

    def __init__(self, plan: Plan) -> None:
        self.tally = Tally()
        self.failures: list[str] = []
        self.run: OpenRun | None = None
        self._plan = plan
        self._holds: set[str] = set()

    def reserve(self, asked: Asked) -> dict[str, str]:
        """Return the id of what was set aside for a request, or why it must not be made; a failure stops nothing."""
        run = self.run
        try:
            if run is None:
                return {}
            own = asked.origin.run_id in ("", run.run_id)
            hold = reserve(asked, run.recorder, run if own else None)
        except (BudgetExceeded, PriceUnknown) as refusal:
            self.tally.refused += 1
            return {"refused": type(refusal).__name__, "message": str(refusal)}
        except Exception as error:
            self.failures.append(f"no budget was asked: {type(error).__name__}: {error}")
            return {}
        if hold.id:
            self._holds.add(hold.id)
        return {"hold": hold.id}

    def release(self, hold: str) -> None:
        """Give back what was set aside for a request that was not sent."""
        if hold in self._holds:
            self._holds.discard(hold)
            if self.run is not None:
                self.run.recorder.write(Settlement(hold))

    def release_all(self) -> None:
        """Give back what was set aside for requests of which nothing was heard until the program ended."""
        for hold in list(self._holds):
            self.release(hold)

    def exchange(self, exchange: Exchange) -> None:
        """Record an exchange; a failure is kept in words."""
        run = self.run
        try:
            if run is None or (call := to_call(exchange, run.recorder.price)) is None:
                self.release(exchange.hold)
                return
            self.tally.add(call)
            if self._plan.seen is not None:
                self._plan.seen(exchange, call)
            self._holds.discard(exchange.hold)
            hold = Hold(exchange.hold)
            if call.run_id and call.run_id != run.run_id:
                run.recorder.record(call, hold)  # the program has runs of its own
            else:
                run.record(call, hold)
        except BudgetExceeded:
            return  # it was recorded
        except Exception as error:
            self.failures.append(f"{type(error).__name__}: {error}")

    def note(self, facts: Mapping[str, str]) -> None:
        """Pass a note on."""
        if self._plan.note is not None:
            self._plan.note(facts)


def _ensure_store(path: str | None, settings: Settings) -> None:
    """Raise StoreForeign or StoreNewer now, not when the program has done its work."""
    recorder = Recorder(path, settings=settings)
    recorder.close()
    with open_store(recorder.path) as opened, suppress(StoreMissing, StoreUnavailable):
        opened.reader.info()


def _start(command: Sequence[str], environment: Mapping[str, str]) -> Program:
    try:
        return Program(command, environment)
    except FileNotFoundError:
        raise _CannotStart(f"cannot run {command[0]!r}: no such program", NOT_FOUND) from None
    except OSError as error:
        raise _CannotStart(f"cannot run {command[0]!r}: {error.strerror}", NOT_EXECUTABLE) from None


class _CannotStart(CosttuiError):
    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.exit_code = code


def _environment(plan: Plan, settings: Settings, relay: str) -> dict[str, str]:
    path = os.environ.get("PYTHONPATH")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{INJECT}{os.pathsep}{path}" if path else str(INJECT),
        RELAY: relay,
        "COSTTUI_RUN_ID": plan.run_id,
        HOSTS: dumps(own_hosts(settings)),
    }
    if plan.store:
        environment["COSTTUI_STORE"] = os.path.abspath(plan.store)  # noqa: PTH100 - links stay as they are
    if plan.note is not None:
        environment[DOCTOR] = "1"
    if not settings.recording.enforce:
        environment[ENFORCE] = "false"
    return environment


def _outcome(code: int) -> tuple[Status, str]:
    """Return how the run ended, by the program's exit code."""
    if code >= 0:
        return (Status.ERROR, f"exit code {code}") if code else (Status.OK, "")
    number = signal.Signals(-code)
    status = {signal.SIGINT: Status.CANCELLED, signal.SIGKILL: Status.INTERRUPTED}.get(number, Status.ERROR)
    return status, f"ended by {number.name}"
