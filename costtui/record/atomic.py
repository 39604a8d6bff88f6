"""Files that are whole at every moment: written beside, synced, renamed."""

import os
import re
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

_LONGEST = 100


def write_atomically(path: Path, text: str, *, durable: bool = True) -> None:
    """Replace a file by text in one step: whoever looks, and whenever the process dies, it is the old or the new one.

    Not durable, it is a hundred times faster, and what is written may be lost where the machine dies. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        with beside.open("x", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
    if durable:
        _sync_directory(path.parent)


def file_name(name: str) -> str:
    """Return a name that is one part of a path whatever it was: no separator, no dots alone, not too long."""
    safe = re.sub(r"[^A-Za-z0-9._-]", lambda match: f"%{ord(match[0]):02X}", name)
    if safe.strip(".") == "":
        safe = safe.replace(".", "%2E") or "%00"
    if len(safe) > _LONGEST:
        safe = f"{safe[:_LONGEST]}-{blake2b(name.encode(errors='surrogatepass'), digest_size=6).hexdigest()}"
    return safe


def _sync_directory(path: Path) -> None:
    """Make the renaming itself durable where the system can."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
