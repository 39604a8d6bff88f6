"""Make the pictures of the README: ``python screenshots/make.py [demo] [incident] [try]`` (default: all).

Each picture is what the monitor drew, as SVG from Textual, turned into PNG with the fonts of this machine.
"""

import asyncio
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cairosvg

from costtui.cli.late_feed import LateFeed
from costtui.cli.monitor import opener
from costtui.demo.process import start_demo
from costtui.settings import Monitor, Settings
from costtui.store import open_writer
from costtui.trials.trials import Trials
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
    ("run", ("slash", *"subsystem=research", "space", *"status=ok", "enter", "enter")),
    ("calls", ("4",)),
    ("", ("slash", *"node=answer", "space", *"status=ok", "enter")),
    ("call", ("k", "k", "k", "enter")),
    ("quality", ("5",)),
    ("compare", ("6",)),
    ("keys", ("question_mark",)),
)
"""Name of each picture, and the keys that lead there from the one before."""

INCIDENT: tuple[tuple[str, tuple[str, ...]], ...] = (("attribution", ("7",)), ("evidence", ("enter",)))
"""The same for a store in which every cost was tracked with one attribute too many."""


TRY_SIZE = (120, 36)
TRY: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("", ("8",)),
    ("", ("g", "j", "enter")),
    ("", ("j", "enter")),
    ("", ("g", *"jjjj", "enter")),
    ("", ("G", "enter")),
    ("try-bug", ("enter",)),
    ("", ("g", *"jjjj", "enter")),
    ("", ("G", "enter")),
    ("try-fixed", ("enter",)),
    ("", ("G", "k", "enter")),
    ("", ("G", "enter")),
    ("matrix", ("enter", "~", "~")),
)
"""One call with the historical bug, and one without: the SDK, the tap and the plugin are real, the model is simulated."""


async def make(parts: Sequence[str]) -> None:
    """Take the pictures of some parts."""
    for part in parts:
        await PARTS[part]()


async def make_demo() -> None:
    """Start the demo, wait for its history, and take its pictures."""
    with start_demo(seed=4) as demo:
        _wait_for_history(Path(demo.store))
        settings = Settings(time_zone="Europe/Berlin", budgets=demo.budgets, monitor=Monitor(window="6h"))
        await _take(demo.store, settings, STEPS, badge="DEMO")
        light = replace(settings, monitor=replace(settings.monitor, theme="costtui-light"))
        await _take(demo.store, light, (("overview-light", ()),), badge="DEMO")


async def make_incident() -> None:
    """Let traffic run into the historical bug, and take pictures of what is found out."""
    with tempfile.TemporaryDirectory() as directory:
        store = f"{directory}/incident.db"
        traffic = [sys.executable, "-m", "costtui", "traffic", "24", "--seed", "3", "--bug", "--store", store]
        subprocess.run(traffic, check=True, stdout=subprocess.DEVNULL)
        await _take(store, Settings(time_zone="Europe/Berlin"), INCIDENT)


async def make_try() -> None:
    """Try the incident: first with the historical bug, then without, then for everybody."""
    with tempfile.TemporaryDirectory() as directory:
        store, settings = f"{directory}/try.db", Settings(time_zone="Europe/Berlin")
        await _take(store, settings, TRY, size=TRY_SIZE, trial=Trials(store, settings, {}, alone=True))


async def _take(
    store: str,
    settings: Settings,
    steps: tuple[tuple[str, tuple[str, ...]], ...],
    *,
    badge: str = "",
    size: tuple[int, int] = SIZE,
    trial: Trials | None = None,
) -> None:
    if trial is not None:
        open_writer(store, settings=settings).close()
    feed = LateFeed(opener([store], settings), [store], settings, alone=True)
    make_trial = None if trial is None else lambda: trial
    app = MonitorApp(feed, settings=settings, title=Path(store).name, badge=badge, make_trial=make_trial)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(6)
        for name, keys in steps:
            for key in keys:
                await (pilot.pause(3) if key == "~" else pilot.press(key))
            await pilot.pause(2)
            if not name:
                continue
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


PARTS = {"demo": make_demo, "incident": make_incident, "try": make_try}

if __name__ == "__main__":
    asyncio.run(make(sys.argv[1:] or tuple(PARTS)))
