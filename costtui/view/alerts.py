"""The alerts page: what is wrong now, since when, and where to look."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, cast, get_args

from costtui.facts import Alert, Severity
from costtui.filter import parse_filter
from costtui.format import age
from costtui.view.clock import clock, minute
from costtui.view.empty import nothing_passes
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Row, Table
from costtui.view.target import Place, Target
from costtui.window import HOUR_US

TONES: Mapping[Severity, str] = {Severity.ERROR: "error", Severity.WARNING: "warn", Severity.INFO: "accent"}

_WINDOWS = {"daily_spend": "24h", "cost_per_lead": "7d", "cache_hit_rate": "7d", "unknown_price": "7d"}
"""The time that a rule looks at: in a narrower window its cause may not be in view."""

_CALLS_SINCE = {"cost_anomaly": HOUR_US}
"""How long before it began the calls started that a rule was about: they are shown instead of those of the window."""


@dataclass(frozen=True, slots=True)
class Item:
    """An alert, and what its cells need."""

    alert: Alert
    ago: str

    @property
    def about(self) -> str:
        """What it is about, in a few words."""
        return self.alert.subject or self.alert.rule.replace("_", " ")


TABLE: Table[Item] = Table(
    Field(
        "severity",
        "severity",
        8,
        lambda i: i.alert.severity.value,
        None,
        lambda i: TONES.get(i.alert.severity, ""),
        align="left",
        help="error, warning or info; the worst stands first",
    ),
    Field(
        "ago",
        "for",
        4,
        lambda i: -i.alert.since_us,
        lambda i: i.ago,
        "muted",
        help="how long it has been so",
        name="order",
    ),
    Field("about", "about", 22, lambda i: i.about, None, align="left", priority=1, help="what it is about"),
    Field(
        "message",
        "message",
        0,
        lambda i: i.alert.message,
        None,
        align="left",
        help="the figure and the threshold that it passed",
    ),
)
"""Columns of the alerts page."""


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """The alerts under way, the worst first."""

    table: tuple[Row, ...]
    total: int
    """Alerts before filtering."""
    empty: str
    """What to show when the table is empty."""
    alerts: Mapping[str, Alert]
    now_us: int
    zone: tzinfo

    def rows(self) -> list[dict[str, Any]]:
        """Return the table as plain values."""
        return [
            {
                "severity": alert.severity.value,
                "rule": alert.rule,
                "subject": alert.subject,
                "since_us": alert.since_us,
                "message": alert.message,
            }
            for alert in self.alerts.values()
        ]

    def in_full(self, key: str | None) -> str:
        """Return the whole sentence of the alert under the cursor, since when it is so, and where Enter leads."""
        alert = self.alerts.get(key or "")
        if alert is None:
            return ""
        target = self.target(key_of(alert))
        cause = " ".join(filter(None, (target.place, target.key or target.title or target.filter)))
        return f"{alert.message}\nsince {clock(alert.since_us, self.zone, self.now_us)} · Enter opens {cause}"

    def target(self, key: str) -> Target:
        """Return what Enter on an alert opens: its cause."""
        alert = self.alerts[key]
        before_us = _CALLS_SINCE.get(alert.rule)
        if before_us is None:
            return target_of(alert)
        start_us = alert.since_us - before_us
        since = minute(start_us, self.zone, self.now_us)
        return replace(
            target_of(alert), between=(start_us, self.now_us), title=f"{alert.filter} since {since}"
        )

    def window(self, key: str) -> str:
        """Return the name of the window that shows the cause, empty where any does."""
        return _WINDOWS.get(self.alerts[key].rule, "")


@dataclass(frozen=True, slots=True)
class AlertsRequest:
    """The alerts that a filter lets through."""

    filter: str = ""

    def build(self, sources: Sources) -> AlertsPage:
        """Return the page."""
        where = parse_filter(self.filter)
        items = [Item(alert, age(sources.now_us - alert.since_us)) for alert in sources.alerts]
        shown = TABLE.passing(items, where)
        empty = "nothing is wrong: no rule is past its threshold"
        if items and where:
            empty = nothing_passes("alert", len(items), where, TABLE.names)
        return AlertsPage(
            table=tuple(TABLE.row(key_of(item.alert), item) for item in shown),
            total=len(items),
            empty=empty,
            alerts={key_of(item.alert): item.alert for item in shown},
            now_us=sources.now_us,
            zone=sources.zone,
        )


def key_of(alert: Alert) -> str:
    """Return what tells an alert from the others that are under way."""
    return "\x1f".join((alert.rule, alert.subject, str(alert.since_us)))


def target_of(alert: Alert) -> Target:
    """Return the page that shows the cause of an alert; the overview where there is none for it."""
    place = cast(Place, alert.place) if alert.place in get_args(Place) else "overview"
    return Target(place, alert.key, alert.filter)
