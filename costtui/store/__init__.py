"""The store: calls and what belongs to them, written by any process, followed by any other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from costtui.errors import StoreError

if TYPE_CHECKING:
    from costtui.reading import Opened
    from costtui.settings import Settings
    from costtui.store.writer import Writer


def open_writer(path: Path | str, *, settings: Settings | None = None, durable: bool = False) -> Writer:
    """Return a writer for the store at a path, which is created or migrated where needed.

    With ``durable`` (or the setting) ``write`` returns after the commit. Raises StoreError for a URL, StoreForeign and StoreNewer;
    a store that cannot be written for another reason gets its facts later, from a spool file.
    """
    from costtui.settings import Settings
    from costtui.store.writer import Writer

    chosen = Settings() if settings is None else settings
    return Writer(_file(path), chosen, durable=durable or chosen.recording.durable)


def open_store(path: Path | str) -> Opened:
    """Return the store at a path, opened read-only; its file need not exist yet: each question says what is.

    Raises StoreError for a URL.
    """
    from costtui.store.open import OpenedStore

    return OpenedStore(_file(path))


def _file(path: Path | str) -> Path:
    if isinstance(path, str) and "://" in path:
        # The rest of it may hold a password.
        scheme = path.partition("://")[0]
        raise StoreError(
            f"a store is a SQLite file, and {scheme}://… is a URL; name a path, such as pipeline.db"
        )
    return Path(path)
