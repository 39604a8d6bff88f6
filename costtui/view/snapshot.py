"""What goes between the feed and the screens: a request for a page, and a snapshot with that page."""

from __future__ import annotations  # the first paint must not wait for what only annotations name

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from costtui.window import WINDOWS, Span, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from costtui.analysis.whatif import Price
    from costtui.attribution.experiment.plan import Plan
    from costtui.attribution.live import Attribution
    from costtui.attribution.served import Serve
    from costtui.attribution.verdicts import Metric
    from costtui.facts import Alert, Budget, Call, Run
    from costtui.reading import Reader, StoreInfo, Totals


class Health(StrEnum):
    """The one word of the status pill that says how the store is."""

    LIVE = "LIVE"
    READING = "READING"
    STALE = "STALE"
    NO_STORE = "NO STORE"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """How the store is, in a word, a sentence and two ages."""

    health: Health
    text: str = ""
    """The reason in words, and what to do; empty while all is well."""
    path: str = ""
    kind: str = ""
    read_us: int | None = None
    """When the store was last read successfully."""
    newest_us: int | None = None
    """Start of the newest call."""


@dataclass(frozen=True, slots=True)
class Sources:
    """All that a page is built from; a page function asks the reader only for what the totals do not hold."""

    totals: Totals
    """Totals of the window, with every delta added."""
    reader: Reader
    span: Span
    now_us: int
    zone: tzinfo
    budgets: tuple[Budget, ...] = ()
    """Budgets of the settings; those kept in the store come with ``reader.budgets``."""
    recent: Sequence[Call] = ()
    """The newest calls of the window in the order of their ids, at most a few hundred."""
    runs: Sequence[Run] = ()
    """Runs of the window, newest first, kept up to date by deltas."""
    info: StoreInfo | None = None
    alerts: Sequence[Alert] = ()
    """Alerts under way, the worst first."""
    attribution: Attribution | None = None
    """Verdicts on metric events; None: the store keeps none, or they have not been read yet."""
    experiments: Sequence[Plan] = ()
    """What the settings say of experiments."""
    metrics: Sequence[Metric] = ()
    """What the settings say of metric events."""
    price_of: Callable[[str, str], Price] | None = None
    """Gives the price of any model by provider and name; None: no price list at hand."""
    serve: Serve | None = None
    """Evaluates a flag again for a context; None: no flag data at hand."""


class Page(Protocol):
    """What a screen draws: a frozen dataclass."""

    def rows(self) -> Sequence[dict[str, Any]]:
        """Return the main table as plain values, for export and copying."""
        ...


class PageRequest(Protocol):
    """What a screen asks for: a frozen, hashable dataclass."""

    def build(self, sources: Sources) -> Page:
        """Return the page. Raises StoreError where the reader does."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What the monitor wants to see next."""

    page: PageRequest
    window: Window = field(default_factory=lambda: WINDOWS[2])
    refresh: int = 0
    """Counts the times that the user asked to read again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent picture of the store for one request."""

    request: Request
    status: StoreStatus
    now_us: int
    page: Page | None = None
    """None until the store could be read for this request."""
    span: Span | None = None
    calls_seen: int = 0
    """Calls that have arrived since the monitor opened the store: the badge of a paused screen is a difference."""
    alerts: Sequence[Alert] = ()
    """Alerts under way, the worst first."""
    begun: Sequence[Alert] = ()
    """Those of them that have begun since the monitor was started: what the user is to be told."""


class Publish(Protocol):
    """How the feed hands a snapshot over; called from its thread."""

    def __call__(self, snapshot: Snapshot, /) -> None:
        """Take a snapshot and return at once."""
