"""What is wrong: alerts under way, then the newest failed calls."""

from collections.abc import Iterable
from dataclasses import dataclass

from costtui.facts import Alert, Call, Status
from costtui.filter import parse_filter
from costtui.format import age
from costtui.reading import CallQuery
from costtui.view import alerts
from costtui.view.snapshot import Sources
from costtui.view.table import Field, Table
from costtui.view.target import Target

LAST_ERRORS = 8

_FAILED = parse_filter("status=error")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong, and where to look."""

    key: str
    at_us: int
    ago: str
    word: str
    about: str
    text: str
    tone: str
    target: Target


TABLE: Table[Trouble] = Table(
    Field(
        "ago",
        "ago",
        4,
        lambda t: t.at_us,
        lambda t: t.ago,
        "muted",
        priority=2,
        name="at_us",
        help="how long ago it began",
    ),
    Field(
        "what",
        "what",
        7,
        lambda t: t.word,
        None,
        lambda t: t.tone,
        align="left",
        help="severity of an alert, or *failed* for a call",
    ),
    Field("about", "about", 16, lambda t: t.about, None, align="left", priority=1, help="what it is about"),
    Field("text", "text", 0, lambda t: t.text, None, "muted", align="left", help="what happened"),
)
"""Columns of what is wrong."""


def troubles(sources: Sources, failed: int) -> tuple[Trouble, ...]:
    """Return alerts and the newest errors; ``failed`` is how many calls of the window failed. Raises StoreError."""
    return (
        *(_of_alert(alert, sources) for alert in sources.alerts),
        *(_of_call(call, sources) for call in _last_errors(sources, failed)),
    )


def _of_alert(alert: Alert, sources: Sources) -> Trouble:
    return Trouble(
        key=alerts.key_of(alert),
        at_us=alert.since_us,
        ago=age(sources.now_us - alert.since_us),
        word=alert.severity.value,
        about=alert.subject or alert.rule.replace("_", " "),
        text=alert.message,
        tone=alerts.TONES.get(alert.severity, ""),
        target=alerts.target_of(alert),
    )


def _of_call(call: Call, sources: Sources) -> Trouble:
    return Trouble(
        key=str(call.id),
        at_us=call.started_us,
        ago=age(sources.now_us - call.started_us),
        word="failed",
        about=call.node or call.model,
        text=call.error or "no message",
        tone="error",
        target=Target("call", str(call.id)),
    )


def _last_errors(sources: Sources, failed: int) -> Iterable[Call]:
    """The newest failed calls; the store is asked only where the calls at hand cannot know."""
    if not failed:
        return ()
    at_hand = [call for call in reversed(sources.recent) if call.status is Status.ERROR][:LAST_ERRORS]
    if len(at_hand) >= min(LAST_ERRORS, failed):
        return at_hand
    return sources.reader.calls(CallQuery(span=sources.span, where=_FAILED, limit=LAST_ERRORS))
