"""Prices of one's own, dated and banded: contract prices, discounts, self-hosted models declared free."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from costtui.pricing.rates import Rates, Tier
from costtui.pricing.reference import provider_id
from costtui.sections import Section
from costtui.window import from_us, to_us

RATE_KEYS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
"""Keys of an override that are rates, in dollars per million tokens."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE = 1_000_000
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A price that goes before the library's, for a model (``*`` and ``?`` are wild), from a day on, in a band."""

    model: str
    provider: str = ""
    """Empty: whoever offers the model."""
    units: Mapping[str, int] = field(default_factory=dict)
    """Nano-dollars per million tokens; empty: the library's rates, with the discount."""
    discount_ppm: int = 0
    """Parts per million taken off."""
    from_us: int | None = None
    until_us: int | None = None
    days: frozenset[int] = frozenset()
    """Weekdays on which it holds, Monday is 0; empty: all."""
    hours: tuple[int, int] | None = None
    """Minutes of the day between which it holds; the end may be after midnight."""
    time_zone: str = "UTC"
    origin: str = "settings"
    """Where it was set, for people."""

    @property
    def is_banded(self) -> bool:
        """Whether it holds only on some days or hours."""
        return bool(self.days) or self.hours is not None

    def names(self, references: Iterable[tuple[str, str]]) -> bool:
        """Return whether one of the names of a model is meant."""
        wanted, pattern = provider_id(self.provider), self.model.lower()
        return any(
            (not wanted or not provider or provider == wanted)
            and (model == pattern or fnmatchcase(model, pattern))
            for provider, model in references
        )

    def holds(self, at_us: int) -> bool:
        """Return whether it holds at an instant."""
        if (self.from_us is not None and at_us < self.from_us) or (
            self.until_us is not None and at_us >= self.until_us
        ):
            return False
        if not self.is_banded:
            return True
        moment = from_us(at_us, ZoneInfo(self.time_zone))
        minute, weekday = moment.hour * 60 + moment.minute, moment.weekday()
        if self.hours is not None:
            start, end = self.hours
            if start < end:
                inside = start <= minute < end
            else:  # a night belongs to the day on which it began
                inside = minute >= start or minute < end
                weekday = (weekday - (minute < end)) % 7
            if not inside:
                return False
        return not self.days or weekday in self.days


def active(overrides: Sequence[PriceOverride], at_us: int) -> PriceOverride | None:
    """Return the override that holds at an instant: of several the last."""
    return next((entry for entry in reversed(overrides) if entry.holds(at_us)), None)


def edges(overrides: Iterable[PriceOverride], at_us: int) -> tuple[int, int]:
    """Return the nearest instants, at or before and after, at which one of the overrides starts or ends."""
    borders = [edge for entry in overrides for edge in (entry.from_us, entry.until_us) if edge is not None]
    before = [edge for edge in borders if edge <= at_us]
    after = [edge for edge in borders if edge > at_us]
    return max(before, default=-(1 << 62)), min(after, default=1 << 62)


def applied(override: PriceOverride, listed: Rates | None, ref: str) -> Rates | None:
    """Return the rates that an override makes, None where it is a discount on a price that nobody knows."""
    base = Rates(override.units, ref) if override.units else listed
    if base is None:
        return None
    if not override.discount_ppm:
        return base
    off = f"{Decimal(override.discount_ppm).scaleb(-4).normalize():f} % off"
    return Rates(
        _discounted(base.units, override.discount_ppm),
        f"{base.ref if not override.units else ref}, {off} ({override.origin})",
        tuple(Tier(tier.above, _discounted(tier.units, override.discount_ppm)) for tier in base.tiers),
        base.heuristic,
        _discounted(base.fallbacks, override.discount_ppm),
    )


def read_override(section: Section, origin: str) -> PriceOverride:
    """Return the override that a table of the settings describes. Raises SettingsError naming what is wrong.

    Keys: model, provider, from, until, input, output, cache_read, cache_write, cache_write_1h (dollars per million),
    free, discount (percent), days, hours, time_zone.
    """
    model = section.take("model", str, "").strip()
    if not model:
        raise section.error(
            "model", "is missing: the name of the model that the price is for, such as gpt-4o or llama*"
        )
    override = PriceOverride(
        model=model,
        provider=section.take("provider", str, ""),
        units=_units(section),
        discount_ppm=_discount(section),
        from_us=_instant(section, "from"),
        until_us=_instant(section, "until"),
        days=_days(section),
        hours=_hours(section),
        time_zone=section.take_zone("time_zone", "UTC") or "UTC",
        origin=origin,
    )
    if not override.units and not override.discount_ppm:
        raise section.error(
            "input", "is missing: give input and output in dollars per million, or discount, or free = true"
        )
    if None not in (override.from_us, override.until_us) and (override.from_us or 0) >= (
        override.until_us or 0
    ):
        raise section.error("until", "is not after from")
    section.close()
    return override


def _units(section: Section) -> dict[str, int]:
    free = section.take("free", bool, False)
    given = {key: rate for key in RATE_KEYS if (rate := section.take_usd(key, None)) is not None}
    if free and any(given.values()):
        raise section.error("free", "cannot be true beside a price")
    if free:
        return {"input": 0, "output": 0}
    for key, other in (("input", "output"), ("output", "input")):
        if given and key not in given:
            raise section.error(
                key,
                f"is missing beside {other if other in given else next(iter(given))}: half a price is no price",
            )
    return given


def _discount(section: Section) -> int:
    value = section.take("discount", object, 0)
    try:
        if isinstance(value, bool):
            raise ValueError
        percent = Decimal(str(value).strip().removesuffix("%").strip())
        if not 0 <= percent <= 100:
            raise ValueError
    except (InvalidOperation, ValueError):
        raise section.error("discount", f"must be a percentage from 0 to 100, not {value!r}") from None
    return int(percent * WHOLE / 100)


def _instant(section: Section, key: str) -> int | None:
    value = section.take(key, object, None)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=UTC)
        if not isinstance(value, datetime):
            raise ValueError
    except ValueError:
        raise section.error(key, f"must be a date such as 2026-11-01, not {value!r}") from None
    return to_us(value if value.tzinfo else value.replace(tzinfo=UTC))


def _days(section: Section) -> frozenset[int]:
    value = section.take("days", list, [])
    found = {str(day).strip().lower()[:3] for day in value}
    if not found.issubset(DAYS):
        raise section.error("days", f"must be an array of {', '.join(DAYS)}, not {value!r}")
    return frozenset(DAYS.index(day) for day in found)


def _hours(section: Section) -> tuple[int, int] | None:
    value = section.take("hours", str, "")
    if not value:
        return None
    try:
        start, end = (_minute(part) for part in value.replace("–", "-").split("-"))
        if start == end:
            raise ValueError
    except ValueError:
        raise section.error("hours", f"must be two times of day such as 16:30-00:30, not {value!r}") from None
    return start, end


def _minute(text: str) -> int:
    hour, _, minute = text.strip().partition(":")
    total = int(hour) * 60 + int(minute or 0)
    if not 0 <= total <= _DAY_MINUTES or not 0 <= int(minute or 0) < 60:
        raise ValueError
    return total


def _discounted(units: Mapping[str, int], ppm: int) -> dict[str, int]:
    return {unit: _share(rate, WHOLE - ppm) for unit, rate in units.items()}


def _share(rate: int, ppm: int) -> int:
    quotient, remainder = divmod(rate * ppm, WHOLE)
    return quotient + (2 * remainder > WHOLE or (2 * remainder == WHOLE and quotient % 2))
