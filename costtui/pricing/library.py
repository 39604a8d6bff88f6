"""Prices with history out of genai-prices: the only module that knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any

from costtui.money import NANO_PER_USD, TOKENS_PER_RATE
from costtui.pricing.rates import Rates, Tier
from costtui.window import DAY_US, MINUTE_US, from_us

_NAMES = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "cache_write",
    "cache_write_1h_tokens": "cache_write_1h",
}
_STANDARD = frozenset({"", "default", "standard", "auto", "on_demand", "scale", "standard_only"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A model that the library lists."""

    provider: str
    model: str
    info: Any
    own: bool
    """Whether the provider itself lists it, or its price is that of the model's maker."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rates and the time during which they hold."""

    rates: Rates | None
    start_us: int
    end_us: int


def find(provider: str, model: str) -> Listed | None:
    """Return the model that a name means, by its provider where one is named."""
    snapshot = _snapshot()
    try:
        found, info = snapshot.find_provider_model(model, None, provider or None, None)
    except LookupError:
        return None
    return Listed(found.id, info.id, info, any(info is own for own in found.models))


def stretch(listed: Listed, at_us: int, service_tier: str = "") -> Stretch:
    """Return the rates of a model at an instant, None where the library lists the model without any."""
    moment = from_us(at_us, UTC)
    context = _context(service_tier) if listed.own else {}
    prices = listed.info.get_prices(moment, context)
    rates = _rates(prices, _ref(listed, moment, service_tier, _is_varied(listed.info, context, moment)))
    start, end = _validity(listed.info, at_us)
    return Stretch(rates, start, end)


def periods(listed: Listed) -> list[tuple[str, Rates | None]]:
    """Return a model's prices in the order of their start, each with when it holds in words."""
    prices = listed.info.prices
    if not isinstance(prices, list):
        return [("always", _rates(prices, ""))]
    dated = any(hasattr(entry.constraint, "start_date") for entry in prices)
    plainly = "at first" if dated else "otherwise"
    return [
        (plainly if entry.constraint is None else _when(entry.constraint), _rates(entry.prices, ""))
        for entry in prices
    ]


def variants(listed: Listed) -> list[tuple[str, Rates | None]]:
    """Return a model's prices for service tiers and batches, each with what it is for in words."""
    found: list[tuple[str, Rates | None]] = []
    for variant in listed.info.price_variants or () if listed.own else ():
        rates = _rates(variant.prices, "")
        if rates is None:
            continue  # the standard price under another name
        words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in variant.when.items())
        found.append((words if variant.constraint is None else f"{words} {_when(variant.constraint)}", rates))
    return found


def search(text: str) -> list[tuple[str, str]]:
    """Return (provider, model) of everything listed whose name holds a text."""
    wanted = text.lower()
    return [
        (provider.id, model.id)
        for provider in _snapshot().providers
        for model in provider.models
        if wanted in f"{provider.id}/{model.id}".lower()
    ]


@cache
def version() -> str:
    """Return the library's name and version."""
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"


@cache
def _snapshot() -> Any:
    from genai_prices.data_snapshot import get_snapshot

    return get_snapshot()


@cache
def _units() -> dict[str, tuple[str, int]]:
    """Return price key → (unit, how many of it a price is for)."""
    from genai_prices.data_units import unit_data

    return {unit["price_key"]: (_NAMES.get(key, key), unit["per"]) for key, unit in unit_data.items()}


def _rates(prices: Any, ref: str) -> Rates | None:
    base: dict[str, int] = {}
    tiered: dict[str, Any] = {}
    for key, price in vars(prices).items():
        if price is None or key not in _units():
            continue
        unit, per = _units()[key]
        if hasattr(price, "tiers"):
            tiered[unit] = (price, per)
            base[unit] = _nano(price.base, per)
        else:
            base[unit] = _nano(price, per)
    if not base:
        return None
    return Rates(base, ref, _tiers(base, tiered), fallbacks=_fallbacks(base))


def _tiers(base: Mapping[str, int], tiered: Mapping[str, Any]) -> tuple[Tier, ...]:
    found = []
    for above in sorted({tier.start for price, _ in tiered.values() for tier in price.tiers}):
        units = dict(base)
        for unit, (price, per) in tiered.items():
            for tier in price.tiers:
                if above >= tier.start:
                    units[unit] = _nano(tier.price, per)
        found.append(Tier(above, units))
    return tuple(found)


def _fallbacks(base: Mapping[str, int]) -> dict[str, int]:
    """Return what plain tokens cost in models that only list those of one modality (images, speech)."""
    found: dict[str, int] = {}
    for side in ("input", "output"):
        special = [
            rate for unit, rate in base.items() if unit.startswith(f"{side}_") and unit.endswith("_tokens")
        ]
        if side not in base and len(special) == 1:
            found[side] = special[0]
    return found


def _nano(price: Decimal, per: int) -> int:
    amount = price * NANO_PER_USD * TOKENS_PER_RATE / per
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def _context(service_tier: str) -> dict[str, str]:
    if service_tier in _STANDARD:
        return {}
    if service_tier == "batch":
        return {"processing": "batch"}
    if service_tier == "fast":
        return {"speed": "fast", "service_tier": "fast"}
    return {"service_tier": service_tier}


def _is_varied(info: Any, context: Mapping[str, str], moment: datetime) -> bool:
    return any(
        all(context.get(key) == value for key, value in variant.when.items())
        and (variant.constraint is None or variant.constraint.active(moment))
        for variant in info.price_variants or ()
    )


def _ref(listed: Listed, moment: datetime, service_tier: str, varied: bool) -> str:
    ref = f"{version()} {listed.provider}/{listed.model} {moment:%Y-%m-%d}"
    if service_tier in _STANDARD:
        return ref
    return f"{ref} {service_tier}" if varied else f"{ref} (no price for {service_tier}: standard)"


def _validity(info: Any, at_us: int) -> tuple[int, int]:
    """Return how long the rates of an instant hold at least: the UTC day, or a minute where they change within days."""
    entries = [*(info.prices if isinstance(info.prices, list) else ()), *(info.price_variants or ())]
    daily = any(hasattr(entry.constraint, "start_time") for entry in entries)
    width = MINUTE_US if daily else DAY_US
    start = at_us // width * width
    return start, start + width


def _when(constraint: Any) -> str:
    if hasattr(constraint, "start_date"):
        return f"from {constraint.start_date}"
    return f"daily {constraint.start_time:%H:%M}–{constraint.end_time:%H:%M} UTC"
