"""Verdicts on what a store holds, kept up to date while it grows, a page of evidence at a time."""

from collections.abc import Sequence

from costtui.attribution.debugger import Debugger
from costtui.attribution.groups import Group, Report
from costtui.attribution.history import Moment
from costtui.attribution.verdicts import Metric
from costtui.reading import EvidenceReader

PAGE = 1_000
"""Exposures, and as many metric events, that are read at once: what is shown meanwhile must not wait."""


class Attribution:
    """Follows the evidence of a store. Memory is bounded by the debugger's limits."""

    def __init__(self, reader: EvidenceReader, metrics: Sequence[Metric] = ()) -> None:
        """Judge these metrics, or every event key that is tracked."""
        self._reader = reader
        self._cursor: tuple[int, ...] = (0, 0)
        self._debugger = Debugger(metrics)
        self._report: Report | None = None

    def advance(self) -> bool:
        """Read the next page, and return whether there was something on it. Raises StoreError."""
        page = self._reader.evidence(self._cursor, PAGE)
        if not page.exposures and not page.events:
            return False
        self._cursor = page.cursor
        self._debugger.feed((*page.exposures, *page.events))
        self._report = None
        return True

    @property
    def report(self) -> Report:
        """The verdicts so far, as groups by cause, worst first."""
        if self._report is None:
            self._report = self._debugger.report()
        return self._report

    def group(self, group_id: str) -> Group | None:
        """Return a group by its id, None where its events have gone to another."""
        return next((group for group in self.report.groups if group.id == group_id), None)

    def history(self, key: str) -> tuple[Moment, ...]:
        """Return what is kept of a context key, the oldest first."""
        return self._debugger.history(key)
