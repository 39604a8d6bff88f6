"""Where the money of a run went: run, node path, call, token kind, each with a bar as long as its share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from costtui.facts import Call
from costtui.format import UNKNOWN, count, percent
from costtui.money import usd
from costtui.reading import CallQuery
from costtui.view.group_table import NO_NODE
from costtui.view.precision import cost_tone, short_cost
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Target

MAX_CALLS = 2_000
MOST_SHOWN = 20
"""Dearest calls of a node that are listed."""
BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a run's cost, and the parts that it is made of come after it, one deeper."""

    key: str
    depth: int
    name: str
    cost_nano: int
    total_nano: int
    calls: int = 0
    unpriced: int = 0
    estimated: int = 0
    tokens: int | None = None

    @property
    def share(self) -> float | None:
        """Part of the known cost of the run."""
        return self.cost_nano / self.total_nano if self.total_nano else None

    def cost_text(self) -> str:
        """Return the cost with its precision."""
        return short_cost(self.cost_nano, estimated=self.estimated, unpriced=self.unpriced)


def _bar(part: Part) -> str:
    eighths = round((part.share or 0) * BAR * 8)
    if part.cost_nano > 0:
        eighths = max(eighths, 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


PARTS: Table[Part] = Table(
    Field(
        "name",
        "part",
        34,
        lambda p: p.name,
        lambda p: "  " * p.depth + p.name,
        align="left",
        help="the run, a node on the path, a call, a kind of token; what is inside stands below",
    ),
    Field(
        "bar",
        "",
        BAR,
        lambda p: p.cost_nano,
        _bar,
        "money",
        align="left",
        priority=1,
        name="cost_nano",
        help="as long as its share",
    ),
    Field(
        "cost",
        "cost",
        10,
        lambda p: float(usd(p.cost_nano)),
        Part.cost_text,
        lambda p: cost_tone(p.cost_text()),
        name="cost_usd",
        help="known cost; ≈ where calls are estimated, + where some are unpriced",
    ),
    Field(
        "share",
        "share",
        6,
        lambda p: p.share,
        lambda p: UNKNOWN if p.share is None else percent(p.share),
        help="of the known cost of the run",
    ),
    Field(
        "calls",
        "calls",
        6,
        lambda p: p.calls,
        lambda p: count(p.calls) if p.calls else "",
        "muted",
        priority=3,
        help="calls in it",
    ),
    Field(
        "tokens",
        "tokens",
        9,
        lambda p: p.tokens,
        lambda p: UNKNOWN if p.tokens is None else count(p.tokens),
        "muted",
        priority=2,
        help="input and output, or units of the kind",
    ),
)
"""Columns of the cost tree."""


@dataclass(frozen=True, slots=True)
class RunCostsPage:
    """The cost tree of a run, with the calls of the nodes that are open."""

    title: str
    table: tuple[Row, ...]
    parts: tuple[Part, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return the parts as plain values."""
        return [{"depth": part.depth, **PARTS.record(part)} for part in self.parts]

    def target(self, key: str) -> Target | None:
        """Return what Enter opens: a call; None for a node, which opens in the tree."""
        kind, _, rest = key.partition(":")
        return Target("call", rest.partition(":")[0]) if kind in ("call", "line") else None


@dataclass(frozen=True, slots=True)
class RunCostsRequest:
    """The cost tree of a run; calls are listed below the nodes named."""

    redraw_s: ClassVar[float] = 2.0
    """Least seconds between two pages: all calls of the run are read for one."""

    run_id: str
    opened: frozenset[str] = frozenset()

    def build(self, sources: Sources) -> RunCostsPage:
        """Return the page. Raises StoreError."""
        calls = sources.reader.calls(CallQuery(run_id=self.run_id, order="oldest", limit=MAX_CALLS))
        total = sum(call.cost.nano or 0 for call in calls)
        parts = [_sum(f"run:{self.run_id}", 0, self.run_id, calls, total)]
        parts += self._inside("", calls, 1, total, sources)
        newest = f", first {count(MAX_CALLS)} calls" if len(calls) == MAX_CALLS else ""
        return RunCostsPage(
            title=f"cost of {self.run_id}{newest}",
            table=tuple(PARTS.row(part.key, part, "" if part.calls else "muted") for part in parts),
            parts=tuple(parts),
        )

    def _inside(
        self, path: str, calls: Sequence[Call], depth: int, total: int, sources: Sources
    ) -> Iterable[Part]:
        """Yield the nodes inside a path, the dearest first, each followed by what is inside it."""
        groups: dict[str, list[Call]] = {}
        for call in calls:
            rest = call.node[len(path) :].lstrip("/") if path else call.node
            if rest or not path:
                inner = f"{path}/{rest.partition('/')[0]}" if path else rest.partition("/")[0]
                groups.setdefault(inner, []).append(call)
        ranked = sorted(groups.items(), key=lambda item: (-_cost(item[1]), item[0]))
        for node, own in ranked:
            yield _sum(f"node:{node}", depth, node.rpartition("/")[2] or NO_NODE, own, total)
            if node in self.opened:
                direct = [call for call in own if call.node == node]
                yield from _calls(direct, depth + 1, total, sources)
            if node:
                yield from self._inside(node, own, depth + 1, total, sources)


def _cost(calls: Iterable[Call]) -> int:
    return sum(call.cost.nano or 0 for call in calls)


def _tokens(calls: Iterable[Call]) -> int | None:
    known = [
        (call.usage.input_tokens or 0) + (call.usage.output_tokens or 0)
        for call in calls
        if call.usage.input_tokens is not None or call.usage.output_tokens is not None
    ]
    return sum(known) if known else None


def _sum(key: str, depth: int, name: str, calls: Sequence[Call], total: int) -> Part:
    return Part(
        key=key,
        depth=depth,
        name=name,
        cost_nano=_cost(calls),
        total_nano=total,
        calls=len(calls),
        unpriced=sum(call.cost.nano is None for call in calls),
        estimated=sum(call.cost.source == "heuristic" for call in calls),
        tokens=_tokens(calls),
    )


def _calls(calls: Sequence[Call], depth: int, total: int, sources: Sources) -> Iterable[Part]:
    """Yield the dearest calls with the kinds of tokens that they paid for, and the others as one."""
    ranked = sorted(calls, key=lambda call: -(call.cost.nano or 0))
    for call in ranked[:MOST_SHOWN]:
        yield _sum(f"call:{call.id}", depth, f"{call.model or 'call'} #{call.id}", [call], total)
        full = sources.reader.call(call.id)
        for line in full.cost.lines if full is not None else ():
            yield Part(
                f"line:{call.id}:{line.unit}",
                depth + 1,
                line.unit.replace("_", " "),
                line.cost_nano,
                total,
                tokens=line.count,
            )
    rest = ranked[MOST_SHOWN:]
    if rest:
        yield _sum(f"rest:{rest[0].node}", depth, f"{count(len(rest))} cheaper calls", rest, total)
