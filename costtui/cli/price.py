"""``costtui price``: the tokens and the cost of one recorded answer, line by line."""

import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from costtui.errors import CosttuiError, PayloadError
from costtui.facts import Cost, CostSource, Usage, UsageState
from costtui.format import count, exact_money
from costtui.money import usd
from costtui.pricing import Answer, PriceBook, read_answer
from costtui.pricing.estimate import tokens_of_bytes
from costtui.settings import load
from costtui.text import plain
from costtui.window import to_us

NO_INPUT = "input tokens are not known: the cost is that of the output alone"


def price(
    file: Annotated[
        str, typer.Argument(help="A recorded answer: JSON or an event stream; - is standard input.")
    ] = "-",
    provider: Annotated[str, typer.Option(help="Who answered, where the answer does not tell.")] = "",
    model: Annotated[str, typer.Option(help="The model to price it as.")] = "",
    at: Annotated[str, typer.Option(help="When: a date or ISO time (UTC); now where left out.")] = "",
    book: Annotated[str, typer.Option(help="The price list that goes first: library or classic.")] = "",
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what one answer of a model used and cost.

    Reads answers of any provider as they came over the wire, streamed or not:

        costtui price answer.json

        curl -s https://api.openai.com/v1/chat/completions … | costtui price --json
    """
    at_us = read_instant(at)
    answer = _read(file, provider, model)
    usage = answer.usage if answer.usage.state != UsageState.MISSING else _estimated(answer)
    prices = PriceBook.load(load(), book=read_book(book))
    named, cost = _priced(prices, replace(answer, usage=usage), provider, model, at_us)
    if json_:
        print(json.dumps(as_json(answer.provider, named, usage, cost), indent=2))
        for problem in (
            *usage.problems,
            *((f"the provider's error: {answer.error}",) if answer.error else ()),
        ):
            print(f"costtui: {plain(problem)}", file=sys.stderr)
    else:
        _print(answer, named, usage, cost)


def read_instant(text: str) -> int:
    """Return a date or ISO time (UTC unless it says otherwise) in µs, now where it is empty."""
    if not text:
        return time.time_ns() // 1000
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise PayloadError(f"--at must be a date such as 2026-03-01 or an ISO time, not {text!r}") from None
    return to_us(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def read_book(name: str) -> str:
    """Return the name of a price book that exists, or nothing for that of the settings."""
    from costtui.pricing.book import BOOKS

    if name and name not in BOOKS:
        raise PayloadError(f"--book must be {' or '.join(BOOKS)}, not {name!r}")
    return name


def as_json(provider: str, model: str, usage: Usage, cost: Cost) -> dict[str, Any]:
    """Return usage and cost as the documented JSON object; dollars are exact decimal texts."""
    return {
        "provider": provider or None,
        "model": model or None,
        "usage": {
            "input_tokens": usage.input_tokens,
            "cache_read_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
            "cache_write_1h_tokens": usage.cache_write_1h_tokens,
            "output_tokens": usage.output_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
            "state": str(usage.state),
        },
        "cost_usd": dollars(cost.nano),
        "cost_source": str(cost.source),
        "price_ref": cost.price_ref,
        "lines": [
            {
                "unit": line.unit,
                "count": line.count,
                "rate_usd_per_million": dollars(line.rate_nano),
                "cost_usd": dollars(line.cost_nano),
            }
            for line in cost.lines
        ],
    }


def _read(file: str, provider: str, model: str) -> Answer:
    if file == "-" and sys.stdin.isatty():
        raise PayloadError("nothing to read: give the path of a recorded answer, or pipe one in")
    try:
        body = sys.stdin.buffer.read() if file == "-" else Path(file).expanduser().read_bytes()
    except OSError as error:
        raise CosttuiError(
            f"cannot read {file}: {error.strerror}; give the path of a recorded answer, or -"
        ) from None
    return read_answer(body, provider=provider or None, model=model or None)


def _estimated(answer: Answer) -> Usage:
    """Return the output estimated from what the model wrote; an answer does not hold its prompt."""
    if not answer.written_bytes:
        return answer.usage
    written = tokens_of_bytes(answer.written_bytes)
    return replace(
        answer.usage,
        output_tokens=written,
        state=UsageState.ESTIMATED,
        problems=(*answer.usage.problems, NO_INPUT),
    )


def _priced(prices: PriceBook, answer: Answer, provider: str, model: str, at_us: int) -> tuple[str, Cost]:
    """Return the model by which the answer has a price, that of the option first, and the cost."""
    named = [(answer.provider, name) for name in dict.fromkeys((model, answer.model)) if name]
    if model and not provider:
        named.append(("", model))  # a local model, priced as if its maker had answered
    costs = [
        prices.price(
            answer.usage,
            provider=owner or None,
            model=name,
            at_us=at_us,
            service_tier=answer.service_tier or None,
            provider_cost_nano=answer.provider_cost_nano,
        )
        for owner, name in named or [("", "")]
    ]
    for (_, name), cost in zip(named, costs, strict=False):
        if cost.lines:
            return name, cost
    return model or answer.model, costs[0]


def _print(answer: Answer, model: str, usage: Usage, cost: Cost) -> None:
    title = (
        answer.provider or "provider not known",
        model or "model not known",
        answer.response_id,
        answer.finish,
    )
    print(plain("  ".join(part for part in title if part)))
    if answer.error:
        print(f"error: {plain(answer.error)}")
    print(
        f"input   {_tokens(usage.input_tokens)}  (cache read {count(usage.cache_read_tokens)}, cache write "
        f"{count(usage.cache_write_tokens)}, of it for 1 h {count(usage.cache_write_1h_tokens)})"
    )
    print(f"output  {_tokens(usage.output_tokens)}  (reasoning {count(usage.reasoning_tokens)})")
    print(f"usage   {usage.state}")
    for problem in usage.problems:
        print(f"  !     {plain(problem)}")
    if cost.lines:
        print()
        for line in cost.lines:
            print(
                f"{line.unit:<22} {line.count:>12,} × {exact_money(line.rate_nano):>10} / 1M = {exact_money(line.cost_nano)}"
            )
    sign = "≈" if cost.source == CostSource.HEURISTIC else ""
    if cost.nano is None:
        print(f"\ncost    unknown: {plain(_reason(model, usage))}")
        return
    print(f"\ncost    {sign}{exact_money(cost.nano)}  {cost.source}  {plain(cost.price_ref or '')}")
    if cost.source == CostSource.PROVIDER and cost.priced_nano is not None:
        drift = cost.nano - cost.priced_nano
        print(f"        the price book says {exact_money(cost.priced_nano)}: a drift of {exact_money(drift)}")


def _reason(model: str, usage: Usage) -> str:
    if usage.state == UsageState.MISSING:
        return "the answer tells no tokens"
    if not model:
        return "the answer does not name its model; add --model"
    return f"no price for {model}; set one: costtui prices set {model} --input USD --output USD (per million), or --free"


def _tokens(number: int | None) -> str:
    return "not known" if number is None else count(number)


def dollars(nano: int | None) -> str | None:
    """Return an amount as an exact decimal text without trailing zeros, None where it is not known."""
    if nano is None:
        return None
    amount = f"{usd(nano):f}"
    return amount.rstrip("0").rstrip(".") if "." in amount else amount
