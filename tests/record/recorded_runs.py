"""A tracker on a fresh store, for the tests of recording."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from costtui.facts import Budget, Call
from costtui.money import nano
from costtui.reading import CallQuery, Reader
from costtui.record.cost import CostTracker
from costtui.settings import Recording, Settings
from costtui.store import open_store

BUDGET = Budget("run", nano("5.00"), nano("1.00"))
SETTINGS = Settings(time_zone="UTC", budgets=(BUDGET,))
OFF = replace(SETTINGS, recording=Recording(enabled=False))


class Recorded:
    """A tracker on a fresh store, and a look at what it wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tracker = CostTracker(path, settings=SETTINGS)

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        self.tracker.flush()
        with open_store(self.path) as opened:
            yield opened.reader

    def calls(self, run_id: str = "") -> list[Call]:
        with self.reader() as reader:
            return list(reversed(reader.calls(CallQuery(run_id=run_id))))

    def run(self, run_id: str):
        with self.reader() as reader:
            return reader.run(run_id)

    def steps(self, run_id: str):
        with self.reader() as reader:
            return reader.steps(run_id)
