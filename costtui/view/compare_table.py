"""How comparisons are written, on screens and in reports: groups, verdicts, configurations, what-if."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from costtui.analysis.compare import Arm, Comparison, Contrast
from costtui.analysis.outcome import Outcome
from costtui.analysis.scores import Score, efficiency
from costtui.analysis.whatif import WhatIf
from costtui.format import UNKNOWN, count, duration, percent
from costtui.view.precision import nano_text, nano_usd
from costtui.view.table import Field, Table

TONES = {"lower": "ok", "higher": "error", "same": "", "unknown": "muted"}
"""Tone of a verdict on cost or time."""


@dataclass(frozen=True, slots=True)
class Side:
    """One group of a comparison and what is said of it."""

    arm: Arm
    verdict: str
    nano_per_success: float | None
    """None without a success whose cost is known."""


@dataclass(frozen=True, slots=True)
class Repriced:
    """The calls of one node at their own and at another model's price."""

    node: str
    found: WhatIf

    @property
    def known(self) -> bool:
        """Whether there is a call of which both costs are known."""
        return self.found.calls > 0

    @property
    def saved_share(self) -> float | None:
        """Part of the actual cost that would have been saved; negative where it would have cost more."""
        return self.found.saved_nano / self.found.actual_nano if self.found.actual_nano else None


def sides_of(comparison: Comparison, outcomes: Iterable[Outcome]) -> list[Side]:
    """Return each group with its verdicts in one line."""
    paid = {item.name: item.nano_per_success for item in efficiency(outcomes, comparison.by)}
    return [
        Side(
            arm,
            "baseline"
            if arm.name == comparison.baseline
            else "; ".join(
                f"{contrast.quantity}: {contrast.verdict.text}"
                for contrast in comparison.contrasts
                if contrast.arm == arm.name
            ),
            paid.get(arm.name),
        )
        for arm in comparison.arms
    ]


def _cost(side: Side, name: str) -> float | None:
    value: float | None = getattr(side.arm.cost, name) if side.arm.cost else None
    return None if value is None or abs(value) == inf else max(value, 0)


def _cost_field(name: str, title: str, key: str, help: str, priority: int = 0) -> Field[Side]:
    return Field(
        key,
        title,
        9,
        lambda side: nano_usd(_cost(side, name)),
        lambda side: nano_text(_cost(side, name)),
        "" if priority else "money",
        priority=priority,
        name=f"{key}_cost_usd",
        help=help,
    )


def _share(share: float | None) -> str:
    return UNKNOWN if share is None else percent(share)


SIDES: Table[Side] = Table(
    Field(
        "name",
        "value",
        0,
        lambda s: s.arm.name,
        None,
        align="left",
        least=16,
        help="of the field compared by",
    ),
    Field(
        "count",
        "count",
        7,
        lambda s: s.arm.count,
        lambda s: count(s.arm.count),
        help="calls, or runs where runs are compared",
    ),
    Field(
        "units",
        "units",
        7,
        lambda s: s.arm.units,
        lambda s: count(s.arm.units),
        "muted",
        priority=3,
        help="independent: users or runs",
    ),
    _cost_field("mean", "mean", "mean", "known cost of one call or run"),
    _cost_field("low", "95 % from", "mean_low", "lower end of the interval of the mean", 1),
    _cost_field("high", "to", "mean_high", "upper end of the interval of the mean", 1),
    _cost_field("median", "median", "median", "half of them cost less", 2),
    _cost_field("deviation", "std dev", "std", "standard deviation of the cost", 6),
    _cost_field("minimum", "min", "min", "the cheapest", 6),
    _cost_field("maximum", "max", "max", "the dearest", 6),
    _cost_field("p95", "p95", "p95", "19 of 20 cost less", 2),
    Field(
        "duration",
        "mean time",
        9,
        lambda s: round(s.arm.duration.mean, 1) if s.arm.duration else None,
        lambda s: duration(s.arm.duration.mean if s.arm.duration else None),
        priority=2,
        name="mean_duration_ms",
        help="latency of a call, duration of a run",
    ),
    Field(
        "success",
        "success",
        8,
        lambda s: s.arm.success.share,
        lambda s: _share(s.arm.success.share),
        name="success_rate",
        help="ended well; a run of low quality did not",
    ),
    Field(
        "per_success",
        "$/success",
        9,
        lambda s: nano_usd(s.nano_per_success),
        lambda s: nano_text(s.nano_per_success),
        priority=3,
        name="cost_per_success_usd",
        help="known cost of all for each that ended well",
    ),
    Field(
        "errors",
        "errors",
        7,
        lambda s: s.arm.errors,
        lambda s: count(s.arm.errors) if s.arm.errors else "",
        "warn",
        priority=4,
        help="calls that failed",
    ),
    Field(
        "unpriced",
        "unpriced",
        8,
        lambda s: s.arm.unpriced,
        lambda s: count(s.arm.unpriced) if s.arm.unpriced else "",
        "warn",
        priority=4,
        name="unpriced_calls",
        help="calls whose price is not known: they are not in the cost",
    ),
    Field(
        "verdict",
        "verdict",
        0,
        lambda s: s.verdict,
        None,
        align="left",
        priority=9,
        help="against the baseline, in words",
    ),
)
ARMS = Table(*(field for field in SIDES.fields if field.id != "verdict"))
"""Columns of the screen, which has a table of its own for verdicts."""


def _verdict_tone(contrast: Contrast) -> str:
    good = contrast.verdict.outcome
    if contrast.quantity == "success":
        good = {"lower": "higher", "higher": "lower"}.get(good, good)  # type: ignore[assignment]
    return TONES[good]


VERDICTS: Table[Contrast] = Table(
    Field("arm", "value", 17, lambda c: c.arm, None, align="left", help="of the field compared by"),
    Field("quantity", "of", 8, lambda c: c.quantity, None, "muted", align="left", help="what is compared"),
    Field(
        "verdict",
        "against the baseline",
        0,
        lambda c: c.verdict.text,
        None,
        _verdict_tone,
        align="left",
        least=50,
        help="in words; the error rate holds however often one looks",
    ),
    Field(
        "belief",
        "P(cheaper)",
        10,
        lambda c: round(c.belief.lower, 4) if c.belief else None,
        lambda c: percent(c.belief.lower) if c.belief else "",
        priority=2,
        name="probability_cheaper",
        help="probability that its mean cost is the lower one",
    ),
    Field(
        "risk",
        "risk",
        10,
        lambda c: nano_usd(c.belief.loss) if c.belief else None,
        lambda c: nano_text(c.belief.loss) if c.belief else "",
        "muted",
        priority=3,
        name="expected_loss_usd",
        help="expected loss for each call or run if it is chosen and is not cheaper",
    ),
)
CONFIGURATIONS: Table[Score] = Table(
    Field(
        "name",
        "configuration",
        0,
        lambda s: s.name,
        lambda s: s.name or "(none)",
        align="left",
        least=22,
        help="what differs",
    ),
    Field(
        "runs", "runs", 6, lambda s: s.runs, lambda s: count(s.runs), help="behind the score: few may be luck"
    ),
    Field(
        "score",
        "score",
        6,
        lambda s: None if s.score is None else round(s.score, 4),
        lambda s: UNKNOWN if s.score is None else f"{s.score:.1f}",
        "strong",
        help="60 % success rate, 20 % cost, 20 % time; – where one of them is not known",
    ),
    Field(
        "success",
        "success",
        8,
        lambda s: s.success.share,
        lambda s: _share(s.success.share),
        priority=2,
        name="success_rate",
        help="ended well, and not with low quality",
    ),
    Field(
        "per_issue",
        "$/issue",
        9,
        lambda s: nano_usd(s.nano_per_issue),
        lambda s: nano_text(s.nano_per_issue),
        "money",
        priority=1,
        name="cost_per_issue_usd",
        help="of a run, or of each issue that a run works on",
    ),
    Field(
        "time",
        "time",
        9,
        lambda s: s.seconds_per_issue,
        lambda s: duration(None if s.seconds_per_issue is None else 1000 * s.seconds_per_issue),
        priority=4,
        name="seconds_per_issue",
        help="of a run, or of each issue that a run works on",
    ),
)
WHAT_IF: Table[Repriced] = Table(
    Field("node", "node", 12, lambda r: r.node, None, align="left", help="all nodes first"),
    Field(
        "calls",
        "calls",
        7,
        lambda r: r.found.calls,
        lambda r: count(r.found.calls),
        priority=2,
        help="with both costs known",
    ),
    Field(
        "actual",
        "actual",
        9,
        lambda r: nano_usd(r.found.actual_nano) if r.known else None,
        lambda r: nano_text(r.found.actual_nano if r.known else None),
        "money",
        priority=1,
        name="actual_usd",
        help="what they cost",
    ),
    Field(
        "other",
        "there",
        9,
        lambda r: nano_usd(r.found.other_nano) if r.known else None,
        lambda r: nano_text(r.found.other_nano if r.known else None),
        "money",
        name="other_usd",
        help="what the same tokens cost with the other model",
    ),
    Field(
        "saved",
        "saved",
        7,
        lambda r: None if r.saved_share is None else round(r.saved_share, 6),
        lambda r: _share(r.saved_share),
        lambda r: "" if r.saved_share is None else "ok" if r.saved_share > 0 else "error",
        name="saved_share",
        help="of the actual cost; negative where it would have cost more",
    ),
    Field(
        "left_out",
        "left out",
        8,
        lambda r: r.found.left_out,
        lambda r: count(r.found.left_out) if r.found.left_out else "",
        "warn",
        priority=3,
        help="calls without a known cost, or that the other model has no price for",
    ),
)
