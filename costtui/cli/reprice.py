"""``costtui reprice``: price recorded calls again, after showing the difference in dollars."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

import typer

from costtui.cli.price import dollars, read_book
from costtui.errors import CosttuiError
from costtui.facts import Call
from costtui.filter import Filter, parse_filter
from costtui.format import exact_money
from costtui.pricing import PriceBook
from costtui.pricing.reprice import Tally, named, repriced, tallied
from costtui.reading import CallQuery, Reader
from costtui.settings import load
from costtui.store import open_store, open_writer
from costtui.text import plain

_PAGE = 1000

_NAME_LETTERS = 44


def reprice(
    store: Annotated[str, typer.Argument(help="The store; that of the settings where left out.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Also calls that have a price; their history changes.")
    ] = False,
    model: Annotated[str, typer.Option(help="Only this model; * and ? are wild.")] = "",
    book: Annotated[str, typer.Option(help="The price list that goes first: library or classic.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Change without asking.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Price recorded calls again: those without a price, or all.

    Each call gets the price of its own day. What the provider itself charged stays.

        costtui reprice --dry-run

        costtui reprice pipeline.db --model 'acme-*' --yes
    """
    settings = load()
    path = store or settings.store_path
    prices = PriceBook.load(settings, book=read_book(book))
    with open_store(path) as opened:
        tallies, ids = compared(opened.reader, prices, model, every=all_)
        if json_:
            print(json.dumps(_as_json(path, tallies, dry_run=dry_run), indent=2))
        else:
            _print(path, tallies, every=all_)
        if dry_run or not ids:
            return
        if not yes and not _confirmed(len(ids)):
            raise CosttuiError("nothing was changed; confirm with --yes, or look first with --dry-run")
        changed = change(path, opened.reader, prices, ids, every=all_)
    if not json_:
        print(f"{changed:,} calls have a new cost")


def compared(reader: Reader, prices: PriceBook, model: str, *, every: bool) -> tuple[list[Tally], list[int]]:
    """Return the sums by model, and the ids of the calls whose cost would change."""
    tallies: dict[tuple[str, str], Tally] = {}
    ids: list[int] = []
    wanted = named(model)
    for call in _calls(reader, parse_filter("" if every else "source=unknown")):
        if wanted(call):
            cost = repriced(call, prices, every=every)
            tallied(tallies, call, cost)
            if cost is not None:
                ids.append(call.id)
    return sorted(tallies.values(), key=lambda tally: -abs(tally.difference_nano)), ids


def _calls(reader: Reader, where: Filter) -> Iterator[Call]:
    before: int | None = None
    while page := reader.calls(CallQuery(where=where, limit=_PAGE, before_id=before)):
        yield from page
        before = page[-1].id


def change(path: str, reader: Reader, prices: PriceBook, ids: list[int], *, every: bool) -> int:
    """Write the new costs of calls into the store, and return of how many. Raises CosttuiError."""
    changed = 0
    # Texts were cut and redacted when they were recorded; the settings of today must not do it again.
    with open_writer(path, durable=False) as writer:
        for call_id in ids:
            call = reader.call(call_id)
            cost = repriced(call, prices, every=every) if call is not None else None
            if call is not None and cost is not None:
                writer.write(replace(call, cost=cost))
                changed += 1
        if not writer.flush():
            raise CosttuiError(f"cannot write to {path} now: the changes wait in a spool file beside it")
    return changed


def _confirmed(number: int) -> bool:
    return sys.stdin.isatty() and typer.confirm(f"Change the cost of {number:,} calls?")


def _print(path: str, tallies: list[Tally], *, every: bool) -> None:
    calls = sum(tally.calls for tally in tallies)
    print(f"{path}: {calls:,} calls{'' if every else ' without a price'}\n")
    print(f"{'model':<{_NAME_LETTERS}} {'changed':>9} {'before':>16} {'after':>16} {'difference':>16}")
    for tally in tallies:
        if tally.changed or tally.unpriced:
            note = f"  {tally.unpriced:,} stay unpriced" if tally.unpriced else ""
            print(f"{_name(tally):<{_NAME_LETTERS}} {_figures(tally)}{note}")
    total = Tally("", "all")
    for tally in tallies:
        total.add(tally)
    print(f"{'all':<{_NAME_LETTERS}} {_figures(total)}")


def _name(tally: Tally) -> str:
    name = plain(f"{tally.provider}/{tally.model}")
    return name if len(name) <= _NAME_LETTERS else name[: _NAME_LETTERS - 1] + "…"


def _figures(tally: Tally) -> str:
    sign = "+" if tally.difference_nano > 0 else ""
    before, after = exact_money(tally.before_nano), exact_money(tally.after_nano)
    return f"{tally.changed:>9,} {before:>16} {after:>16} {sign + exact_money(tally.difference_nano):>16}"


def _as_json(path: str, tallies: list[Tally], *, dry_run: bool) -> dict[str, Any]:
    return {
        "store": path,
        "dry_run": dry_run,
        "models": [
            {
                "provider": tally.provider or None,
                "model": tally.model or None,
                "calls": tally.calls,
                "changed": tally.changed,
                "newly_priced": tally.priced,
                "unpriced": tally.unpriced,
                "before_usd": dollars(tally.before_nano),
                "after_usd": dollars(tally.after_nano),
                "difference_usd": dollars(tally.difference_nano),
            }
            for tally in tallies
        ],
    }
