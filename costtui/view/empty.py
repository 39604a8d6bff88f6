"""What empty pages say: what is missing, where we looked, and the one command or key that helps."""

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


def nothing_passes(noun: str, total: int | None, where: Filter) -> str:
    """Return the words for a filter that hides everything."""
    of = f"All {total:,} {noun}s are" if total and total > 1 else f"Every {noun} is"
    return f"{of} hidden by the filter  {where.text}\n{CLEAR_FILTER}"


def none_yet(noun: str) -> str:
    """Return the words for a part of a page that has nothing to show, which is no fault."""
    return f"no {noun} in this window"
