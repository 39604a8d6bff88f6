"""Files that are whole at every moment: written beside, synced, renamed."""

import os
import re
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile

_LONGEST = 100


def write_atomically(path: Path, text: str) -> None:
    """Replace a file by text in one step; a crash leaves the old file or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(
        "w",
        encoding="utf-8",
        newline="",
        dir=path.parent,
        prefix=f".{path.name}.",
        suffix=".tmp",
        delete=False,
    ) as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o666 & ~_umask())
            Path(file.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise
    _sync_directory(path.parent)


def file_name(name: str) -> str:
    """Return a name that is one part of a path whatever it was: no separator, no dots alone, not too long."""
    safe = re.sub(r"[^A-Za-z0-9._-]", lambda match: f"%{ord(match[0]):02X}", name)
    if safe.strip(".") == "":
        safe = safe.replace(".", "%2E") or "%00"
    if len(safe) > _LONGEST:
        safe = f"{safe[:_LONGEST]}-{blake2b(name.encode(errors='surrogatepass'), digest_size=6).hexdigest()}"
    return safe


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_directory(path: Path) -> None:
    """Make the renaming itself durable where the system can."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
