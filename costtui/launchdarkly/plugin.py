"""The attribution plugin: what happens in the process, also what never reaches the wire, with source lines."""

import atexit
import itertools
import os
import queue
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ldclient.hook import EvaluationSeriesContext, Hook, Metadata
from ldclient.plugin import EnvironmentMetadata, Plugin, PluginMetadata

from costtui.attribution.events import EventReader, Fact
from costtui.attribution.sender import fingerprint_key
from costtui.facts import MetricEvent
from costtui.launchdarkly.callsite import call_site
from costtui.launchdarkly.seen import Privacy, Seen, facts_of

_WAITING = 10_000
"""Things seen that may wait to be written; more are counted and left out."""
_RECENT = 10_000


class Sink(Protocol):
    """What facts are written to: a store's writer."""

    def write(self, *facts: Any) -> object:
        """Write facts."""
        ...

    def close(self) -> None:
        """Write what is left, and release."""
        ...


class AttributionPlugin(Plugin):
    """Records evaluations and tracked events of an SDK client: ``Config(plugins=[AttributionPlugin("calls.db")])``.

    ``store`` is a path, an open writer, or empty for the default store. Whatever happens here, the SDK goes on as without
    it; the caller waits for microseconds only.
    """

    def __init__(self, store: str | Sink = "") -> None:
        self._store = store
        self._recorders: list[_Recorder] = []

    @property
    def metadata(self) -> PluginMetadata:
        """The plugin's name."""
        return PluginMetadata("costtui")

    @property
    def left_out(self) -> int:
        """What was seen and not recorded, because too much happened at once."""
        return sum(recorder.left_out for recorder in self._recorders)

    def get_hooks(self, metadata: EnvironmentMetadata) -> list[Hook]:
        """Return the hook that sees evaluations (called by the SDK)."""
        return [_EvaluationHook(self._recorder(metadata))]

    def register(self, client: Any, metadata: EnvironmentMetadata) -> None:
        """Watch a client's ``track`` and ``close`` (called by the SDK)."""
        self._recorder(metadata).watch(client)

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until all that was seen has been handed to the store; False where that takes too long."""
        return all(recorder.flush(timeout_s) for recorder in self._recorders)

    def close(self) -> None:
        """Write what waits, and stop: for programs that outlive their SDK client. What is seen later is left out."""
        for recorder in self._recorders:
            recorder.close()

    def _recorder(self, metadata: EnvironmentMetadata) -> "_Recorder":
        environment = fingerprint_key(metadata.sdk_key or "")
        for recorder in self._recorders:
            if recorder.environment == environment:
                return recorder
        sdk = metadata.sdk
        name = "PythonClient" if "python" in sdk.name else sdk.name
        owned = isinstance(self._store, str)
        self._recorders.append(_Recorder(self._open, owned, environment, f"{name}/{sdk.version}"))
        return self._recorders[-1]

    def _open(self) -> Sink:
        if not isinstance(self._store, str):
            return self._store
        from costtui.settings import load
        from costtui.store import open_writer

        settings = load()
        return open_writer(self._store or settings.store_path, settings=settings)


class _EvaluationHook(Hook):
    def __init__(self, recorder: "_Recorder") -> None:
        self._recorder = recorder

    @property
    def metadata(self) -> Metadata:
        return Metadata("costtui")

    def before_evaluation(
        self, series_context: EvaluationSeriesContext, data: dict[Any, Any]
    ) -> dict[Any, Any]:
        return data

    def after_evaluation(
        self, series_context: EvaluationSeriesContext, data: dict[Any, Any], detail: Any
    ) -> dict[Any, Any]:
        self._recorder.see("feature", series_context.key, series_context.context, detail=detail)
        return data


class _Recorder:
    """Takes what is seen in the caller's thread, and writes it in its own."""

    def __init__(self, open_sink: Callable[[], Sink], owns_sink: bool, environment: str, sender: str) -> None:
        self.environment = environment
        self.left_out = 0
        self._open_sink = open_sink
        self._owns_sink = owns_sink
        self._sender = sender
        self._privacy = Privacy()
        self._sends = True
        self._flush_interval_s = 5.0
        self._closed = False
        self._ended = False
        self._places = itertools.count()
        self._queue: queue.SimpleQueue[Seen | threading.Event | None] = queue.SimpleQueue()
        self._recent: deque[MetricEvent] = deque(maxlen=_RECENT)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def watch(self, client: Any) -> None:
        """See what a client tracks, and whether it is closed before the process ends."""
        config = getattr(client, "_config", None)
        self._privacy = Privacy(
            bool(getattr(config, "all_attributes_private", False)),
            tuple(str(name) for name in getattr(config, "private_attributes", ()) or ()),
        )
        self._sends = bool(getattr(config, "send_events", True)) and not getattr(config, "offline", False)
        self._flush_interval_s = float(getattr(config, "flush_interval", 5.0) or 5.0)
        track, close = client.track, client.close

        def seen_track(event_name: str, context: Any, data: Any = None, metric_value: Any = None) -> Any:
            self.see("custom", event_name, context, data=data, value=metric_value)
            return track(event_name, context, data, metric_value)

        def seen_close(*args: Any, **kwargs: Any) -> Any:
            self._closed = True
            return close(*args, **kwargs)

        client.track, client.close = seen_track, seen_close
        atexit.register(self.close)
        _recorders.add(self)

    def see(self, kind: str, key: str, context: Any, **more: Any) -> None:
        """Note something that happened; never raises."""
        try:
            if self._ended or self._queue.qsize() >= _WAITING:
                self.left_out += 1
                return
            self._queue.put(
                Seen(
                    kind,
                    key,
                    context,
                    time.time() * 1000,
                    next(self._places),
                    call_site(3),
                    sendable=self._sends,
                    **more,
                )
            )
            if self._thread is None:
                self._start()
        except Exception:  # the SDK must go on as if nobody watched
            self.left_out += 1

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was seen has been written."""
        if self._thread is None:
            return True
        done = threading.Event()
        self._queue.put(done)
        return done.wait(timeout_s)

    def begin_again(self) -> None:
        """Start anew in a forked process, which has none of its parent's threads."""
        self._queue = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread = None

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="costtui-plugin", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        reader = EventReader()
        sink: Sink | None = None
        while (item := self._queue.get()) is not None:
            if isinstance(item, threading.Event):
                item.set()
                continue
            try:
                sink = sink or self._open_sink()
                facts = facts_of(item, reader, self.environment, self._sender, self._privacy)
                self._recent.extend(fact for fact in facts if isinstance(fact, MetricEvent))
                sink.write(*facts)
            except Exception:  # one strange event must not end the recording of others
                self.left_out += 1
        if sink is not None:
            try:
                self._write_lost(sink)
            finally:
                if self._owns_sink:
                    sink.close()

    def _write_lost(self, sink: Sink) -> None:
        """Say of events that were still waiting in an SDK that nobody closed that they are lost."""
        if not self._closed:
            since = (time.time() - self._flush_interval_s) * 1e6
            lost: Sequence[Fact] = [
                replace(event, delivered=False)
                for event in self._recent
                if event.at_us >= since and event.delivered is None
            ]
            sink.write(*lost)

    def close(self) -> None:
        """Write what waits, and stop."""
        atexit.unregister(self.close)
        with self._starting:
            self._ended = True
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout=10.0)


_recorders: "weakref.WeakSet[_Recorder]" = weakref.WeakSet()


def _after_fork() -> None:
    for recorder in list(_recorders):
        recorder.begin_again()


os.register_at_fork(after_in_child=_after_fork)
