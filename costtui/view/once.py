"""The monitor's figures without a screen: as JSON, and as a text table."""

from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any, TypeVar

from costtui.facts import Alert, Quality, Run, Status
from costtui.format import UNKNOWN, count, figure, tokens
from costtui.money import usd
from costtui.sums import Sums
from costtui.view.budgets import Gauge, gauges
from costtui.view.clock import zone_name
from costtui.view.empty import nothing_recorded
from costtui.view.groups import merged
from costtui.view.node import MODELS, model_groups
from costtui.view.nodes import EXPORTED, node_groups
from costtui.view.runs import TABLE as RUNS
from costtui.view.runs import items as run_items
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table
from costtui.window import from_us

T = TypeVar("T")

LATEST_RUNS = 10

_NODES = EXPORTED.only("node", "calls", "cost", "share", "per_call", "p50", "p95", "errors", "unpriced")
_MODELS = MODELS.only("model", "provider", "calls", "cost", "share", "per_call", "p50", "p95", "unpriced")
_RUNS = RUNS.only("status", "run", "subsystem", "started", "duration", "calls", "cost", "budget", "quality")


def once_json(sources: Sources, alerts: Sequence[Alert] = ()) -> dict[str, Any]:
    """Return the figures of the window as plain values. Raises StoreError."""
    info = sources.info
    total = merged(sources.totals.series.values())
    return {
        "store": info.path if info else "",
        "kind": info.kind if info else "",
        "window": {
            "start": from_us(sources.span.start_us, sources.zone).isoformat(),
            "end": from_us(sources.span.end_us, sources.zone).isoformat(),
            "tz": zone_name(sources.zone),
        },
        "totals": _totals(total),
        "nodes": [EXPORTED.record(group) for group in node_groups(sources.totals)],
        "models": [MODELS.record(group) for group in model_groups(sources.totals.series)],
        "runs": _runs(sources),
        "budgets": [gauge.record() for gauge in gauges(sources)],
        "quality": _quality(sources.reader.quality(sources.span)),
        "alerts": [
            {
                "severity": alert.severity.value,
                "rule": alert.rule,
                "subject": alert.subject,
                "message": alert.message,
                "since": from_us(alert.since_us, sources.zone).isoformat(),
            }
            for alert in alerts
        ],
    }


def once_text(sources: Sources, alerts: Sequence[Alert] = ()) -> str:
    """Return the figures of the window as lines of text. Raises StoreError."""
    total = merged(sources.totals.series.values())
    parts = ["\n".join(_summary(sources, total))]
    found = gauges(sources)
    if found:
        parts.append(_titled("budgets", [_gauge_line(gauge) for gauge in found]))
    if alerts:
        parts.append(_titled("alerts", [f"{alert.severity.value}: {alert.message}" for alert in alerts]))
    if not total.calls:
        return "\n\n".join([*parts, nothing_recorded(sources)])
    parts.append(_titled("nodes", _lines(_NODES, node_groups(sources.totals))))
    parts.append(_titled("models", _lines(_MODELS, model_groups(sources.totals.series))))
    runs = run_items(sources, sources.runs)[:LATEST_RUNS]
    if runs:
        parts.append(_titled(f"runs ({len(runs)} of {len(sources.runs)})", _lines(_RUNS, runs)))
    return "\n\n".join(parts)


def _summary(sources: Sources, total: Sums) -> list[str]:
    zone, info = sources.zone, sources.info
    start, end = from_us(sources.span.start_us, zone), from_us(sources.span.end_us, zone)
    cost = figure(total.cost_nano, estimated=total.estimated, unpriced=total.unpriced)
    if total.calls and total.unpriced == total.calls:
        cost = f"{UNKNOWN} ({count(total.unpriced)} unpriced)"
    return [
        f"store   {info.path} ({info.kind})" if info else "store",
        f"window  {start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M} {zone_name(zone)}",
        f"spent   {cost}",
        f"calls   {count(total.calls)}, {count(total.errors)} errors, {count(total.estimated)} estimated",
        f"tokens  {tokens(total.input_tokens)} in, {tokens(total.output_tokens)} out",
    ]


def _titled(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)])


def _gauge_line(gauge: Gauge) -> str:
    words = (gauge.label, gauge.figure, gauge.percent, gauge.word, gauge.tail, gauge.note)
    return "  ".join(filter(None, words))


def _lines(table: Table[T], items: Iterable[T]) -> list[str]:
    """Lay out a table; columns are as wide as their widest cell."""
    texts = [[field.cell(item).text for field in table.fields] for item in items]
    cells = [[field.title for field in table.fields], *texts]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(map(_padded, table.fields, line, widths)) for line in cells]


def _padded(field: Field[Any], text: str, width: int) -> str:
    return text.ljust(width) if field.align == "left" else text.rjust(width)


def _totals(total: Sums) -> dict[str, Any]:
    return {
        "calls": total.calls,
        "cost_usd": float(usd(total.cost_nano)),
        "estimated_calls": total.estimated,
        "unpriced_calls": total.unpriced,
        "input_tokens": total.input_tokens,
        "output_tokens": total.output_tokens,
        "cache_read_tokens": total.cache_read_tokens,
        "errors": total.errors,
        "retries": total.retries,
        "cache_hits": total.cache_hits,
        "saved_usd": float(usd(total.saved_nano)),
        "p50_ms": total.latency.percentile(0.5),
        "p95_ms": total.latency.percentile(0.95),
    }


def _runs(sources: Sources) -> dict[str, Any]:
    runs: Sequence[Run] = sources.runs
    by_status = {status: sum(run.status is status for run in runs) for status in Status}
    return {
        "total": len(runs),
        "running": by_status[Status.RUNNING],
        "ok": by_status[Status.OK],
        "error": by_status[Status.ERROR],
        "interrupted": by_status[Status.INTERRUPTED],
        "cost_usd": float(usd(sum(run.cost_nano for run in runs))),
        "latest": [RUNS.record(item) for item in run_items(sources, runs)[:LATEST_RUNS]],
    }


def _quality(records: Sequence[Quality]) -> dict[str, Any]:
    if not records:
        return {"runs": 0}
    names = ("overall_score", "completeness", "clarity", "testability", "traceability")
    return {
        "runs": len(records),
        "pass_rate": round(sum(one.validation_passed for one in records) / len(records), 6),
        **{f"mean_{name}": round(fmean(getattr(one, name) for one in records), 6) for name in names},
        "mean_iterations": round(fmean(one.iteration_count for one in records), 6),
    }
