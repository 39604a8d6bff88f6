"""How the trend of a node is written: a line for its cost, one for its success, one for each time it was unusual."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from costtui.analysis.anomalies import Episode
from costtui.analysis.trends import FEWEST, Direction, Trend
from costtui.format import UNKNOWN, count, percent
from costtui.view.clock import minute
from costtui.view.node_trend import NodeTrend
from costtui.view.precision import nano_text
from costtui.view.quality_table import TONES
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table
from costtui.view.target import Target, quoted
from costtui.window import DAY_US, HOUR_US, QUARTER_US, SIX_HOURS_US, Span

MOST_EPISODES = 20
"""Newest times that a node was unusual, which have a line."""
_UNITS = {QUARTER_US: "quarter hours", HOUR_US: "hours", SIX_HOURS_US: "quarter days", DAY_US: "days"}


@dataclass(frozen=True, slots=True)
class TrendLine:
    """One thing that is said of a node over time."""

    key: str
    what: str
    figure: str
    verdict: str
    tone: str
    words: str
    target: Target


TREND_LINES: Table[TrendLine] = Table(
    Field(
        "what",
        "over time",
        20,
        lambda line: line.what,
        None,
        lambda line: "warn" if line.what.startswith("!") else "",
        align="left",
        help="! marks a time at which calls cost far more, or less, than in the 48 buckets before",
    ),
    Field(
        "value",
        "value",
        9,
        lambda line: line.figure,
        None,
        help="now: the mean of the last five buckets; of a time that is marked: then",
    ),
    Field("verdict", "trend", 17, lambda line: line.verdict, None, lambda line: line.tone, align="left"),
    Field("words", "in words", 0, lambda line: line.words, None, "muted", align="left"),
)


def trend_lines(found: NodeTrend, node: str, sources: Sources) -> list[TrendLine]:
    """Return what is said of a node over time: cost, success, and when it was unusual, newest first."""
    own = quoted("node", node)
    unit = unit_of(found.span)
    costs = [cost for cost in found.cost_per_call if cost is not None]
    shares = [1 - tally.errors / tally.calls for tally in found.tallies if tally.calls]
    lines = [
        _trend_line("cost per call", found.cost, unit, _last(costs, nano_text), Target("calls", filter=own)),
        _trend_line(
            "success rate",
            found.success,
            unit,
            _last(shares, percent),
            Target("calls", filter=f"{own} status=error"),
        ),
    ]
    return [*lines, *_episode_lines(found, own, sources)]


def unit_of(span: Span) -> str:
    """Return what the buckets of a trend are called: ``quarter hours``, ``days``, ``4-day spans``."""
    width = span.edges[1] - span.edges[0]
    return _UNITS.get(width) or f"{width // DAY_US}-day spans"


def p_text(p_value: float) -> str:
    """Return a p-value as it is written: ``0.012``, ``< 0.0001``."""
    return f"{p_value:.2g}" if p_value >= 0.0001 else "< 0.0001"


def unusual_text(episode: Episode) -> str:
    """Return how far a node's cost was from usual, with the mark of what is unusual: ``! 4.1×``."""
    factor = episode.anomaly.factor
    return f"! {factor:.1f}×" if factor >= 0.95 else f"! {factor:.2f}×"


def _trend_line(what: str, found: Trend, unit: str, figure: str, target: Target) -> TrendLine:
    return TrendLine(
        what, what, figure, str(found.direction), TONES.get(found.direction, ""), _words(found, unit), target
    )


def _words(found: Trend, unit: str) -> str:
    if found.direction is Direction.INSUFFICIENT:
        return f"needs {FEWEST} {unit}, has {found.count} with calls: ] widens the window"
    percent = None if found.change_percent is None else round(found.change_percent)
    change = "" if percent is None else f"{percent:+d} % " if percent else "±0 % "
    sure = p_text(found.p_value)
    sure = f"p {sure}" if sure.startswith("<") else f"p = {sure}"
    if found.direction is Direction.STABLE:
        sure = f"not significant, {sure}"
    return f"{change}in {count(found.count)} {unit} ({sure})"


def _episode_lines(found: NodeTrend, own: str, sources: Sources) -> Iterator[TrendLine]:
    for episode in found.episodes[: -MOST_EPISODES - 1 : -1]:
        start, end = found.between(episode)
        one = episode.anomaly
        first = minute(start, sources.zone, sources.now_us)
        last = minute(min(end, sources.now_us), sources.zone, sources.now_us)
        if first[:6] == last[:6] and len(first) > len("15:20"):
            last = last[7:]
        usual = f"{nano_text(one.low_nano)}–{nano_text(one.high_nano)}"
        yield TrendLine(
            key=str(start),
            what=f"! {first}–{last}",
            figure=nano_text(one.now_nano),
            verdict=f"{one.factor:.2g} × the usual",
            tone="error" if one.factor > 1 else "warn",
            words=f"a call cost {nano_text(one.usual_nano)} before ({usual}); {count(episode.calls)} calls",
            target=Target("calls", filter=own, between=(start, end), title=f"{own} {first}–{last}"),
        )


def _last(values: Sequence[float], text: Callable[[float], str]) -> str:
    recent = values[-5:]
    return text(sum(recent) / len(recent)) if recent else UNKNOWN
