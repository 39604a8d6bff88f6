"""The cost report: what was spent in all, per day, run, node, model, provider and subsystem."""

from collections.abc import Iterable, Sequence
from statistics import fmean, median
from typing import Any

from costtui.facts import Run
from costtui.format import UNKNOWN, count, duration, figure, money, percent, tokens
from costtui.money import usd
from costtui.report.document import Block, Chart, Document, Fact, Facts, Note, grid
from costtui.report.frame import MOST_RUNS, document
from costtui.sums import Sums
from costtui.view.chart import bucket_name
from costtui.view.group_table import FIGURES, Group
from costtui.view.groups import cost_of, grouped, merged
from costtui.view.node import MODELS, model_groups
from costtui.view.nodes import EXPORTED, node_groups
from costtui.view.runs import TABLE as RUNS
from costtui.view.runs import items as run_items
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table
from costtui.window import DAY_US, from_us

RECENT = 10

NODES = EXPORTED.only(
    "node", "calls", "cost", "share", "per_call", "p50", "p95", "cached", "errors", "unpriced"
)
BY_MODEL = MODELS.only(
    "model", "provider", "calls", "cost", "share", "per_call", "input", "output", "unpriced"
)
RECENT_RUNS = RUNS.only(
    "status", "run", "subsystem", "started", "duration", "calls", "cost", "unpriced", "quality"
)


def _named(title: str) -> Table[Group]:
    name: Field[Group] = Field(title, title, 0, lambda g: g.name, lambda g: g.name or UNKNOWN, align="left")
    return Table(name, *FIGURES).only(
        title, "calls", "cost", "share", "per_call", "p50", "p95", "errors", "unpriced"
    )


def cost_report(sources: Sources) -> Document:
    """Return the cost report of a span. Raises StoreError."""
    total = merged(sources.totals.series.values())
    blocks: list[Block] = [_summary(total, sources), *_notes(total, sources)]
    if not total.calls and not sources.runs:
        return document("cost", "Cost", sources, [*blocks, Note("No calls in this window.")])
    runs = run_items(sources, sources.runs[:RECENT])
    blocks += [
        _over_time(sources),
        grid("nodes", "Nodes", NODES, node_groups(sources.totals)),
        grid("models", "Models", BY_MODEL, model_groups(sources.totals.series)),
        *_named_groups("provider", sources),
        *_named_groups("subsystem", sources),
        grid("sources", "Where costs come from", SOURCES, _sources(sources.runs)),
        grid("recent_runs", f"Recent runs ({len(runs)} of {count(len(sources.runs))})", RECENT_RUNS, runs),
    ]
    return document("cost", "Cost", sources, blocks)


def _summary(total: Sums, sources: Sources) -> Facts:
    costs = [run.cost_nano for run in sources.runs if run.calls > run.unpriced]
    p50, p95 = total.latency.percentile(0.5), total.latency.percentile(0.95)
    facts = [
        Fact(
            "total_cost_usd",
            "spent",
            float(usd(total.cost_nano)),
            figure(total.cost_nano, estimated=total.estimated, unpriced=total.unpriced),
        ),
        Fact("calls", "calls", total.calls, count(total.calls)),
        Fact(
            "errors", "errors", total.errors, f"{count(total.errors)} ({percent(total.errors, total.calls)})"
        ),
        Fact("unpriced_calls", "unpriced calls", total.unpriced, count(total.unpriced)),
        Fact("estimated_calls", "estimated calls", total.estimated, count(total.estimated)),
        Fact("input_tokens", "input tokens", total.input_tokens, tokens(total.input_tokens)),
        Fact("output_tokens", "output tokens", total.output_tokens, tokens(total.output_tokens)),
        Fact("p50_ms", "median latency", p50 and round(p50, 1), duration(p50)),
        Fact("p95_ms", "p95 latency", p95 and round(p95, 1), duration(p95)),
        Fact(
            "cache_hit_rate",
            "response cache hits",
            total.cache_hits / total.calls if total.calls else None,
            percent(total.cache_hits, total.calls),
        ),
        Fact("saved_usd", "saved by the cache", float(usd(total.saved_nano)), money(total.saved_nano)),
        Fact("runs", "runs", len(sources.runs), count(len(sources.runs))),
        *_per_run(costs),
    ]
    return Facts("summary", "Summary", tuple(facts))


def _per_run(costs: Sequence[int]) -> list[Fact]:
    found = []
    for key, label, of in (
        ("mean", "mean", fmean),
        ("median", "median", median),
        ("min", "cheapest", min),
        ("max", "dearest", max),
    ):
        nano = round(of(costs)) if costs else None
        value = None if nano is None else float(usd(nano))
        found.append(Fact(f"{key}_run_cost_usd", f"{label} run", value, money(nano)))
    return found


def _notes(total: Sums, sources: Sources) -> list[Block]:
    notes: list[Block] = []
    if total.unpriced:
        notes.append(
            Note(
                f"{count(total.unpriced)} of {count(total.calls)} calls have no known price and are in no sum; "
                "set one with: costtui prices set",
                warning=True,
            )
        )
    if total.estimated:
        share = percent(total.estimated, total.calls)
        notes.append(Note(f"{share} of the calls have estimated tokens or costs (≈, within about 30 %)."))
    if len(sources.runs) >= MOST_RUNS:
        notes.append(Note(f"Figures per run are of the newest {count(MOST_RUNS)} runs."))
    return notes


def _over_time(sources: Sources) -> Chart:
    edges, spent = sources.span.edges[:-1], sources.totals.spend_nano
    daily = sources.span.end_us - sources.span.start_us > 2 * DAY_US
    shape = "%Y-%m-%d" if daily else "%m-%d %H:%M"
    return Chart(
        "cost_over_time",
        f"Cost per {'day' if daily else bucket_name(sources.span)}",
        tuple(from_us(edge, sources.zone).strftime(shape) for edge in edges),
        tuple(float(usd(nano)) for nano in spent),
        tuple(money(nano) for nano in spent),
    )


def _named_groups(field: str, sources: Sources) -> list[Block]:
    """Return the table of a field, none where no call has a value in it."""
    groups = _groups(sources, field)
    if not any(group.name for group in groups):
        return []
    return [grid(f"{field}s", f"{field.capitalize()}s", _named(field), groups)]


def _groups(sources: Sources, field: str) -> list[Group]:
    series = sources.totals.series
    total = cost_of(series.values())
    groups = [
        Group(name, merged(parts), total)
        for name, parts in grouped(series, lambda one: str(getattr(one, field))).items()
    ]
    return sorted(groups, key=lambda group: (-group.sums.cost_nano, group.name))


_Source = tuple[str, int, int, int]
"""Method, runs, cost, unpriced calls."""

SOURCES: Table[_Source] = Table(
    Field("source", "source", 0, lambda s: s[0], None, align="left"),
    Field("runs", "runs", 7, lambda s: s[1], lambda s: count(s[1])),
    Field("cost", "cost", 10, lambda s: float(usd(s[2])), lambda s: money(s[2]), name="cost_usd"),
    Field(
        "unpriced",
        "unpriced",
        8,
        lambda s: s[3],
        lambda s: count(s[3]) if s[3] else "",
        name="unpriced_calls",
    ),
)


def _sources(runs: Iterable[Run]) -> list[_Source]:
    found: dict[str, list[Any]] = {}
    for run in runs:
        sums = found.setdefault(str(run.source_method), [0, 0, 0])
        sums[0] += 1
        sums[1] += run.cost_nano
        sums[2] += run.unpriced
    return sorted(((name, *sums) for name, sums in found.items()), key=lambda source: -source[2])
