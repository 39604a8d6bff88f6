"""The figures of the cost report that stand by themselves: the sum of everything, and what the response cache did."""

from collections.abc import Sequence
from statistics import fmean, median

from costtui.facts import Run
from costtui.format import UNKNOWN, count, duration, figure, money, percent, tokens
from costtui.money import usd
from costtui.report.document import Fact, Facts
from costtui.sums import Sums
from costtui.view.snapshot import Sources


def summary(total: Sums, sources: Sources) -> Facts:
    """Return what was spent in all, over all calls and over runs."""
    priced = [run for run in sources.runs if run.calls > run.unpriced]
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
        Fact("runs", "runs", len(sources.runs), count(len(sources.runs))),
        *_per_run(priced),
    ]
    return Facts("summary", "", tuple(facts))


def _per_run(runs: Sequence[Run]) -> list[Fact]:
    costs = [run.cost_nano for run in runs]
    estimated = sum(run.estimated for run in runs)
    found = []
    for key, label, of in (
        ("mean", "mean", fmean),
        ("median", "median", median),
        ("min", "cheapest", min),
        ("max", "dearest", max),
    ):
        nano = round(of(costs)) if costs else None
        value = None if nano is None else float(usd(nano))
        text = UNKNOWN if nano is None else figure(nano, estimated=estimated)
        found.append(Fact(f"{key}_run_cost_usd", f"{label} run", value, text))
    return found


def cache(total: Sums) -> Facts:
    """Return what the response cache answered and saved, and what providers read from theirs."""
    misses = total.calls - total.cache_hits
    return Facts(
        "cache",
        "Caches",
        (
            Fact("hits", "response cache hits", total.cache_hits, count(total.cache_hits)),
            Fact("misses", "misses", misses, count(misses)),
            Fact(
                "hit_rate",
                "hit rate",
                _share(total.cache_hits, total.calls),
                percent(total.cache_hits, total.calls),
            ),
            Fact("saved_usd", "saved by it", float(usd(total.saved_nano)), money(total.saved_nano)),
            Fact(
                "prompt_cache_read_share",
                "input read from prompt caches",
                _share(total.cache_read_tokens, total.input_tokens),
                percent(total.cache_read_tokens, total.input_tokens),
            ),
        ),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
