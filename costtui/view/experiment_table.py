"""How an experiment is written, on the screen and in reports: variations, findings, decisions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import floor, isfinite, log10

from costtui.analysis.moments import Moments
from costtui.analysis.stats import Estimate, sequential_interval
from costtui.attribution.experiment.decisions import Decision, share_text
from costtui.attribution.experiment.findings import Finding, rate_of
from costtui.attribution.experiment.result import Arm
from costtui.attribution.experiment.units import Standing
from costtui.format import UNKNOWN, count, duration, money, percent
from costtui.view.quality_table import nano_text, nano_usd
from costtui.view.table import Field, Table

BAR = 21
"""Cells of an interval that is drawn."""
ANSWERS = {"yes": ("✓", "ok"), "no": ("✗", "error"), "not yet": ("…", "muted")}
QUANTITIES = {
    "cost": "cost/request",
    "cost_per_unit": "cost/{unit}",
    "call_cost": "cost/call",
    "latency": "time/call",
    "success": "success",
}
_TONES = {"lower": "ok", "higher": "error", "same": "", "unknown": "muted"}
_SUCCESS_TONES = {"lower": "error", "higher": "ok", "same": "", "unknown": "muted"}


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


@dataclass(frozen=True, slots=True)
class Line:
    """One quantity of a variation against the baseline, by what counts and by all that was tracked."""

    variation: str
    name: str
    finding: Finding | None
    """By the events that count for certain, or by the calls; None where nothing counts."""
    everything: Finding | None
    """If all that was tracked counted; None where that makes no difference to the quantity."""
    monthly_nano: Estimate | None
    """Difference in a month, at the present volume."""
    risk_nano: float | None
    """Expected loss in a month if the variation is chosen and is not cheaper."""

    @property
    def best(self) -> Finding | None:
        """What is known best: by what counts where that can be compared, else by everything."""
        if self.everything and (self.finding is None or self.finding.gap is None):
            return self.everything
        return self.finding

    @property
    def belief(self) -> float | None:
        """Probability of being cheaper, for a cost."""
        return self.best.belief.lower if self.best and self.best.belief else None


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
    return "" if share is None else "ok" if share >= 0.995 else "warn" if share > 0.5 else "error"


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


def _verdict_text(finding: Finding | None) -> str | None:
    return finding.verdict.text if finding else None


def _short(line: Line) -> str:
    """Return the verdict on everything without the name, which stands beside it already."""
    text = _verdict_text(line.everything) or ""
    for start in (f"{line.variation} is ", f"{line.variation} costs "):
        text = text.removeprefix(start)
    return text


def _verdict_tone(finding: Finding | None) -> str:
    if finding is None:
        return "muted"
    tones = _SUCCESS_TONES if finding.quantity == "success" else _TONES
    return tones[finding.verdict.outcome]


FINDINGS: Table[Line] = Table(
    Field(
        "variation",
        "variation",
        10,
        lambda f: f.variation,
        None,
        align="left",
        priority=3,
        help="against the baseline",
    ),
    Field("quantity", "of", 12, lambda f: f.name, None, "muted", align="left", help="what is compared"),
    Field(
        "verdict",
        "what counts says",
        40,
        lambda f: _verdict_text(f.finding),
        lambda f: _verdict_text(f.finding) or UNKNOWN,
        lambda f: _verdict_tone(f.finding),
        align="left",
        help="in words, by the events that count for certain; of calls by what was recorded",
    ),
    Field(
        "everything",
        "if all counted",
        22,
        lambda f: _verdict_text(f.everything),
        _short,
        lambda f: _verdict_tone(f.everything),
        align="left",
        name="verdict_if_all",
        help="the same if the doubtful and lost events counted, too",
    ),
    Field(
        "belief",
        "P(cheaper)",
        10,
        lambda f: None if f.belief is None else round(f.belief, 4),
        lambda f: "" if f.belief is None else percent(f.belief),
        priority=2,
        name="probability_cheaper",
        help="probability that its mean cost is the lower one",
    ),
    Field(
        "monthly",
        "$/month",
        9,
        lambda f: nano_usd(f.monthly_nano.value) if f.monthly_nano else None,
        lambda f: money(round(f.monthly_nano.value)) if f.monthly_nano else "",
        priority=2,
        name="difference_per_month_usd",
        help="difference in a month at the present volume, if all requests went to it; negative: it saves",
    ),
    Field(
        "risk",
        "risk/month",
        10,
        lambda f: nano_usd(f.risk_nano) if f.risk_nano is not None else None,
        lambda f: nano_text(f.risk_nano) if f.risk_nano is not None else "",
        "muted",
        priority=3,
        name="expected_loss_per_month_usd",
        help="expected loss in a month if it is chosen and is not cheaper",
    ),
)
"""Columns of what is said of each variation against the baseline."""

DECISIONS: Table[Decision] = Table(
    Field(
        "rule",
        "rule",
        23,
        lambda d: d.rule.name,
        None,
        align="left",
        help="what would be done; the settings say when",
    ),
    Field(
        "answer",
        "answer",
        9,
        lambda d: d.answer,
        lambda d: f"{ANSWERS[d.answer][0]} {d.answer}",
        lambda d: ANSWERS[d.answer][1],
        align="left",
        help="✓ yes, ✗ no, … not yet",
    ),
    Field("grounds", "why", 0, lambda d: d.text, None, align="left", help="the grounds, and what is missing"),
)
"""Columns of the decision rules."""


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


def _change(end: str, title: str, help: str) -> Field[Line]:
    def value(line: Line) -> float | None:
        found: float | None = getattr(line.best.change, end) if line.best else None
        return None if found is None or not isfinite(found) else round(found, 6)

    def text(line: Line) -> str:
        found = value(line)
        return "" if found is None else percent(found)

    return Field(f"change_{end}", title, 9, value, text, help=help)


REPORTED_FINDINGS: Table[Line] = Table(
    *FINDINGS.fields,
    _change("value", "change", "against the baseline: a part of it; of the success a difference"),
    _change("low", "95 % from", "lower end of its interval, which holds however often one looks"),
    _change("high", "to", "upper end of its interval"),
)
"""Columns of a report: with the differences in figures."""


def _decided(id: str, value: Callable[[Decision], float | None], help: str) -> Field[Decision]:
    return Field(id, id, 9, value, lambda d: "", help=help)


REPORTED_DECISIONS: Table[Decision] = Table(
    *DECISIONS.fields,
    _decided("above", lambda d: d.rule.above, "what the rule asks for"),
    _decided("value", lambda d: d.value, "share of successes, or dollars a month"),
    _decided("low", lambda d: d.low, "lower end of its interval"),
    _decided("high", lambda d: d.high, "upper end of its interval"),
    _decided("missing", lambda d: d.missing, "about how many more calls or units would settle it"),
)
"""Columns of a report: with the figures behind the words."""
