"""A store that is open, read for one window, and kept up to date: what every page is built from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from time import time_ns
from typing import TYPE_CHECKING

from costtui.book import Book
from costtui.facts import Alert, Budget, Delta, Run, Status
from costtui.reading import CallQuery, EvidenceReader, Opened, StoreInfo
from costtui.recent import MOST_CALLS, RecentCalls
from costtui.view.snapshot import Sources
from costtui.window import Window, resolve

if TYPE_CHECKING:
    from costtui.analysis.whatif import Price
    from costtui.attribution.experiment.plan import Plan
    from costtui.attribution.live import Attribution
    from costtui.attribution.served import Serve
    from costtui.attribution.verdicts import Metric


def now_us() -> int:
    """Return the present as integer UTC microseconds."""
    return time_ns() // 1000


@dataclass(frozen=True)
class Viewer:
    """Who looks at a store: in which zone, with which budgets of their own, and when."""

    zone: tzinfo
    budgets: tuple[Budget, ...] = ()
    now_us: Callable[[], int] = now_us
    price_of: "Callable[[str, str], Price] | None" = None
    """The price of any model by provider and name."""
    metrics: "tuple[Metric, ...]" = ()
    """Metric events that are judged; empty: every event key is a metric of its own."""
    serve: "Serve | None" = None
    """What a flag would serve to a context, from flag data at hand."""
    experiments: "tuple[Plan, ...]" = ()
    """What their settings say of experiments."""


class Position:
    """A store that is open, read for one window, and kept up to date by its tail."""

    def __init__(self, opened: Opened, window: Window, viewer: Viewer) -> None:
        """Read the totals of a window. Raises StoreError."""
        self._opened = opened
        self._viewer = viewer
        self._window = window
        self._first_us = opened.reader.first_us()
        self._runs: dict[str, Run] = {}
        self._attribution: Attribution | None = None
        self._judged = False
        self.newest_us: int | None = None
        """Start of the newest call."""
        self._read(window)
        opened.tail.start(self._book.totals().cursor)

    def turn_to(self, window: Window) -> None:
        """Read the totals of a window where it is another one, or has moved on by a bucket. Raises StoreError."""
        span = resolve(window, self._viewer.now_us(), self._first_us)
        if window != self._window or span != self._book.span:
            self._read(window)

    def advance(self) -> Delta:
        """Take in what is new in the store and return it. Raises StoreError."""
        delta = self._opened.tail.poll()
        if delta.reset:
            self._attribution, self._judged = None, False
            self._first_us = self._opened.reader.first_us()
            self._read(self._window)
            return delta
        if delta.calls:
            self._book.add(delta.calls)
            self._recent.add(delta.calls)
            self.newest_us = delta.calls[-1].started_us
            if self._first_us is None:
                self._first_us = min(call.started_us for call in delta.calls)
        if delta.runs:
            self._runs.update((run.run_id, run) for run in delta.runs)
            self._count_running()
        return delta

    def read_evidence(self) -> bool:
        """Take in a page of new exposures and metric events, and return whether there was one. Raises StoreError."""
        if self._attribution is None:
            if not isinstance(self._opened.reader, EvidenceReader):
                return False
            from costtui.attribution.live import Attribution  # the first page does not wait for it

            self._attribution = Attribution(self._opened.reader, self._viewer.metrics)
        grown = self._attribution.advance()
        self._judged = not grown
        return grown

    @property
    def unattributed(self) -> int | None:
        """Metric events that count in no experiment, None while there is evidence that was not read."""
        return self._attribution.report.unattributed if self._attribution and self._judged else None

    @property
    def moving(self) -> bool:
        """Whether durations on the screen grow although nothing new arrives."""
        return self._running > 0

    def sources(self, alerts: Sequence[Alert] = ()) -> Sources:
        """Return what pages are built from."""
        span = self._book.span
        runs = [run for run in self._runs.values() if run.started_us < span.end_us]
        runs.sort(key=lambda run: run.started_us, reverse=True)
        return Sources(
            totals=self._book.totals(),
            reader=self._opened.reader,
            span=span,
            now_us=self._viewer.now_us(),
            zone=self._viewer.zone,
            budgets=self._viewer.budgets,
            recent=self._recent,
            runs=tuple(runs),
            info=self.info,
            alerts=alerts,
            price_of=self._viewer.price_of,
            serve=self._viewer.serve,
            experiments=self._viewer.experiments,
            metrics=self._viewer.metrics,
            attribution=self._attribution,
        )

    def _read(self, window: Window) -> None:
        reader = self._opened.reader
        span = resolve(window, self._viewer.now_us(), self._first_us)
        self._window = window
        self._book = Book(reader.totals(span), span)
        self._recent = RecentCalls(lambda: reversed(reader.calls(CallQuery(span=span, limit=MOST_CALLS))))
        self._runs = {run.run_id: run for run in reader.runs(span)}
        self._count_running()
        self.info: StoreInfo = reader.info()
        self.newest_us = self.info.newest_us

    def _count_running(self) -> None:
        self._running = sum(run.status == Status.RUNNING for run in self._runs.values())
