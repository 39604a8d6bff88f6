"""``costtui call``: a test call to a model, with its estimate and budgets before and its time and cost after."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from costtui.cli.asking import ask_before
from costtui.errors import ProviderError
from costtui.facts import CostSource
from costtui.format import count, duration, money
from costtui.settings import load
from costtui.view.trial import MOST_REPEATS, ROUTER, Ask, Plan

if TYPE_CHECKING:
    from costtui.launchdarkly.trial import Judged
    from costtui.llm import Completion
    from costtui.trials.bench import Bench
    from costtui.trials.session import Made, Series


def call(
    prompt: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input.")],
    model: Annotated[
        str, typer.Option("--model", "-m", help="provider/model, such as openai/gpt-5.4-mini.")
    ] = "",
    router: Annotated[bool, typer.Option("--router", help="Let the router choose the model.")] = False,
    config: Annotated[
        str, typer.Option(help="AI Config that serves the model; the cost is tracked and checked.")
    ] = "",
    context: Annotated[
        str, typer.Option(help="Context that the AI Config is evaluated for: of the settings, or in the box.")
    ] = "starter",
    bug: Annotated[
        bool, typer.Option("--bug", help="With --config: evaluate with an allow-list, the historical bug.")
    ] = False,
    node: Annotated[str, typer.Option(help="Node that the call is recorded under.")] = "try",
    max_tokens: Annotated[
        int, typer.Option(min=0, help="Longest answer, in tokens (0: as served, else 1,000).")
    ] = 0,
    temperature: Annotated[
        float | None, typer.Option(min=0, max=2, show_default="as served, else 0.7")
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, max=MOST_REPEATS, help="How often to make the call.")] = 1,
    store: Annotated[str, typer.Option(help="Store to record into (default: that of the settings).")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before money is spent.")] = False,
) -> None:
    """Call a model: what it may cost and what budgets have left, the answer as it comes, what it took.

    The call is stored like any other. With --config it is made for a context, tracked, and checked in the experiment.

    Example: costtui call "Name three rivers" --model anthropic/claude-haiku-5-5
    """
    from costtui.trials.bench import Bench
    from costtui.trials.session import Session

    settings = load()
    bench = Bench(store or settings.store_path, settings)
    ask = Ask(
        prompt=sys.stdin.read() if prompt == "-" else prompt,
        model=ROUTER if router or not (model or config) else model,
        config=config,
        context=context,
        max_tokens=max_tokens,
        legacy=bug,
        repeat=repeat,
        node=node,
        temperature=temperature,
    )
    plan = _planned(bench, ask)
    ask_before(bench, _before(plan), plan.payer, free=plan.free, yes=yes, question="call?")
    with Session(bench, tracks=bool(config)) as session:
        series = session.run(
            [ask] * repeat,
            tell=lambda text: typer.echo(text, nl=False),
            each=lambda made, tally: _say_after(made),
        )
        judged = session.judge()
    _say(series, judged)


def _planned(bench: "Bench", ask: Ask) -> Plan:
    """Return what the call would be. Raises ProviderError, with what is at hand instead."""
    from costtui.trials.at_hand import hint, local_models
    from costtui.trials.plan import plans

    (plan,) = plans(bench, [ask])
    if plan.problem and ask.config and not ask.model:
        raise ProviderError(
            plan.problem
        )  # the AI Config serves no model: others would not be what was asked for
    if plan.problem:
        with bench.client() as client:
            raise ProviderError(f"{plan.problem}\n{hint(bench, client, local_models(bench, client))}")
    return plan


def _before(plan: Plan) -> str:
    """Return model, most cost and why, in a line."""
    most = "cost unknown: no price" if plan.most_nano is None else f"at most {money(plan.most_nano)}"
    model = plan.model + (f" × {plan.ask.repeat}" if plan.ask.repeat > 1 else "")
    served = f"{plan.variation} ({plan.reason})" if plan.ask.config else ""
    return " · ".join(filter(None, (model, most, served, plan.note)))


def _say_after(made: "Made") -> None:
    """End the answer, and say what the call took."""
    if made.done is None:
        typer.echo(made.error, err=True)
    else:
        typer.echo()
        typer.echo(_after(made.done), err=True)


def _after(done: "Completion") -> str:
    """Return what a call took, in a line."""
    about = "≈" if done.cost.source == CostSource.HEURISTIC else ""
    cost = (
        "cost unknown" if done.cost.nano is None else f"{about}{money(done.cost.nano)} ({done.cost.source})"
    )
    first = f", first token {duration(done.ttft_ms)}" if done.ttft_ms is not None else ""
    tokens = f"{count(done.tokens_in or 0)} tokens in, {count(done.tokens_out or 0)} out"
    tries = f" · {done.attempts} attempts" if done.attempts > 1 else ""
    return f"{done.model} · {cost} · {tokens} · {duration(done.latency_ms)}{first}{tries}"


def _say(series: "Series", judged: "Judged | None") -> None:
    """Sum up several calls, say whether they count, and raise what ended them. Raises CosttuiError."""
    from costtui.trials.outcome import outcome, summary_figures

    done = [made.done for made in series.made if made.done is not None]
    if len(series.made) > 1 and done:
        figures = summary_figures(done)
        parts = [
            f"{figure.label} {figure.value}" + f" ({figure.note})" * bool(figure.note) for figure in figures
        ]
        typer.echo(" · ".join((f"{len(done)} calls", *parts)), err=True)
    if judged is not None and done:
        found = outcome(series, judged)
        typer.echo(f"\n{found.verdict}\n{found.report}", err=True)
    if series.refused is not None:
        raise series.refused
    if not done:
        raise ProviderError("there was no answer" if series.made else series.ended)
