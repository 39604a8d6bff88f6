"""Live totals of one window: read once from rollups, then each new call is added in constant time."""

from bisect import bisect_right
from collections.abc import Iterable

from costtui.facts import Call, Series
from costtui.reading import Totals
from costtui.sums import Sums, series_of
from costtui.window import Span


class Book:
    """The totals of a span, kept up to date by the calls of deltas."""

    def __init__(self, totals: Totals, span: Span) -> None:
        """Take over the totals that were read for a span; they belong to the book from now on."""
        self.span = span
        self._read = totals
        self._series: dict[Series, Sums] = dict(totals.series)
        self._spend: list[int] = list(totals.spend_nano)
        self._spend_by_node: dict[str, list[int]] = {
            node: list(spend) for node, spend in totals.spend_by_node.items()
        }

    def add(self, calls: Iterable[Call]) -> None:
        """Add the calls that the totals did not count yet and that lie inside the span; skip all others."""
        edges = self.span.edges
        for call in calls:
            if self._read.counts(call.id) or not edges[0] <= call.started_us < edges[-1]:
                continue
            series = series_of(call)
            sums = self._series.get(series)
            if sums is None:
                sums = self._series[series] = Sums()
            sums.add(call)
            if call.cost.nano is not None:
                bucket = bisect_right(edges, call.started_us) - 1
                self._spend[bucket] += call.cost.nano
                self._node_spend(call.node)[bucket] += call.cost.nano

    def totals(self) -> Totals:
        """Return the totals as they are now; valid until the next ``add``."""
        return Totals(self._read.cursor, self._series, self._spend, self._spend_by_node, self._read.cursors)

    def _node_spend(self, node: str) -> list[int]:
        spend = self._spend_by_node.get(node)
        if spend is None:
            spend = self._spend_by_node[node] = [0] * self.span.buckets
        return spend
