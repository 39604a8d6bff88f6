"""Where the spool files of a store are, and how many calls wait in them; known without what is in them."""

from collections.abc import Iterator
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path


def spool_files(store: Path) -> list[Path]:
    """Return the spool files of a store, wherever they could be made."""
    found: list[Path] = []
    for directory in directories(store):
        with suppress(OSError):
            start = prefix(store, directory)
            found += sorted(path for path in directory.iterdir() if path.name.startswith(start))
    return found


def spooled_calls(store: Path) -> int:
    """Return how many calls wait in spool files of a store."""
    waiting = 0
    for path in spool_files(store):
        with suppress(OSError), path.open("rb") as file:
            waiting += sum(map(is_call_line, file))
    return waiting


def is_call_line(line: bytes) -> bool:
    """Return whether a line holds a call, without reading it."""
    return line.startswith(b'{"fact":"Call"')


def directories(store: Path) -> Iterator[Path]:
    """Yield where spool files of a store can be, the best place first."""
    yield store.parent
    from platformdirs import user_state_path

    yield user_state_path("costtui") / "spool"


def prefix(store: Path, directory: Path) -> str:
    """Return how the names of a store's spool files begin in a directory."""
    if directory == store.parent:
        return f"{store.name}.spool-"
    return f"{blake2b(str(store.absolute()).encode(), digest_size=8).hexdigest()}-{store.name}.spool-"
