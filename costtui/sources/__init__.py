"""Stores of every kind, opened for reading: our own as they are, those of other systems through a mirror."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costtui.reading import Opened
    from costtui.settings import Settings
    from costtui.sources.following import Progress


def open_any(path: str, settings: "Settings", progress: "Progress | None" = None) -> "Opened":
    """Open a store of any known kind for reading; it is never altered.

    A foreign store is read as a whole first: ``progress`` is told the rows done and in all. Raises StoreError.
    """
    from costtui.sources.detect import foreign_kinds

    if "://" not in path and foreign_kinds(path):
        from costtui.sources.mirror import MirroredStore

        return MirroredStore(path, settings, progress)
    from costtui.store import open_store

    return open_store(path)
