"""How an experiment is written, on the screen and in reports: differences from the baseline, and decisions."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite

from costtui.analysis.stats import Estimate
from costtui.attribution.experiment.decisions import Decision
from costtui.attribution.experiment.findings import Finding
from costtui.format import UNKNOWN, money, percent
from costtui.view.compare_table import TONES
from costtui.view.precision import nano_text, nano_usd
from costtui.view.table import Field, Table

ANSWERS = {"yes": ("✓", "ok"), "no": ("✗", "error"), "not yet": ("…", "muted")}
QUANTITIES = {
    "cost": "cost/request",
    "cost_per_unit": "cost/{unit}",
    "call_cost": "cost/call",
    "latency": "time/call",
    "success": "success",
}
_SUCCESS_TONES = {"lower": "error", "higher": "ok", "same": "", "unknown": "muted"}


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
    tones = _SUCCESS_TONES if finding.quantity == "success" else TONES
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
