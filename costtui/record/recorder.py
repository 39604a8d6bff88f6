"""One store that a program records into: its writer and its price book, each opened when first needed."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costtui.facts import Call, Cost, CostSource, Hold, Settlement, Usage
from costtui.record.holds import NOTHING, Holds
from costtui.settings import Settings, load

if TYPE_CHECKING:
    from costtui.pricing import PriceBook
    from costtui.reading import Reader
    from costtui.store.writer import Writer


log = logging.getLogger("costtui")


class Recorder:
    """Writes facts into a store; with recording switched off it takes them and does nothing."""

    def __init__(self, path: str | PathLike[str] | None = None, *, settings: Settings | None = None) -> None:
        """Prepare to record into a store (default: the one of the settings). Raises SettingsError, StoreError."""
        self.settings = load() if settings is None else settings
        self.enabled = self.settings.recording.enabled
        self.path = str(path or self.settings.store_path)
        self.models: dict[str, tuple[str, str]] = {}
        """Node → provider and model of its newest call."""
        self._lock = threading.Lock()
        self._book: PriceBook | None = None
        self._writer: Writer | None = None
        if self.enabled:
            self.path = _own_path(self.path)
            self._writer = self._open()
        enforced = self.enabled and self.settings.recording.enforce
        self.holds = Holds(self.path, self.settings.budgets, enabled=enforced)
        """Budgets, for calls that are about to be made."""

    def write(self, *facts: Any) -> None:
        """Hand facts to the store's writer; returns at once (after the commit in durable mode)."""
        if self._writer is not None:
            self._writer.write(*facts)

    def record(self, call: Call, hold: Hold = NOTHING) -> None:
        """Write a call, end what was set aside for it, and remember which model its node used."""
        if call.model:
            self.models[call.node] = (call.provider, call.model)
        if hold.id:
            self.write(call, Settlement(hold.id, unpriced=call.cost.nano is None))
        else:
            self.write(call)

    def price(
        self,
        usage: Usage,
        provider: str,
        model: str,
        at_us: int,
        service_tier: str = "",
        provider_cost_nano: int | None = None,
    ) -> Cost:
        """Return what tokens of a model cost at an instant; unknown where there is no price."""
        if not self.enabled:
            return Cost(None, CostSource.UNKNOWN)
        return self.price_book().price(
            usage,
            provider=provider or None,
            model=model,
            at_us=at_us,
            service_tier=service_tier or None,
            provider_cost_nano=provider_cost_nano,
        )

    def price_book(self) -> "PriceBook":
        """Return the price book, loaded once."""
        with self._lock:
            if self._book is None:
                from costtui.pricing import PriceBook

                self._book = PriceBook.load(self.settings)
            return self._book

    @contextmanager
    def reading(self) -> "Iterator[Reader | None]":
        """Open the store for reading, with everything that was written; None where recording is switched off."""
        if not self.enabled:
            yield None
            return
        from costtui.store import open_store

        self.flush()
        with open_store(self.path) as opened:
            yield opened.reader

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until everything that was written is in the store."""
        if self._writer is not None:
            self._writer.flush(timeout_s)

    def close(self) -> None:
        """Write what waits and release the store; recording afterwards does nothing."""
        self.holds.close()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _open(self) -> "Writer":
        from costtui.store import open_writer

        return open_writer(self.path, settings=self.settings, durable=self.settings.recording.durable)


def _own_path(path: str) -> str:
    """Return the path, or one beside it where another system's store is in the way: that is never altered."""
    from costtui.sources.detect import foreign_kinds

    if "://" in path or not foreign_kinds(path):
        return path
    own = str(Path(path).with_suffix(".costtui.db"))
    log.warning("costtui: %s is the store of another system and is left alone; recording into %s", path, own)
    return own
