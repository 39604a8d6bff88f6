"""A monitor with one live table in a terminal, for measuring: python -m benchmarks.ui_rig ROWS CHANGED HZ.

Keys are timed inside: from the key reaching the driver to the bytes handed to the terminal.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual import events
from textual.app import ComposeResult

from costtui.settings import Settings
from costtui.ui.app import MonitorApp
from costtui.ui.place import Place
from costtui.ui.screens.page import PageScreen
from costtui.ui.widgets.columns import Column
from costtui.ui.widgets.live_table import LiveTable
from costtui.view.snapshot import Health, Request, Snapshot, Sources, StoreStatus
from costtui.view.table import Cell, Row

IDS = ("calls", "cost", "share", "each", "p50", "p95", "errors")
COLUMNS = (Column("node", "node", 0), *(Column(name, name, 9, "right") for name in IDS))


@dataclass(frozen=True)
class RigPage:
    """Rows ready to be shown."""

    shown: Sequence[Row]

    def rows(self) -> Sequence[dict[str, Any]]:
        return ()


@dataclass(frozen=True)
class RigRequest:
    """Asks for the rows."""

    def build(self, sources: Sources) -> RigPage:
        raise NotImplementedError


class RigScreen(PageScreen):
    """One table."""

    def compose_page(self) -> ComposeResult:
        yield LiveTable(COLUMNS, sort="node", descending=False)

    def request(self) -> RigRequest:
        return RigRequest()

    def show(self, page: Any) -> None:
        self.query_one(LiveTable).show(page.shown)


class RigFeed:
    """Changes some rows so many times a second."""

    def __init__(self, rows: int, changed: int, hertz: float) -> None:
        self._rows = [_row(index, 0) for index in range(rows)]
        self._changed, self._pause = changed, 1 / hertz if hertz else 3600.0

    def follow(
        self, requests: Callable[[], Request], publish: Callable[[Snapshot], None], stopped: threading.Event
    ) -> None:
        turn = 0
        while True:
            now_us = time.time_ns() // 1000
            status = StoreStatus(Health.LIVE, path="/rig/calls.db", read_us=now_us, newest_us=now_us)
            publish(Snapshot(requests(), status, now_us, RigPage(list(self._rows)), None, turn))
            if stopped.wait(self._pause):
                return
            turn += 1
            for index in range(min(self._changed, len(self._rows))):
                self._rows[index] = _row(index, turn)

    def wake(self) -> None:
        pass


class RigApp(MonitorApp):
    """Times keys and processor use, prints both, and leaves."""

    def __init__(self, feed: RigFeed, keys: Sequence[str], report: str, seconds: float) -> None:
        super().__init__(
            feed, settings=Settings(time_zone="UTC"), places=[Place("overview", "Calls", RigScreen)]
        )
        self._keys, self._report, self._seconds = keys, report, seconds
        self._pressed = 0.0
        self._latencies: list[float] = []

    def on_ready(self) -> None:
        threading.Thread(target=self._measure, daemon=True).start()

    def _display(self, screen: Any, renderable: Any) -> None:
        super()._display(screen, renderable)
        if self._pressed:
            self._latencies.append((time.perf_counter() - self._pressed) * 1000)
            self._pressed = 0.0

    def _measure(self) -> None:
        time.sleep(1.5)
        wall, cpu = time.perf_counter(), time.process_time()
        time.sleep(self._seconds)
        share = (time.process_time() - cpu) / (time.perf_counter() - wall)
        for key in self._keys:
            time.sleep(0.043)
            self._pressed = time.perf_counter()
            assert self._driver is not None
            self._driver.send_message(events.Key(key, key if len(key) == 1 else None))
        time.sleep(0.2)
        found = {"cpu": share, "latencies_ms": self._latencies}
        Path(self._report).write_text(json.dumps(found), encoding="utf-8")
        self.call_from_thread(self.exit)


def _row(index: int, turn: int) -> Row:
    value = (index * 7919 + turn * 31) % 100_000
    cells = {name: Cell(f"{value / (place + 1):,.2f}", value) for place, name in enumerate(IDS)}
    return Row(f"node-{index}", {"node": Cell(f"node-{index:06}", f"{index:06}"), **cells})


if __name__ == "__main__":
    count, changing, rate = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    pressed = ["j"] * 60 if sys.argv[4] == "move" else ["pagedown", "j", "pageup"] * 20
    RigApp(RigFeed(count, changing, rate), pressed, os.environ["RIG_REPORT"], float(sys.argv[5])).run()
