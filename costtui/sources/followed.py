"""A foreign store that is followed, whatever it is: a database, or a tree of files."""

from datetime import tzinfo
from pathlib import Path
from typing import Protocol

from costtui.sources.following import FollowedFile, Progress, Write


class Followed(Protocol):
    """What reads a foreign store, and again what is new or has changed in it. Raises StoreError."""

    path: Path

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it holds."""
        ...

    @property
    def vanished(self) -> bool:
        """Whether something that was handed on is no more there."""
        ...

    def due(self) -> bool:
        """Return whether there may be something to read."""
        ...

    def read(self, write: Write, progress: Progress | None = None) -> None:
        """Hand on what is new or has changed."""
        ...


def followed(path: Path, zone: tzinfo) -> Followed:
    """Return what follows a foreign store for the monitor. Raises StoreError."""
    if path.is_dir():
        from costtui.sources.metrics_tree import FollowedTree

        return FollowedTree(path)
    return FollowedFile(path, zone)
