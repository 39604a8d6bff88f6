"""What empty pages say: what is missing, where we looked, and the one command or key that helps."""

from collections.abc import Iterable

from costtui.call_fields import TAG
from costtui.filter import Filter
from costtui.view.clock import minute
from costtui.view.snapshot import Sources

CLEAR_FILTER = "esc clears it"


def nothing_recorded(sources: Sources) -> str:
    """Return the words for a window without calls: an empty store, or a window that is too narrow."""
    info = sources.info
    if info is not None and info.newest_us is not None:
        newest = minute(info.newest_us, sources.zone, sources.now_us)
        return f"No calls in this window. The newest call is of {newest}: press ] for a wider window."
    where = f" in {info.path}" if info is not None else ""
    return (
        f"No calls recorded{where} yet.\n"
        "They appear here as they are recorded. To see some now, run: costtui demo"
    )


def nothing_passes(noun: str, total: int, where: Filter, fields: Iterable[str]) -> str:
    """Return the words for a filter that hides everything; a field that there is not is named."""
    known = tuple(fields)
    of = f"All {total:,} {noun}s are" if total > 1 else f"The only {noun} is"
    lines = [f"{of} hidden by the filter  {where.text}"]
    lines += [
        f"{noun.capitalize()}s have no field {term.field!r}: use {', '.join(known)}."
        for term in where.terms
        if term.field and term.field not in known and not term.field.startswith(TAG)
    ]
    return "\n".join([*lines, CLEAR_FILTER])
