"""What a call asks of budgets: which of them it concerns, how much it needs, and why it is refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from costtui.errors import PriceUnknown
from costtui.facts import Budget, Call, Claim, Period, UnknownPrice
from costtui.format import money
from costtui.money import MAX_NANO
from costtui.store.budgets_read import reservation_value
from costtui.store.spending import name_in, window_in
from costtui.window import from_us

RUN_LIMIT = "run limit"
"""Name of the budget that a run brings itself."""


@dataclass(frozen=True, slots=True)
class Window:
    """A budget that a call concerns, for its value of the scope, in its present window."""

    budget: Budget
    value: str
    run_id: str
    start_us: int
    end_us: int | None

    @property
    def reserved_as(self) -> str:
        """What its reservations are filed under."""
        return reservation_value(self.value, self.run_id)


def windows(budgets: Iterable[Budget], claim: Claim, now_us: int) -> list[Window]:
    """Return the windows of the budgets that a call concerns; of two budgets with a name the last one counts."""
    named = {budget.name: budget for budget in budgets}
    if claim.run_id and claim.run_budget_nano is not None:
        limit = claim.run_budget_nano
        named[RUN_LIMIT] = Budget(RUN_LIMIT, limit, limit)
    found = []
    for budget in named.values():
        value = value_of(claim, budget.scope)
        if value is None or (budget.scope_value and value != name_in(budget.scope, budget.scope_value)):
            continue
        if budget.period != Period.RUN:
            found.append(Window(budget, value, "", *window_in(budget, now_us)))
        elif claim.run_id:
            found.append(Window(budget, value, str(claim.run_id), 0, None))
    return found


def value_of(call: Claim | Call, scope: str) -> str | None:
    """Return a call's value of a scope, None where it has none: then a budget on that scope does not concern it."""
    if scope == "everything":
        return ""
    if scope.startswith("tag:"):
        value = call.tags.get(scope.removeprefix("tag:"), "")
    else:
        value = getattr(call, {"user": "user_id", "lead": "lead_id"}.get(scope, scope))
    return name_in(scope, str(value)) or None


def estimate(budget: Budget, claim: Claim) -> tuple[int, bool]:
    """Return what a call may cost under a budget's policy, and whether that is assumed. Raises PriceUnknown."""
    if claim.estimate_nano is not None:
        return min(max(claim.estimate_nano, 0), MAX_NANO), False
    if budget.unknown_price == UnknownPrice.ALLOW:
        return 0, False
    if budget.unknown_price == UnknownPrice.ASSUME_MAXIMUM and claim.dearest_nano is not None:
        return min(max(claim.dearest_nano, 0), MAX_NANO), True
    model = claim.model or "the model"
    raise PriceUnknown(
        f"budget {budget.name!r} makes no call without a price, and none is known for {model!r};"
        f" set one with: costtui prices set {claim.model or 'MODEL'} --input USD --output USD"
    )


def refusal(window: Window, spent: int, reserved: int, nano: int) -> str:
    """Return in words why a call has no room in a window, and the way out."""
    budget = window.budget
    whose = [window.run_id] if window.run_id else []
    if window.value and not budget.scope_value:
        whose.append(window.value)
    name = f"{budget.name!r} ({', '.join(whose)})" if whose else repr(budget.name)
    need = f", the call may cost {money(nano)}" if nano else ""
    then = ""
    if window.end_us is not None:
        end = from_us(window.end_us, ZoneInfo(budget.time_zone))
        then = f"; it starts again {end:%Y-%m-%d %H:%M} {budget.time_zone}"
    return (
        f"budget {name} has no room: {money(spent)} spent and {money(reserved)} reserved"
        f" of {money(budget.max_nano)}{need}{then}; {_way_out(budget)}"
    )


def _way_out(budget: Budget) -> str:
    if budget.name == RUN_LIMIT:
        return "raise the run's budget_usd"
    raised = {
        "store": f"costtui budget set {budget.name!r} --max USD",
        "environment": "COST_BUDGET_MAX",
    }.get(budget.source, "its max in the settings")
    again = "" if budget.period == Period.RUN else f", or: costtui budget reset {budget.name!r}"
    return f"raise it ({raised}){again}"
