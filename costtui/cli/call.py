"""``costtui call``: one test call to a model, with its estimate before and its time and cost after."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from costtui.errors import ProviderError
from costtui.facts import CostSource, Mode
from costtui.format import count, duration, money
from costtui.settings import Settings, load

if TYPE_CHECKING:
    from costtui.llm import Completion, LLMClient, LLMConfig
    from costtui.llm.plan import Estimate

_LOCAL = ("ollama", "llama.cpp", "vllm")


def call(
    prompt: Annotated[str, typer.Argument(help="What to ask; - reads it from standard input.")],
    model: Annotated[
        str, typer.Option("--model", "-m", help="provider/model, such as openai/gpt-5.4-mini.")
    ] = "",
    router: Annotated[bool, typer.Option("--router", help="Let the router choose the model.")] = False,
    node: Annotated[str, typer.Option(help="Node that the call is recorded under.")] = "try",
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 1000,
    temperature: Annotated[float, typer.Option(min=0, max=2)] = 0.7,
    repeat: Annotated[int, typer.Option(min=1, help="How often to make the call.")] = 1,
    store: Annotated[
        str | None, typer.Option(help="Store to record into (default: that of the settings).")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before money is spent.")] = False,
) -> None:
    """Call a model once: what it may cost, the answer as it comes, what it took. The call is stored like any other.

    Example: costtui call "Name three rivers" --model anthropic/claude-haiku-5-5
    """
    from costtui.llm import LLMClient, LLMConfig

    settings = load()
    text = sys.stdin.read() if prompt == "-" else prompt
    with LLMClient(store, settings=settings) as client:
        if router or not model:
            config = LLMConfig(node, mode=Mode.SMART_ROUTER, temperature=temperature)
        else:
            provider, _, name = model.partition("/")
            if not name:
                raise ProviderError(f"--model must be provider/model, such as openai/{model}")
            config = LLMConfig(node, provider=provider, model=name, temperature=temperature)
        try:
            plan = client.planner.plan(text, config, max_tokens)
        except ProviderError as error:
            raise ProviderError(f"{error}\n{at_hand(client, settings, os.environ)}") from None
        typer.echo(
            _before(
                plan.provider.name,
                plan.ask.model,
                plan.decision.reason if plan.decision else None,
                client.planner.estimate(plan),
                repeat,
            ),
            err=True,
        )
        if not yes and sys.stdin.isatty() and not typer.confirm("call?", default=True, err=True):
            raise typer.Exit(1)
        done = [_stream(client, text, config, max_tokens) for _ in range(repeat)]
    if repeat > 1:
        typer.echo(_summary(done), err=True)


def at_hand(client: "LLMClient", settings: Settings, environment: Mapping[str, str]) -> str:
    """Return in words what can be called without more ado: providers with keys, servers on this machine."""
    ready = [
        name
        for name, provider in client.planner.providers.items()
        if name in settings.providers or (provider.key_names and provider.ready(environment))
    ]
    local = [name for name in _LOCAL if _answers(client.planner.providers[name].base_url)]
    if ready or local:
        return f"at hand: {', '.join((*ready, *local))}; choose with --model PROVIDER/MODEL"
    return (
        "nothing is at hand: set a key (OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY …), start a local server "
        "(Ollama, llama.cpp), or watch the simulated pipeline of costtui demo"
    )


def _answers(url: str) -> bool:
    """Return whether something listens at a local address."""
    import socket
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=0.2):
            return True
    except OSError:
        return False


def _before(provider: str, model: str, reason: str | None, estimate: "Estimate", repeat: int) -> str:
    most = "cost unknown: no price" if estimate.nano is None else f"at most {money(estimate.nano * repeat)}"
    times = f" × {repeat}" if repeat > 1 else ""
    return f"{provider}/{model}{times} · {most}" + (f" · {reason}" if reason else "")


def _stream(client: "LLMClient", text: str, config: "LLMConfig", max_tokens: int) -> "Completion":
    completion = None
    for chunk in client.stream_sync(text, config, max_tokens=max_tokens):
        typer.echo(_printable(chunk.text), nl=False)
        completion = chunk.completion or completion
    typer.echo()
    if completion is None:
        raise ProviderError("the call ended without an answer")
    typer.echo(_after(completion), err=True)
    return completion


def _printable(text: str) -> str:
    """Return a piece of text that may go to a terminal, with the line breaks at its ends."""
    from costtui.text import plain

    return "\n".join(plain(line.expandtabs(4)) for line in text.replace("\r\n", "\n").split("\n"))


def _after(done: "Completion") -> str:
    about = "≈" if done.cost.source == CostSource.HEURISTIC else ""
    cost = (
        "cost unknown" if done.cost.nano is None else f"{about}{money(done.cost.nano)} ({done.cost.source})"
    )
    first = f", first token {duration(done.ttft_ms)}" if done.ttft_ms is not None else ""
    tokens = f"{count(done.tokens_in or 0)} tokens in, {count(done.tokens_out or 0)} out"
    tries = f" · {done.attempts} attempts" if done.attempts > 1 else ""
    return f"{done.model} · {cost} · {tokens} · {duration(done.latency_ms)}{first}{tries}"


def _summary(done: "list[Completion]") -> str:
    from statistics import fmean

    known = [one.cost.nano for one in done if one.cost.nano is not None]
    total = money(sum(known)) if known else "cost unknown"
    latencies = sorted(one.latency_ms for one in done)
    return (
        f"{len(done)} calls · {total} · mean {duration(fmean(latencies))}, longest {duration(latencies[-1])}"
    )
