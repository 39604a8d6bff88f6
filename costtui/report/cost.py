"""The cost report: what was spent in all, per day, run, node, model, provider and subsystem."""

from costtui.format import count, money, percent
from costtui.money import usd
from costtui.report.cost_facts import cache, summary
from costtui.report.cost_tables import by_field, cost_sources, dearest_leads
from costtui.report.document import Block, Chart, Document, Note, grid
from costtui.report.frame import MOST_RUNS, document
from costtui.report.node_trends import node_trends
from costtui.sums import Sums
from costtui.view.chart import bucket_name
from costtui.view.groups import merged
from costtui.view.node import MODELS, model_groups
from costtui.view.nodes import EXPORTED, node_groups
from costtui.view.runs import TABLE as RUNS
from costtui.view.runs import items as run_items
from costtui.view.snapshot import Sources
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


def cost_report(sources: Sources) -> Document:
    """Return the cost report of a span. Raises StoreError."""
    total = merged(sources.totals.series.values())
    blocks: list[Block] = [summary(total, sources), *_notes(total, sources)]
    if not total.calls and not sources.runs:
        return document("cost", "Cost", sources, [*blocks, Note("No calls in this window.")])
    runs = run_items(sources, sources.runs[:RECENT])
    blocks += [
        _over_time(sources),
        grid("nodes", "Nodes", NODES, node_groups(sources.totals)),
        *node_trends(sources),
        grid("models", "Models", BY_MODEL, model_groups(sources.totals.series)),
        *by_field("provider", sources),
        *by_field("subsystem", sources),
        *dearest_leads(sources),
        cache(total),
        cost_sources(sources.runs),
        grid("recent_runs", f"Recent runs ({len(runs)} of {count(len(sources.runs))})", RECENT_RUNS, runs),
    ]
    return document("cost", "Cost", sources, blocks)


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
