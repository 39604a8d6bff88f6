"""How an experiment is written, on the screen and in reports: variations."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isfinite, log10

from costtui.analysis.moments import Moments
from costtui.analysis.stats import Estimate, sequential_interval
from costtui.attribution.experiment.decisions import share_text
from costtui.attribution.experiment.findings import rate_of
from costtui.attribution.experiment.result import Arm
from costtui.attribution.experiment.units import Standing
from costtui.format import UNKNOWN, count, duration
from costtui.view.headline import counting_tone
from costtui.view.precision import nano_text, nano_usd
from costtui.view.table import Field, Table

BAR = 21
"""Cells of an interval that is drawn."""


@dataclass(frozen=True, slots=True)
class Served:
    """One variation with its intervals, and what its bar is drawn on."""

    arm: Arm
    cost: Estimate | None
    """Nano-dollars per request, of the events that count for certain; None without any."""
    all_cost: Estimate | None
    """The same, if all that was tracked counted."""
    unit_cost: Estimate | None
    """Nano-dollars per unit, of the events that count for certain."""
    latency: Estimate | None
    success: Estimate | None
    most_nano: float
    """Where the bar ends: the same for all variations."""
    rate: int

    @property
    def drawn(self) -> Estimate | None:
        """What the bar shows."""
        return self.cost or self.all_cost


def served_of(arms: Iterable[Arm], rate: int) -> list[Served]:
    """Return the variations with intervals that hold however often one looks."""
    found = [arm for arm in arms if arm.name]
    costs = {arm.name: _interval(arm.counted.per_request) for arm in found}
    all_costs = {arm.name: _interval(arm.everything.per_request) for arm in found}
    drawn = [costs[arm.name] or all_costs[arm.name] for arm in found]
    ends = [end for one in drawn if one for end in (one.value, one.high) if isfinite(end)]
    return [
        Served(
            arm,
            costs[arm.name],
            all_costs[arm.name],
            _interval(arm.counted.per_unit) if costs[arm.name] else None,
            _interval(arm.calls.latency),
            rate_of(arm.calls.success) if arm.calls.success.bottom else None,
            max(ends, default=0.0),
            rate,
        )
        for arm in found
    ]


def _interval(moments: Moments) -> Estimate | None:
    return sequential_interval(moments.ratio()) if moments.bottom else None


def interval_bar(found: Estimate | None, most: float, width: int = BAR) -> str:
    """Return an interval as text, ``┈┈├──●──┤┈┈``, on a scale from 0 to ``most``; an open end has no stop."""
    if found is None or most <= 0 or not isfinite(found.value):
        return ""

    def place(value: float) -> int:
        return round(min(max(value / most, 0.0), 1.0) * (width - 1))

    low, middle, high = (place(value) for value in (found.low, found.value, found.high))
    cells = ["┈"] * width
    for cell in range(low, high + 1):
        cells[cell] = "─"
    if isfinite(found.low):
        cells[low] = "├"
    if isfinite(found.high):
        cells[high] = "┤"
    cells[middle] = "●"
    return "".join(cells)


def fine_money(nano: float | None) -> str:
    """Return a cost with three digits that matter: requests cost tenths of a cent, and differ by less."""
    if nano is None or not isfinite(nano):
        return UNKNOWN
    dollars = nano / 1e9
    if not 1e-7 <= dollars < 0.1:
        return nano_text(nano)
    return f"${dollars:.{2 - floor(log10(dollars))}f}"


def _nano(found: Estimate | None) -> float | None:
    return None if found is None else nano_usd(found.value)


def _text(found: Estimate | None) -> str:
    return fine_money(None if found is None else found.value)


def _share_tone(served: Served) -> str:
    share = served.arm.counting
    return "" if share is None else counting_tone(share)


def _standing_field(standing: Standing, title: str, tone: str, help: str, priority: int) -> Field[Served]:
    return Field(
        title,
        title,
        8,
        lambda s: s.arm.events[standing] * s.rate,
        lambda s: count(s.arm.events[standing] * s.rate) if s.arm.events[standing] else "",
        tone,
        priority=priority,
        name=f"{title}_events",
        help=help,
    )


VARIATIONS: Table[Served] = Table(
    Field(
        "variation",
        "variation",
        16,
        lambda s: s.arm.name,
        None,
        align="left",
        help="its key; the baseline first",
    ),
    Field(
        "units",
        "units",
        7,
        lambda s: s.arm.units * s.rate,
        lambda s: count(s.arm.units * s.rate),
        help="units (users, as a rule) that were exposed to it and to no other",
    ),
    Field(
        "exposures",
        "exposures",
        9,
        lambda s: s.arm.exposures * s.rate,
        lambda s: count(s.arm.exposures * s.rate),
        "muted",
        priority=6,
        help="evaluations in the experiment",
    ),
    Field(
        "events",
        "events",
        7,
        lambda s: s.arm.tracked * s.rate,
        lambda s: count(s.arm.tracked * s.rate),
        "muted",
        priority=3,
        help="metric events that were tracked",
    ),
    Field(
        "counts",
        "counts",
        7,
        lambda s: None if s.arm.counting is None else round(s.arm.counting, 6),
        lambda s: UNKNOWN if s.arm.counting is None else share_text(s.arm.counting),
        _share_tone,
        name="share_counted",
        help="share of its metric events that count for certain",
    ),
    _standing_field(
        Standing.DOUBTFUL, "doubtful", "warn", "events whose contexts differ from the evaluated ones", 5
    ),
    _standing_field(
        Standing.LOST, "lost", "error", "events that do not count: see Attribution for the causes", 3
    ),
    Field(
        "cost",
        "$/request",
        10,
        lambda s: _nano(s.cost),
        lambda s: _text(s.cost),
        "money",
        name="cost_per_request_usd",
        help="tracked cost per request, of the events that count for certain",
    ),
    Field(
        "interval",
        "95 % interval",
        BAR,
        lambda s: None if s.drawn is None else interval_bar(s.drawn, s.most_nano),
        None,
        "accent",
        align="left",
        priority=2,
        name="cost_per_request_bar",
        help="of the cost per request, from $0 to the largest; it holds however often one looks",
    ),
    Field(
        "all_cost",
        "if all",
        10,
        lambda s: _nano(s.all_cost),
        lambda s: _text(s.all_cost),
        name="cost_per_request_if_all_usd",
        help="cost per request if the doubtful and lost events counted, too",
    ),
    Field(
        "unit_cost",
        "$/unit",
        10,
        lambda s: _nano(s.unit_cost),
        lambda s: _text(s.unit_cost),
        priority=3,
        name="cost_per_unit_usd",
        help="tracked cost per exposed unit; one without events cost nothing",
    ),
    Field(
        "calls",
        "calls",
        7,
        lambda s: s.arm.calls.calls,
        lambda s: count(s.arm.calls.calls),
        "muted",
        priority=5,
        help="calls that were recorded under it",
    ),
    Field(
        "latency",
        "time",
        8,
        lambda s: round(s.latency.value, 1) if s.latency else None,
        lambda s: duration(s.latency.value if s.latency else None),
        priority=1,
        name="mean_latency_ms",
        help="mean latency of a call",
    ),
    Field(
        "success",
        "success",
        7,
        lambda s: round(s.success.value, 6) if s.success else None,
        lambda s: share_text(s.success.value) if s.success else UNKNOWN,
        name="success_rate",
        help="calls that ended well",
    ),
    Field(
        "least",
        "at least",
        8,
        lambda s: round(s.success.low, 6) if s.success else None,
        lambda s: share_text(s.success.low) if s.success else UNKNOWN,
        "muted",
        priority=3,
        name="success_rate_low",
        help="lower end of the interval of the success; it holds however often one looks",
    ),
)
"""Columns of the variations."""


def _end(found: Estimate | None, end: str) -> float | None:
    value: float | None = getattr(found, end) if found else None
    return None if value is None or not isfinite(value) else max(value, 0.0)


def _cost_end(id: str, title: str, end: str, help: str) -> Field[Served]:
    return Field(
        id,
        title,
        9,
        lambda s: nano_usd(_end(s.drawn, end)),
        lambda s: fine_money(_end(s.drawn, end)),
        name=f"cost_per_request_{end}_usd",
        help=help,
    )


REPORTED: Table[Served] = Table(
    *(field for field in VARIATIONS.fields if field.id != "interval"),
    _cost_end("low", "95 % from", "low", "lower end of the interval of the cost per request"),
    _cost_end("high", "to", "high", "upper end; by all events where none counts for certain"),
)
"""Columns of a report: the interval in figures."""
