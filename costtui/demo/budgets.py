"""Budgets that suit the sample pipeline's history: the day nearly spent, the research tight, a customer at ease."""

from collections.abc import Iterable
from datetime import tzinfo

from costtui.facts import Budget, Call, Period
from costtui.money import NANO_PER_USD, nano
from costtui.window import HOUR_US, days

RUN = Budget("run", nano("0.07"), nano("0.05"), source="demo")
"""What one run may spend; research runs come near it, and some pass it."""
_LEAST_NANO = NANO_PER_USD // 2


def budgets(calls: Iterable[Call], now_us: int, zone: tzinfo) -> tuple[Budget, ...]:
    """Return budgets for a pipeline that has made some calls and goes on."""
    midnight_us = days(now_us, now_us + 1, zone)[0]
    today = acme = research = 0
    for call in calls:
        spent = call.cost.nano or 0
        today += spent * (call.started_us >= midnight_us)
        acme += spent * (call.lead_id == "acme")
        research += spent * (call.subsystem == "research" and call.started_us >= now_us - HOUR_US)
    zone_name = str(getattr(zone, "key", "UTC"))
    return (
        _budget("everything / day", today / 0.74, Period.DAY, time_zone=zone_name),
        _budget("research / hour", research * 1.6, Period.HOUR, "subsystem", "research"),
        _budget("acme / month", acme / 0.4, Period.MONTH, "lead", "acme", zone_name),
        RUN,
    )


def _budget(
    name: str,
    max_nano: float,
    period: Period,
    scope: str = "everything",
    value: str = "",
    time_zone: str = "UTC",
) -> Budget:
    """Return a budget of about so much: two digits, and a warning at 80 %."""
    rounded = nano(f"{max(max_nano, _LEAST_NANO) / NANO_PER_USD:.2g}")
    return Budget(
        name,
        rounded,
        rounded * 8 // 10,
        scope=scope,
        scope_value=value,
        period=period,
        time_zone=time_zone,
        source="demo",
    )
