"""Make the pictures of the README from the demo: ``python screenshots/make.py``.

Each picture is what the monitor drew, as SVG from Textual, turned into PNG with the fonts of this machine.
"""

import asyncio
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import cairosvg

from costtui.cli.late_feed import LateFeed
from costtui.cli.monitor import opener
from costtui.demo.process import start_demo
from costtui.settings import Monitor, Settings
from costtui.ui.app import MonitorApp

HERE = Path(__file__).parent
SIZE = (140, 42)
HISTORY_S = 20
WIDTH = 1280

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("overview", ()),
    ("nodes", ("2",)),
    ("node", ("enter",)),
    ("runs", ("3",)),
    ("run", ("j", "j", "j", "j", "j", "j", "j", "j", "j", "enter")),
    ("calls", ("4",)),
    ("call", ("k", "k", "k", "enter")),
    ("quality", ("5",)),
    ("compare", ("6",)),
    ("keys", ("question_mark",)),
)
"""Name of each picture, and the keys that lead there from the one before."""

INCIDENT: tuple[tuple[str, tuple[str, ...]], ...] = (("attribution", ("7",)), ("evidence", ("enter",)))
"""The same for a store in which every cost was tracked with one attribute too many."""


async def make() -> None:
    """Start the demo, wait for its history, and take all pictures."""
    with start_demo(seed=4) as demo:
        _wait_for_history(Path(demo.store))
        settings = Settings(time_zone="Europe/Berlin", budgets=demo.budgets, monitor=Monitor(window="6h"))
        await _take(demo.store, settings, STEPS, badge="DEMO")
        light = replace(settings, monitor=replace(settings.monitor, theme="costtui-light"))
        await _take(demo.store, light, (("overview-light", ()),), badge="DEMO")
    with tempfile.TemporaryDirectory() as directory:
        store = f"{directory}/incident.db"
        traffic = [sys.executable, "-m", "costtui", "traffic", "24", "--seed", "3", "--bug", "--store", store]
        subprocess.run(traffic, check=True, stdout=subprocess.DEVNULL)
        await _take(store, Settings(time_zone="Europe/Berlin"), INCIDENT)


async def _take(
    store: str, settings: Settings, steps: tuple[tuple[str, tuple[str, ...]], ...], *, badge: str = ""
) -> None:
    feed = LateFeed(opener([store], settings), [store], settings, alone=True)
    app = MonitorApp(feed, settings=settings, title=Path(store).name, badge=badge)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause(6)
        for name, keys in steps:
            for key in keys:
                await pilot.press(key)
            await pilot.pause(2)
            _write(app.export_screenshot(title="costtui"), HERE / f"{name}.png")


def _wait_for_history(store: Path) -> None:
    end, calls = time.monotonic() + HISTORY_S, -1
    while time.monotonic() < end:
        time.sleep(1.0)
        try:
            with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
                (now,) = connection.execute("SELECT count(*) FROM call").fetchone()
        except sqlite3.OperationalError:
            continue
        if calls > 1000 and now - calls < 50:
            return
        calls = now


def _write(svg: str, path: Path) -> None:
    svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg).replace("Fira Code", "DejaVu Sans Mono")
    # The monospaced font has no braille; its proportional sister has, and the text length keeps the columns.
    svg = re.sub(r"(<text )([^>]*>[^<]*[\u2800-\u28ff])", r'\1style="font-family: DejaVu Sans" \2', svg)
    cairosvg.svg2png(bytestring=svg.encode(), write_to=str(path), output_width=WIDTH)
    print(path.name, file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(make())
