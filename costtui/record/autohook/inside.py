"""``costtui.instrument()``: records the calls of the present process."""

import atexit
import sys
import threading
from os import PathLike
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from costtui.record.autohook.finder import LIBRARIES, SDKS, after_import
from costtui.record.autohook.patch import is_patched, patch, unpatch
from costtui.record.autohook.sdks import close_way, open_way
from costtui.record.autohook.watch import Observer
from costtui.settings import Settings, load

if TYPE_CHECKING:
    from costtui.llm.exchange import Exchange, Origin
    from costtui.record.autohook.asked import Asked
    from costtui.record.recorder import Recorder

_lock = threading.Lock()
_active: "Instrumentation | None" = None


class Instrumentation:
    """The switch of the recording that ``instrument`` began; also a context manager that ends it."""

    def __init__(self, store: "str | PathLike[str] | Recorder | None", settings: Settings) -> None:
        from costtui.llm.providers import own_hosts

        self._store = store
        self._settings = settings
        self._recorder: Recorder | None = None
        self._recorder_lock = threading.Lock()
        self._finder: Any = None
        self.observer = Observer(self._record, own_hosts(settings), guard=self)

    @property
    def failures(self) -> int:
        """How many calls could not be recorded."""
        return self.observer.failures

    def start(self) -> None:
        """Observe the HTTP libraries, those that are imported later too."""
        if not self._settings.recording.enabled:
            return
        self._finder = after_import(LIBRARIES + SDKS, self._take_over)
        threading.Thread(target=self._warm, name="costtui-prices", daemon=True).start()
        atexit.register(self.stop)

    def flush(self) -> None:
        """Wait until everything that was seen is in the store."""
        if self._recorder is not None:
            self._recorder.flush()

    def stop(self) -> None:
        """Give the HTTP libraries back as they were, and write what waits."""
        global _active
        atexit.unregister(self.stop)
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        for name in LIBRARIES:
            if name in sys.modules and is_patched(sys.modules[name]):
                unpatch(sys.modules[name])
        for name in SDKS:
            if name in sys.modules:
                close_way(sys.modules[name])
        self.observer.finish_open()
        recorder, self._recorder = self._recorder, None
        if recorder is not None and recorder is not self._store:
            recorder.close()
        with _lock:
            if _active is self:
                _active = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def concerns(self, origin: "Origin", owner: Any) -> bool:
        """Return whether any budget may concern a request of this origin."""
        if not self._settings.recording.enforce:
            return False
        if owner is None:
            return self._open().holds.concern(origin.run_id)
        run = getattr(owner, "run", owner)
        limited = run is not None and run.own_nano is not None
        return limited or bool(owner.recorder.holds.concern(origin.run_id))

    def reserve(self, asked: "Asked", owner: Any) -> str:
        """Set aside what a request may cost, where it is made. Raises BudgetExceeded and PriceUnknown."""
        from costtui.record.autohook.reserving import reserve

        if owner is None:
            return reserve(asked, self._open(), None).id
        return reserve(asked, owner.recorder, getattr(owner, "run", owner)).id

    def release(self, hold: str, owner: Any) -> None:
        """Give back what was set aside for a request that was not sent."""
        from costtui.facts import Settlement

        (self._open() if owner is None else owner.recorder).write(Settlement(hold))

    def _take_over(self, library: ModuleType) -> None:
        """Observe a library; a program that records itself is not recorded from outside as well."""
        if library.__name__ in SDKS:
            open_way(library)
            return
        if is_patched(library):
            unpatch(library)
        patch(library, self.observer)

    def _record(self, exchange: "Exchange", owner: Any) -> None:
        from costtui.errors import BudgetExceeded
        from costtui.facts import Hold
        from costtui.llm.exchange import to_call

        try:
            call = to_call(exchange, self._open().price)
            if call is not None:
                (owner or self._open()).record(call, Hold(exchange.hold))
            elif exchange.hold:
                self.release(exchange.hold, owner)
        except BudgetExceeded:
            return  # it was recorded; the next step will not begin
        except Exception as error:
            self.observer.failed(error)

    def _open(self) -> "Recorder":
        with self._recorder_lock:
            if self._recorder is None:
                from costtui.record.recorder import Recorder

                given = self._store
                self._recorder = (
                    given if isinstance(given, Recorder) else Recorder(given, settings=self._settings)
                )
            return self._recorder

    def _warm(self) -> None:
        """Load the price book before the first call needs it."""
        try:
            self._open().price_book()
        except Exception as error:
            self.observer.failed(error)


def instrument(
    store: "str | PathLike[str] | Recorder | None" = None, *, settings: Settings | None = None
) -> Instrumentation:
    """Record every request to a model that this process makes through httpx or httpx2 from now on.

    Calls go to the run and node that are open where they are made, else to ``store`` (default: that of the
    settings). A second call returns the instrumentation that is active. Raises SettingsError.
    """
    global _active
    with _lock:
        if _active is None:
            _active = Instrumentation(store, load() if settings is None else settings)
            _active.start()
        return _active
