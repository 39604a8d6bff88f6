"""``costtui traffic``: many calls for random contexts, through the real SDK, tap and client."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costtui.errors import CosttuiError
from costtui.format import UNKNOWN, duration, percent
from costtui.settings import load
from costtui.view.trial import Ask

if TYPE_CHECKING:
    from costtui.attribution.groups import Group
    from costtui.cli.trying import Trials
    from costtui.launchdarkly.trial import Experiment
    from costtui.llm import LLMClient
    from costtui.record.cost import CostTracker

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


@dataclass(frozen=True, slots=True)
class Query:
    """One query that was made."""

    provider: str
    model: str
    variation: str
    context: str
    latency_ms: int | None
    cost_usd: float | None
    """What was tracked."""
    error: str = ""


def traffic(
    number: Annotated[int, typer.Argument(min=1, help="How many queries to make.")] = 20,
    delay: Annotated[float, typer.Option(min=0, help="Seconds between the starts of two queries.")] = 0.1,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Queries at once, at most.")] = 4,
    seed: Annotated[
        int | None, typer.Option(help="Make the same contexts and queries each time.", show_default=False)
    ] = None,
    config: Annotated[str, typer.Option(help="AI Config that chooses the model.")] = "ai-config",
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

    Models whose key is missing are simulated, at no cost.

    Example: costtui traffic 100 --concurrency 8 --seed 1 --store try.db
    """
    from costtui.cli.trying import Trials
    from costtui.launchdarkly.trial import Experiment
    from costtui.record.cost import CostTracker

    settings = load()
    path = store or settings.store_path
    trials = Trials(path, settings)
    random = Random(seed)  # noqa: S311 - traffic, not secrets
    asks = [
        Ask(random.choice(QUERIES), model, config, random.choice(("trial", "starter", "premium")), 0, bug)
        for _ in range(number)
    ]
    _confirm(trials, asks, yes)
    with (
        CostTracker(path, settings=trials.settings) as tracker,
        Experiment(trials.source(), lambda facts: tracker.recorder.write(*facts)) as experiment,
    ):
        made = asyncio.run(_make(asks, trials, experiment, tracker, delay, concurrency))
        judged = experiment.finish()
    if output is not None:
        _write(output, made)
    _print(made, judged.groups)
    if all(query.error for query in made):
        raise CosttuiError(f"no query had an answer: {made[0].error}")


def _confirm(trials: "Trials", asks: Sequence[Ask], yes: bool) -> None:
    """Say what it costs at most, and ask. Raises CosttuiError where nothing can be called."""
    plans = {ask.context: trials.plan(ask) for ask in asks}
    for plan in plans.values():
        if plan.problem:
            raise CosttuiError(plan.problem)
    known = [plans[ask.context].most_nano for ask in asks]
    if any(known) or None in known:
        from costtui.format import money

        most = money(sum(nano or 0 for nano in known))
        typer.echo(
            f"{len(asks)} queries, at most {most}" + (" and calls without a price" if None in known else ""),
            err=True,
        )
        if not yes and sys.stdin.isatty() and not typer.confirm("go?", default=True, err=True):
            raise typer.Exit(1)


async def _make(
    asks: Sequence[Ask],
    trials: "Trials",
    experiment: "Experiment",
    tracker: "CostTracker",
    delay: float,
    concurrency: int,
) -> list[Query]:
    from rich.progress import track

    room = asyncio.Semaphore(concurrency)
    client = trials.client(tracker.recorder)

    async def one(number: int, ask: Ask) -> Query:
        await asyncio.sleep(number * delay)
        async with room:
            return await _query(ask, f"{ask.context}-{number}", trials, experiment, tracker, client)

    tasks = [asyncio.create_task(one(number, ask)) for number, ask in enumerate(asks)]
    try:
        shown = track(
            asyncio.as_completed(tasks),
            "queries",
            len(tasks),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        return [await task for task in shown]
    finally:
        await client.aclose()


async def _query(
    ask: Ask,
    user: str,
    trials: "Trials",
    experiment: "Experiment",
    tracker: "CostTracker",
    client: "LLMClient",
) -> Query:
    from costtui.attribution.contexts import canonical, fingerprint
    from costtui.cli.trying import tracked_usd
    from costtui.facts import Context
    from costtui.launchdarkly.trial import trial_contexts

    evaluated, tracked = trial_contexts(ask.context, user, legacy=ask.legacy)
    context = Context(fingerprint(tracked), canonical(tracked))
    tracker.recorder.write(context)
    served = experiment.serve(ask.config, evaluated)
    labels: dict[str, Any] = {"config_key": served.config, "variation_key": served.variation}
    try:
        with tracker.node(NODE, context_id=context.id, config_version=served.version, user_id=user, **labels):
            done = await trials.answer(ask, served, client)
    except CosttuiError as error:
        return Query(served.provider, served.model, served.variation, ask.context, None, None, str(error))
    usd = tracked_usd(done, served)
    if usd is not None:
        experiment.track(served, tracked, usd, model=done.model, provider=done.provider)
    return Query(done.provider, done.model, served.variation, ask.context, done.latency_ms, usd)


def _write(path: Path, made: Sequence[Query]) -> None:
    from dataclasses import asdict

    try:
        path.write_text(json.dumps([asdict(query) for query in made], indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise CosttuiError(f"cannot write {path}: {error.strerror}") from None


def _print(made: Sequence[Query], groups: "Sequence[Group]") -> None:
    from rich.console import Console
    from rich.table import Table

    from costtui.view.attribution import reason_text, verdict_text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for title in ("provider", "model", "queries", "mean", "p95", "tracked", "success"):
        table.add_column(title, justify="left" if title in ("provider", "model") else "right")
    for provider, model in sorted({(query.provider, query.model) for query in made}):
        own = [query for query in made if (query.provider, query.model) == (provider, model)]
        latencies = sorted(query.latency_ms for query in own if query.latency_ms is not None)
        costs = [query.cost_usd for query in own if query.cost_usd is not None]
        table.add_row(
            provider,
            model,
            str(len(own)),
            duration(fmean(latencies)) if latencies else UNKNOWN,
            duration(latencies[-(len(latencies) // 20) - 1]) if latencies else UNKNOWN,
            f"${sum(costs):.4f}" if costs else UNKNOWN,
            percent(sum(not query.error for query in own), len(own)),
        )
    console = Console(highlight=False)
    console.print(table)
    for group in groups:
        console.print(f"{verdict_text(group)}  {group.events} events  {reason_text(group)}", markup=False)
