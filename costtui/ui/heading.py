"""The words of the first line for a snapshot."""

from datetime import tzinfo
from pathlib import PurePath

from costtui import format
from costtui.ui.widgets.top_line import Heading
from costtui.view.snapshot import Health, Snapshot
from costtui.window import DAY_US, Span, Window, from_us


def heading(snapshot: Snapshot | None, window: Window, zone: tzinfo, *, badge: str, title: str) -> Heading:
    """Return what is shown: store, window in words, its ends and the time zone."""
    path = "" if snapshot is None else snapshot.status.path
    store = title or PurePath(path).name or path
    span = None if snapshot is None or snapshot.request.window != window else snapshot.span
    if snapshot is None or span is None:
        return Heading(badge, store, window.title, zone_name(zone))
    return Heading(badge, store, window.title, f"{ends(span, snapshot.now_us, zone)} {zone_name(zone)}")


def ends(span: Span, now_us: int, zone: tzinfo) -> str:
    """Return from when until when, as short as it is clear; a window that is not over ends now."""
    first = from_us(span.start_us, zone)
    last = from_us(max(min(span.end_us, now_us), span.start_us), zone)
    if first.date() == last.date() or span.end_us - span.start_us < DAY_US:
        return f"{first:%H:%M}–{last:%H:%M}"
    if first.year == last.year and span.end_us - span.start_us < 300 * DAY_US:
        return f"{first:%b} {first.day} {first:%H:%M} – {last:%b} {last.day} {last:%H:%M}"
    return f"{first:%Y-%m-%d} – {last:%Y-%m-%d}"


def zone_name(zone: tzinfo) -> str:
    """Return the name of a zone as people know it."""
    return str(getattr(zone, "key", None) or zone)


def explanation(snapshot: Snapshot) -> str:
    """Return how the store is, in sentences; what the user reads while there is no page."""
    status, now_us = snapshot.status, snapshot.now_us
    lines = [f"{status.health}: {status.text}" if status.text else str(status.health)]
    if status.path:
        lines.append(f"store       {status.path}" + (f"  ({status.kind})" if status.kind else ""))
    if status.read_us is not None:
        lines.append(f"last read   {format.age(now_us - status.read_us)} ago")
    if status.newest_us is not None:
        lines.append(f"newest call {format.age(now_us - status.newest_us)} ago")
    if snapshot.calls_seen:
        lines.append(f"arrived     {format.count(snapshot.calls_seen)} calls since the monitor was started")
    if status.health is Health.NO_STORE:
        lines += ["", "record one  costtui run -- python pipeline.py", "see one     costtui demo"]
    return "\n".join(lines)
