"""Why spend changed: this window against another one, in parts that add up to the last nano-dollar."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from costtui.analysis.decompose import EFFECTS, Change, Decomposition, Group, decompose
from costtui.facts import Series
from costtui.format import UNKNOWN, count, money, percent
from costtui.money import usd
from costtui.sums import Sums
from costtui.view.clock import moment
from costtui.view.group_table import NO_NODE
from costtui.view.groups import counted
from costtui.view.headline import Figure
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target, quoted
from costtui.view.waterfall import Scale
from costtui.window import MINUTE_US, Span, from_us, to_us

Against = Literal["before", "day", "week"]
"""Which stretch of time the window is compared with."""

AGAINST: Mapping[Against, str] = {
    "before": "the time just before",
    "day": "the same time a day earlier",
    "week": "the same time a week earlier",
}

MEANINGS: Mapping[str, str] = {
    "volume": "more or fewer requests",
    "nodes": "other nodes make them",
    "models": "other models answer them",
    "retries": "more or fewer retries per request",
    "unpriced": "more or fewer calls without a known price",
    "tokens": "more or fewer tokens per call",
    "cache": "more or less of the input comes from the provider's cache",
    "price": "another price per token",
}

_BAR_CELLS = 24
_REASONS = 2
_MOST_GROUPS = 200
_START, _END = "before", "now"


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the waterfall: where the bar begins and ends, and what is behind it."""

    name: str
    nano: int
    from_nano: int
    to_nano: int
    because: str
    scale: Scale

    @property
    def is_total(self) -> bool:
        """Whether this is one of the two amounts that are compared."""
        return self.name in (_START, _END)


def signed(nano: int) -> str:
    """Return a difference with its sign."""
    return ("+" if nano > 0 else "") + money(nano)


def _tone(nano: int) -> str:
    return "" if nano == 0 else "warn" if nano > 0 else "ok"


WATERFALL: Table[Part] = Table(
    Field("part", "part", 9, lambda p: p.name, None, align="left", help="what has changed"),
    Field(
        "amount",
        "amount",
        11,
        lambda p: float(usd(p.nano)),
        lambda p: money(p.nano) if p.is_total else signed(p.nano) if p.nano else "$0.00",
        lambda p: "money" if p.is_total else _tone(p.nano),
        name="amount_usd",
        help="what it adds to the cost, or takes away; all parts add up to the difference",
    ),
    Field(
        "bar",
        "",
        _BAR_CELLS,
        lambda p: p.to_nano,
        lambda p: p.scale.bar(p.from_nano, p.to_nano),
        lambda p: "money" if p.is_total else _tone(p.nano),
        align="left",
        name="so_far_nano",
        help="from what it was to what it became, part by part",
    ),
    Field(
        "because",
        "behind it",
        0,
        lambda p: p.because,
        None,
        "muted",
        align="left",
        priority=1,
        help="the nodes and models that make up most of it",
    ),
)
"""Lines of the waterfall."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What one node's calls of one model contribute to a part."""

    group: Group
    change: Change
    part: str
    """Name of the part, empty: the whole difference."""

    @property
    def nano(self) -> int:
        """The contribution."""
        return self.change.effects[self.part] if self.part else self.change.nano


BEHIND: Table[Behind] = Table(
    Field(
        "node",
        "node",
        0,
        lambda b: b.group[0],
        lambda b: b.group[0] or NO_NODE,
        align="left",
        help="its path",
    ),
    Field("model", "model", 24, lambda b: b.group[2], None, "muted", align="left", help="that answered"),
    Field(
        "part",
        "of this part",
        12,
        lambda b: float(usd(b.nano)),
        lambda b: signed(b.nano),
        lambda b: _tone(b.nano),
        name="part_usd",
        help="what it contributes to the part under the cursor",
    ),
    Field(
        "before",
        "before",
        10,
        lambda b: float(usd(b.change.before_nano)),
        lambda b: money(b.change.before_nano),
        priority=2,
        name="before_usd",
        help="what it cost then",
    ),
    Field(
        "after",
        "now",
        10,
        lambda b: float(usd(b.change.after_nano)),
        lambda b: money(b.change.after_nano),
        "money",
        priority=1,
        name="after_usd",
        help="what it costs now",
    ),
)
"""The nodes and models behind a part."""


@dataclass(frozen=True, slots=True)
class ChangePage:
    """The waterfall, and the nodes and models behind each of its parts."""

    headline: tuple[Figure, ...]
    sentence: str
    table: tuple[Row, ...]
    found: Decomposition
    against: Against

    def behind(self, part: str | None) -> tuple[Row, ...]:
        """Return the nodes and models behind a part, the largest contribution first."""
        name = part if part is not None and part in MEANINGS else ""
        lines = [Behind(group, change, name) for group, change in self.found.groups.items()]
        lines = [line for line in lines if line.nano]
        lines.sort(key=lambda line: (-abs(line.nano), line.group))
        return tuple(BEHIND.row("\x1f".join(line.group), line) for line in lines[:_MOST_GROUPS])

    def title(self, part: str | None) -> str:
        """Return the heading over the nodes and models behind a part."""
        if part is None or part not in MEANINGS:
            return "behind the whole difference"
        return f"behind {part}: {MEANINGS[part]}"

    def target(self, key: str) -> Target:
        """Return the page of the calls of a node and a model."""
        node, provider, model = key.split("\x1f")
        terms = (quoted("node", node), quoted("provider", provider), quoted("model", model))
        return Target("calls", filter=" ".join(terms))

    def rows(self) -> list[dict[str, Any]]:
        """Return every node and model with its parts as plain values; they add up exactly."""
        return [
            {
                "node": node,
                "provider": provider,
                "model": model,
                "before_nano": change.before_nano,
                "after_nano": change.after_nano,
                **{f"{name}_nano": change.effects[name] for name in EFFECTS},
            }
            for (node, provider, model), change in self.found.groups.items()
        ]


@dataclass
class _Past:
    """The totals of a stretch of time that is over: it is read again only where it is another one."""

    span: Span | None = None
    series: Mapping[Series, Sums] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """The difference between the window and another stretch of time."""

    against: Against = "before"
    _past: _Past = field(default_factory=_Past, init=False, compare=False, repr=False)

    def build(self, sources: Sources) -> ChangePage:
        """Return the page. Raises StoreError."""
        past = earlier(sources, self.against)
        if past != self._past.span:
            self._past.series = sources.reader.totals(past).series
            self._past.span = past
        before, after = self._past.series, sources.totals.series
        found = decompose(before, after)
        old, new = counted(before.values()), counted(after.values())
        return ChangePage(
            headline=_headline(found.total, old, new),
            sentence=_sentence(found, past, sources, self.against),
            table=tuple(WATERFALL.row(part.name, part) for part in _waterfall(found)),
            found=found,
            against=self.against,
        )


def earlier(sources: Sources, against: Against) -> Span:
    """Return the stretch of time that a window is compared with: as long as what has passed of it."""
    start = sources.span.start_us
    end = min(-(-sources.now_us // MINUTE_US) * MINUTE_US, sources.span.end_us)
    end = max(end, start + MINUTE_US)
    if against == "before":
        return Span((start - (end - start), start))
    by = timedelta(days=7 if against == "week" else 1)
    # On the clock of the wall: nine o'clock is compared with nine o'clock also where clocks were changed between.
    first, last = (to_us(from_us(at, sources.zone) - by) // MINUTE_US * MINUTE_US for at in (start, end))
    return Span((first, max(last, first + MINUTE_US)))


def _waterfall(found: Decomposition) -> list[Part]:
    total = found.total
    so_far = total.before_nano
    steps: list[tuple[str, int, int, int]] = []
    for name in EFFECTS:
        nano = total.effects[name]
        steps.append((name, nano, so_far, so_far + nano))
        so_far += nano
    scale = Scale(
        min(0, *(step[3] for step in steps)),
        max(total.before_nano, total.after_nano, *(step[3] for step in steps)),
        _BAR_CELLS,
    )
    first = Part(_START, total.before_nano, 0, total.before_nano, "", scale)
    last = Part(_END, total.after_nano, 0, total.after_nano, "", scale)
    parts = [Part(name, nano, start, end, _because(found, name), scale) for name, nano, start, end in steps]
    return [first, *parts, last]


def _because(found: Decomposition, part: str) -> str:
    changed = [
        (group, change.effects[part]) for group, change in found.groups.items() if change.effects[part]
    ]
    changed.sort(key=lambda item: (-abs(item[1]), item[0]))
    said = [f"{node or NO_NODE} {model} {signed(nano)}" for (node, _, model), nano in changed[:_REASONS]]
    more = len(changed) - _REASONS
    return ", ".join([*said, *([f"{more} more"] if more > 0 else [])])


def _headline(total: Change, old: Sums, new: Sums) -> tuple[Figure, ...]:
    growth = f"{'+' if total.nano > 0 else ''}{percent(total.nano, total.before_nano)}"
    return (
        Figure("before", money(total.before_nano), f"{count(old.calls)} calls", "money"),
        Figure("now", money(total.after_nano), f"{count(new.calls)} calls", "money"),
        Figure(
            "difference",
            signed(total.nano),
            growth if total.before_nano else "nothing was spent before",
            _tone(total.nano),
        ),
        Figure("per call", _per_call(new), f"{_per_call(old)} before"),
        Figure(
            "unpriced",
            count(new.unpriced),
            f"{count(old.unpriced)} before",
            "warn" if new.unpriced or old.unpriced else "",
        ),
    )


def _per_call(sums: Sums) -> str:
    priced = sums.calls - sums.unpriced
    return money(round(sums.cost_nano / priced)) if priced else UNKNOWN


def _sentence(found: Decomposition, past: Span, sources: Sources, against: Against) -> str:
    total = found.total
    since = (
        f"{AGAINST[against]}, {moment(past.start_us, sources.zone)[:16]} – "
        f"{moment(past.end_us, sources.zone)[:16]}"
    )
    if not total.before_nano and not total.after_nano:
        return f"Nothing of a known cost was spent, neither now nor in {since}."
    if not total.nano:
        return f"As much was spent as in {since}."
    ranked = sorted(EFFECTS, key=lambda name: -abs(total.effects[name]))
    reasons = [f"{name} ({signed(total.effects[name])})" for name in ranked[:2] if total.effects[name]]
    word = "rose" if total.nano > 0 else "fell"
    by = f" ({percent(abs(total.nano), total.before_nano)})" if total.before_nano else ""
    return f"Spend {word} by {money(abs(total.nano))}{by} against {since}: mostly {' and '.join(reasons)}."
