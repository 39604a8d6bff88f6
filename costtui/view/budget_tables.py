"""The tables on the page of a budget: who holds what, earlier windows, and who spends it."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from costtui.facts import Budget, BudgetState, BudgetWindow, Period, Reservation
from costtui.format import UNKNOWN, age, money, percent
from costtui.money import usd
from costtui.view.budgets import TONES, Level, level_of
from costtui.view.group_table import Group
from costtui.view.nodes import TABLE as NODE_TABLE
from costtui.view.precision import cost_tone, short_cost
from costtui.view.table import Field, Table
from costtui.window import from_us


@dataclass(frozen=True, slots=True)
class Held:
    """A reservation, and what its cells need."""

    reservation: Reservation
    now_us: int


@dataclass(frozen=True, slots=True)
class Past:
    """A window of a budget, and what its cells need."""

    budget: Budget
    window: BudgetWindow
    now_us: int

    @property
    def counted_nano(self) -> int:
        """What it spent, less what was forgiven."""
        return max(self.window.spent_nano - self.window.forgiven_nano, 0)

    @property
    def share(self) -> float | None:
        """Part of today's limit."""
        return self.counted_nano / self.budget.max_nano if self.budget.max_nano else None

    @property
    def level(self) -> Level:
        """How bad it was, by today's limit."""
        window = self.window
        return level_of(BudgetState(self.budget, "", window.start_us, window.end_us, self.counted_nano, 0))

    def name(self) -> str:
        """Return the window by its first day, or hour."""
        start = from_us(self.window.start_us, ZoneInfo(self.budget.time_zone))
        now = from_us(self.now_us, ZoneInfo(self.budget.time_zone))
        year = "" if start.year == now.year else f"{start:%Y} "
        return {
            Period.HOUR: f"{start:%b %d %H:%M}",
            Period.DAY: f"{year}{start:%a %b %d}",
            Period.WEEK: f"{year}week of {start:%b %d}",
            Period.MONTH: f"{start:%B %Y}",
        }[self.budget.period]


RESERVATIONS: Table[Held] = Table(
    Field("holder", "held by", 0, lambda h: h.reservation.holder, align="left", help="host:pid and node"),
    Field(
        "amount",
        "amount",
        9,
        lambda h: float(usd(h.reservation.nano)),
        lambda h: money(h.reservation.nano),
        "money",
        name="reserved_usd",
        help="the most that the call may cost",
    ),
    Field(
        "age",
        "age",
        6,
        lambda h: h.reservation.taken_us,
        lambda h: age(h.now_us - h.reservation.taken_us),
        name="taken_us",
        help="since when",
    ),
    Field(
        "ends",
        "ends in",
        8,
        lambda h: h.reservation.expires_us,
        lambda h: age(h.reservation.expires_us - h.now_us) + " ~" * h.reservation.assumed,
        "muted",
        priority=1,
        name="expires_us",
        help="when its lease runs out; ~: the assumed cost of a call without a price, until the window ends",
    ),
)
WINDOWS: Table[Past] = Table(
    Field("window", "window", 0, lambda p: p.window.start_us, Past.name, align="left", name="start_us"),
    Field(
        "spent",
        "spent",
        10,
        lambda p: float(usd(p.counted_nano)),
        lambda p: short_cost(p.counted_nano, unpriced=p.window.unpriced),
        lambda p: cost_tone(short_cost(p.counted_nano, unpriced=p.window.unpriced)),
        name="spent_usd",
        help="what counted at its end; + where calls are unpriced",
    ),
    Field(
        "share",
        "of limit",
        8,
        lambda p: None if p.share is None else round(p.share, 6),
        lambda p: UNKNOWN if p.share is None else percent(p.share),
        help="of the limit as it is now",
    ),
    Field("level", "level", 5, lambda p: p.level.value, None, lambda p: TONES[p.level], align="left"),
    Field(
        "forgiven",
        "forgiven",
        9,
        lambda p: float(usd(p.window.forgiven_nano)),
        lambda p: money(p.window.forgiven_nano) if p.window.forgiven_nano else "",
        "muted",
        priority=1,
        name="forgiven_usd",
        help="what was let go by a reset",
    ),
)
NODES = NODE_TABLE.only("node", "calls", "cost", "share").flexible("node")
RUNS: Table[Group] = Table(
    Field("run", "run", 0, lambda g: g.name, align="left", name="run_id"),
    *NODE_TABLE.only("calls", "cost", "share").fields,
)
