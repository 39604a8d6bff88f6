"""Where a node is going: cost per call and success rate over time, and when its cost was far outside its own history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from costtui.analysis.anomalies import LOOKBACK, Episode, Level, episodes
from costtui.analysis.trends import Trend, ratio_trend
from costtui.reading import Tally, TallyReader
from costtui.view.snapshot import Sources
from costtui.window import DAY_US, HOUR_US, QUARTER_US, SIX_HOURS_US, Span

KEPT_US = 10_000_000
"""How long trends are taken as they were read: pages are built many times a second."""
_MOST_BUCKETS = 200


@dataclass(frozen=True, slots=True)
class NodeTrend:
    """How one node did over the window, and over LOOKBACK buckets before it."""

    span: Span
    tallies: tuple[Tally, ...]
    cost: Trend
    """Of the cost per call."""
    success: Trend
    """Of the share of calls that did not fail."""
    episodes: tuple[Episode, ...]
    """Oldest first."""

    @property
    def cost_per_call(self) -> tuple[float | None, ...]:
        """Nano-dollars per call in each bucket; None where no call tells."""
        return tuple(_cost_per_call(tally) for tally in self.tallies)

    def between(self, episode: Episode) -> tuple[int, int]:
        """Return the first instant of an episode, and the first after it."""
        return self.span.edges[episode.first], self.span.edges[episode.last + 1]


def trend_span(span: Span, now_us: int) -> Span:
    """Return the time that trends look at: a window, and before it LOOKBACK buckets, all of whole quarter hours."""
    end_us = min(span.end_us, now_us + 1)
    length = max(end_us - span.start_us, 0)
    step = next((step for step in _STEPS if length <= _MOST_BUCKETS * step), None)
    if step is None:
        step = -(-length // (_MOST_BUCKETS * DAY_US)) * DAY_US
    first = span.start_us // step * step - LOOKBACK * step
    return Span(tuple(range(first, -(-max(end_us, first + step) // step) * step + 1, step)))


_STEPS = (QUARTER_US, HOUR_US, SIX_HOURS_US, DAY_US)


def node_trend(sources: Sources, node: str) -> NodeTrend | None:
    """Return the trend of a node, None where the store does not keep what it takes. Raises StoreError."""
    if not isinstance(sources.reader, TallyReader):
        return None
    return _node_trend(
        sources.reader, trend_span(sources.span, sources.now_us), node, sources.now_us // KEPT_US
    )


def latest_episodes(sources: Sources) -> Mapping[str, Episode]:
    """Return the newest episode of each node that had one within the window. Raises StoreError."""
    if not isinstance(sources.reader, TallyReader):
        return {}
    span = trend_span(sources.span, sources.now_us)
    found = _latest_episodes(sources.reader, span, sources.now_us // KEPT_US)
    return {
        node: episode
        for node, episode in found.items()
        if span.edges[episode.last + 1] > sources.span.start_us
    }


@lru_cache(maxsize=2)
def _node_trend(reader: TallyReader, span: Span, node: str, _tick: int) -> NodeTrend:
    tallies = tuple(reader.tallies(span, node).get(node, ()))
    return NodeTrend(
        span,
        tallies,
        ratio_trend([(tally.cost_nano, tally.priced) for tally in tallies], higher_is_better=False),
        ratio_trend([(tally.calls - tally.errors, tally.calls) for tally in tallies]),
        tuple(episodes(node, _levels(tallies))),
    )


@lru_cache(maxsize=2)
def _latest_episodes(reader: TallyReader, span: Span, _tick: int) -> Mapping[str, Episode]:
    found = {node: episodes(node, _levels(tallies)) for node, tallies in reader.tallies(span).items()}
    return {node: own[-1] for node, own in found.items() if own}


def _cost_per_call(tally: Tally) -> float | None:
    return tally.cost_nano / tally.priced if tally.priced else None


def _levels(tallies: Sequence[Tally]) -> list[Level]:
    return [Level(tally.priced, tally.cost_nano) for tally in tallies]
