"""``costtui traffic``: many calls for random contexts, through the real SDK, tap and client."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costtui.analysis.stats import quantile
from costtui.cli.asking import ask_before
from costtui.errors import CosttuiError
from costtui.format import UNKNOWN, duration, money, percent
from costtui.settings import load
from costtui.view.trial import Ask

if TYPE_CHECKING:
    from costtui.attribution.groups import Group
    from costtui.trials.bench import Bench
    from costtui.trials.session import Made, Pace, Series, Session

NODE = "traffic"
QUERIES = (
    "Which five routes had the most delays last month?",
    "Show the revenue of each region by quarter.",
    "Find customers without an order this year.",
    "What is the average order value by industry?",
    "Which carriers miss their time windows most often?",
    "List the ten most expensive shipments.",
    "How did fuel costs develop since January?",
    "Which warehouses are above 90 percent of their capacity?",
    "Compare this week's volume with the same week last year.",
    "Which contracts end within the next 60 days?",
)


def traffic(
    number: Annotated[int, typer.Argument(min=1, help="How many queries to make.")] = 20,
    delay: Annotated[float, typer.Option(min=0, help="Seconds between the starts of two queries.")] = 0.1,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Queries at once, at most.")] = 4,
    seed: Annotated[
        int | None, typer.Option(help="Make the same contexts and queries each time.", show_default=False)
    ] = None,
    config: Annotated[str, typer.Option(help="AI Config that chooses the model.")] = "ai-config",
    context: Annotated[
        list[str] | None,
        typer.Option(
            help="Contexts to choose from, such as 'premium-*' (default: every tier, device, region)."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", "-m", help="provider/model instead of the one served.")
    ] = "",
    bug: Annotated[
        bool, typer.Option("--bug", help="Evaluate with an allow-list: the historical bug.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Write every query to this file, as JSON.", show_default=False),
    ] = None,
    store: Annotated[str, typer.Option(help="Store to record into (default: that of the settings).")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before money is spent.")] = False,
) -> None:
    """Make many calls for random contexts, track what they cost, and say what counts.

    Models whose key is missing are simulated, at no cost. What each context would be served: costtui matrix.

    Example: costtui traffic 100 --concurrency 8 --seed 1 --store try.db
    """
    from costtui.trials.bench import Bench
    from costtui.trials.session import Pace, Session

    settings = load()
    bench = Bench(store or settings.store_path, settings)
    asks = _asks(bench, number, Random(seed), Ask("", model, config, "", 0, bug), context or [])  # noqa: S311
    _confirm(bench, asks, yes)
    with Session(bench, tracks=True) as session:
        series = _make(session, asks, Pace(concurrency, delay))
        judged = session.judge()
    if output is not None:
        _write(output, series.made)
    _print(series.made, judged.groups if judged is not None else ())
    if series.refused is not None:
        raise series.refused
    if series.made and all(made.error for made in series.made):
        raise CosttuiError(f"no query had an answer: {series.made[0].error}")


def _asks(bench: "Bench", number: int, random: Random, like: Ask, patterns: Sequence[str]) -> list[Ask]:
    """Return random queries for random contexts, each of a user of its own."""
    from dataclasses import replace

    from costtui.launchdarkly.sample import DEVICES, REGIONS, TIERS

    everywhere = [f"{tier}-{device}-{region}" for tier in TIERS for device in DEVICES for region in REGIONS]
    names = bench.palette.matching(tuple(patterns)) if patterns else everywhere
    asks = []
    for index in range(number):
        prompt, name = random.choice(QUERIES), random.choice(names)
        asks.append(replace(like, prompt=prompt, context=name, user=f"{name}-{index}", node=NODE))
    return asks


def _confirm(bench: "Bench", asks: Sequence[Ask], yes: bool) -> None:
    """Say what it costs at most, and ask. Raises CosttuiError where nothing can be called."""
    from costtui.trials.plan import plans

    by_context = {ask.context: ask for ask in asks}
    planned = dict(zip(by_context, plans(bench, list(by_context.values())), strict=True))
    for plan in planned.values():
        if plan.problem:
            raise CosttuiError(plan.problem)
    known = [planned[ask.context].most_nano for ask in asks]
    if not any(known) and None not in known:
        return
    most = money(sum(nano or 0 for nano in known))
    unknown = " and calls without a price" if None in known else ""
    payer = next(iter(planned.values())).payer
    words = f"{len(asks)} queries, at most {most}{unknown}"
    ask_before(bench, words, payer, free=False, yes=yes, question="go?")


def _make(session: "Session", asks: Sequence[Ask], pace: "Pace") -> "Series":
    """Make the queries, with a bar where somebody looks."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("queries", total=len(asks))
        return session.run(asks, pace=pace, each=lambda made, tally: progress.advance(task))


def _record(made: "Made") -> dict[str, Any]:
    """Return a query as plain values."""
    served, done = made.served, made.done
    return {
        "provider": done.provider if done else served.provider if served else "",
        "model": done.model if done else served.model if served else "",
        "variation": served.variation if served else "",
        "context": made.ask.context,
        "latency_ms": done.latency_ms if done else None,
        "cost_usd": made.usd,
        "error": made.error,
    }


def _write(path: Path, made: "Sequence[Made]") -> None:
    try:
        text = json.dumps([_record(one) for one in made], indent=2)
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise CosttuiError(f"cannot write {path}: {error.strerror}") from None


def _print(made: "Sequence[Made]", groups: "Sequence[Group]") -> None:
    from rich.console import Console
    from rich.table import Table

    from costtui.view.attribution import reason_text, verdict_text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("provider", "model", "queries", "mean", "p95", "tracked", "success"):
        table.add_column(title, justify="left" if title in ("provider", "model") else "right")
    records = [_record(one) for one in made]
    for provider, model in sorted({(one["provider"], one["model"]) for one in records}):
        own = [one for one in records if (one["provider"], one["model"]) == (provider, model)]
        latencies = sorted(float(one["latency_ms"]) for one in own if one["latency_ms"] is not None)
        costs = [one["cost_usd"] for one in own if one["cost_usd"] is not None]
        table.add_row(
            provider,
            model,
            str(len(own)),
            duration(fmean(latencies)) if latencies else UNKNOWN,
            duration(quantile(latencies, 0.95)) if latencies else UNKNOWN,
            f"${sum(costs):.4f}" if costs else UNKNOWN,
            percent(sum(not one["error"] for one in own), len(own)),
        )
    console = Console(highlight=False)
    console.print(table)
    for group in groups:
        console.print(f"{verdict_text(group)}  {group.events} events  {reason_text(group)}", markup=False)
