"""``costtui prices``: look prices up, see where they come from, and set one's own."""

import json
from collections.abc import Iterable
from typing import Annotated, Any

import typer

from costtui.cli.price import dollars, read_book, read_instant
from costtui.errors import PayloadError
from costtui.format import exact_money, percent
from costtui.pricing import PriceBook, Rates, classic, library
from costtui.pricing.explain import Difference, Explanation, Period, explain
from costtui.pricing.overrides import DAYS, PriceOverride
from costtui.pricing.rates import Units
from costtui.settings import Settings, load
from costtui.text import plain
from costtui.window import from_us

_SHOWN = 40
_UNITS = ("input", "cache_read", "cache_write", "cache_write_1h", "output")


def prices(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[set] [MODEL]", help="A model or a part of its name.")
    ] = None,
    provider: Annotated[str, typer.Option(help="Whose price.")] = "",
    at: Annotated[str, typer.Option(help="When: a date or ISO time (UTC); now where left out.")] = "",
    book: Annotated[str, typer.Option(help="The price list that goes first: library or classic.")] = "",
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    input_: Annotated[str, typer.Option("--input", help="set: dollars per million input tokens.")] = "",
    output: Annotated[str, typer.Option(help="set: dollars per million output tokens.")] = "",
    cache_read: Annotated[
        str, typer.Option(help="set: dollars per million tokens read from the cache.")
    ] = "",
    cache_write: Annotated[
        str, typer.Option(help="set: dollars per million tokens written to the cache.")
    ] = "",
    cache_write_1h: Annotated[str, typer.Option(help="set: the same for one hour.")] = "",
    free: Annotated[bool, typer.Option("--free", help="set: the model costs nothing (self-hosted).")] = False,
    discount: Annotated[str, typer.Option(help="set: percent off.")] = "",
    from_: Annotated[str, typer.Option("--from", help="set: first day.")] = "",
    until: Annotated[str, typer.Option(help="set: first day on which it no longer holds.")] = "",
    days: Annotated[str, typer.Option(help="set: weekdays, such as sat,sun.")] = "",
    hours: Annotated[str, typer.Option(help="set: times of day, such as 16:30-00:30.")] = "",
    time_zone: Annotated[str, typer.Option(help="set: zone of days and hours.")] = "",
) -> None:
    """Look up what models cost, and set prices of your own.

    costtui prices deepseek-chat            its price, history, variants, and where lists differ

    costtui prices gpt-5                    everything whose name holds gpt-5

    costtui prices                          your own prices and the classic list

    costtui prices set acme-70b --input 0.9 --output 1.2 --from 2026-11-01

    costtui prices set 'llama*' --provider ollama --free
    """
    wanted = list(words or ())
    if wanted[:1] == ["set"]:
        from costtui.cli.prices_set import set_price

        entry = {
            "model": wanted[1] if len(wanted) == 2 else "",
            "provider": provider,
            "from": from_,
            "until": until,
            "input": input_,
            "output": output,
            "cache_read": cache_read,
            "cache_write": cache_write,
            "cache_write_1h": cache_write_1h,
            "free": free,
            "discount": discount,
            "days": [day.strip() for day in days.split(",") if day.strip()],
            "hours": hours,
            "time_zone": time_zone,
        }
        print(set_price(entry))
        return
    if len(wanted) > 1:
        raise PayloadError(
            f"one model at a time, not {' '.join(wanted)!r}; to set a price: costtui prices set MODEL …"
        )
    settings = load()
    look_up = PriceBook.load(settings, book=read_book(book))
    at_us = read_instant(at)
    if not wanted:
        _print_overview(settings, look_up, at_us, as_json=json_)
        return
    found = explain(look_up, provider, wanted[0], at_us)
    matches = library.search(wanted[0]) if found.rates is None and not found.listed else []
    if json_:
        print(json.dumps(_as_json(found, matches), indent=2))
    elif matches:
        _print_matches(look_up, matches, at_us)
    else:
        _print_explanation(found)


def _print_overview(settings: Settings, book: PriceBook, at_us: int, *, as_json: bool) -> None:
    differing = [(entry, book.rates(entry.provider, entry.model, at_us)) for entry in classic.ENTRIES]
    if as_json:
        listed = [
            {
                "provider": entry.provider,
                "model": entry.model,
                "classic": _units_json(entry.units),
                "holds": _rates_json(rates),
            }
            for entry, rates in differing
        ]
        print(
            json.dumps(
                {
                    "price_book": settings.price_book,
                    "prices": [_override_json(e) for e in settings.prices],
                    "classic": listed,
                },
                indent=2,
            )
        )
        return
    print(
        f'price book: {settings.price_book}   ({library.version()}; settings: price_book = "library" or "classic")\n'
    )
    print(
        "your prices (settings [[prices]], the last that holds wins)"
        if settings.prices
        else "no prices of your own: costtui prices set MODEL --input USD --output USD"
    )
    for override in settings.prices:
        print(f"  {_override_text(override)}")
    print(f"\n{'classic list':<28} {'classic in/out':>18} {'holds in/out':>18}")
    for entry, rates in differing:
        holds = _pair(rates.units) if rates else "unknown"
        mark = (
            ""
            if rates and all(rates.units.get(unit) == rate for unit, rate in entry.units.items())
            else "  differs"
        )
        print(f"{entry.provider + '/' + entry.model:<28} {_pair(entry.units):>18} {holds:>18}{mark}")


def _print_matches(book: PriceBook, matches: list[tuple[str, str]], at_us: int) -> None:
    for provider, model in matches[:_SHOWN]:
        rates = book.rates(provider, model, at_us)
        print(
            f"{plain(f'{provider}/{model}'):<60} {_pair(rates.units) if rates else 'listed without a price':>20}"
        )
    if len(matches) > _SHOWN:
        print(f"… and {len(matches) - _SHOWN} more: be more specific")


def _print_explanation(found: Explanation) -> None:
    print(plain(f"{found.provider or 'provider not known'}/{found.model}"))
    if found.rates is None:
        print(
            "  no price is known: calls are recorded as unpriced; set one: costtui prices set MODEL --input USD --output USD"
        )
    else:
        print(f"  holds      {_rates_text(found.rates)}")
        print(f"             from {plain(found.rates.ref)}")
    for title, rows in (("history", found.history), ("variants", found.variants)):
        for index, period in enumerate(rows):
            print(f"  {title if not index else '':<10} {_period_text(period)}")
    for index, override in enumerate(found.overrides):
        print(f"  {'yours' if not index else '':<10} {_override_text(override)}")
    if found.in_classic is not None:
        print(f"  classic    {_units_text(found.in_classic)}{_differences_text(found.differences)}")
    if found.comments:
        print(f"  note       {plain(found.comments)}")


def _differences_text(differences: Iterable[Difference]) -> str:
    parts = [
        f"{found.unit} {percent(found.holds_nano - found.classic_nano, found.classic_nano)}"
        if found.holds_nano is not None
        else f"{found.unit} unknown"
        for found in differences
    ]
    return f"   differs: {', '.join(parts)}" if parts else "   the same"


def _period_text(period: Period) -> str:
    return f"{period.when}: {_rates_text(period.rates) if period.rates else 'no price'}"


def _rates_text(rates: Rates) -> str:
    text = _units_text(rates.units)
    for tier in rates.tiers:
        text += f"; above {tier.above:,} input tokens {_units_text(tier.units)}"
    return text


def _units_text(units: Units) -> str:
    tokens = [unit for unit in _UNITS if unit in units] + [unit for unit in units if unit.endswith("_tokens")]
    parts = [f"{', '.join(_unit_text(unit, units[unit]) for unit in tokens)} per 1M"] if tokens else []
    parts += [
        f"{_unit_text(unit, rate // 1000)} per 1k" for unit, rate in units.items() if unit not in tokens
    ]
    return ", ".join(parts)


def _unit_text(unit: str, rate_nano: int) -> str:
    return f"{unit.removesuffix('_tokens').replace('_', ' ')} {exact_money(rate_nano)}"


def _pair(units: Units) -> str:
    given, output = (exact_money(units[unit]) if unit in units else "–" for unit in ("input", "output"))
    return f"{given} / {output}"


def _override_text(override: PriceOverride) -> str:
    parts = [f"{override.provider + '/' if override.provider else ''}{override.model}"]
    if override.units:
        parts.append("free" if not any(override.units.values()) else _units_text(override.units))
    if override.discount_ppm:
        parts.append(f"{override.discount_ppm / 10_000:g} % off")
    parts += [
        f"{word} {from_us(instant):%Y-%m-%d}"
        for word, instant in (("from", override.from_us), ("until", override.until_us))
        if instant is not None
    ]
    if override.days:
        parts.append("on " + ",".join(DAYS[day] for day in sorted(override.days)))
    if override.hours:
        start, end = override.hours
        parts.append(
            f"{start // 60:02d}:{start % 60:02d}–{end // 60:02d}:{end % 60:02d} {override.time_zone}"
        )
    return plain(f"{', '.join(parts)}   [{override.origin}]")


def _as_json(found: Explanation, matches: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "provider": found.provider or None,
        "model": found.model,
        "rates": _rates_json(found.rates),
        "price_ref": found.rates.ref if found.rates else None,
        "history": [{"when": period.when, "rates": _rates_json(period.rates)} for period in found.history],
        "variants": [{"when": period.when, "rates": _rates_json(period.rates)} for period in found.variants],
        "prices": [_override_json(override) for override in found.overrides],
        "classic": _units_json(found.in_classic) if found.in_classic is not None else None,
        "differs": [found_.unit for found_ in found.differences],
        "matches": [f"{provider}/{model}" for provider, model in matches],
    }


def _rates_json(rates: Rates | None) -> dict[str, Any] | None:
    if rates is None:
        return None
    tiers = [
        {"above_input_tokens": tier.above, "usd_per_million": _units_json(tier.units)} for tier in rates.tiers
    ]
    return {"usd_per_million": _units_json(rates.units), "tiers": tiers}


def _units_json(units: Units) -> dict[str, str | None]:
    return {unit: dollars(rate) for unit, rate in units.items()}


def _override_json(override: PriceOverride) -> dict[str, Any]:
    return {
        "model": override.model,
        "provider": override.provider or None,
        "usd_per_million": _units_json(override.units),
        "discount_percent": override.discount_ppm / 10_000,
        "text": _override_text(override),
    }
