"""The demo's own process: writes some history, then works until the monitor that started it is gone.

Its parent holds the other end of standard input: when that is closed, for whatever reason, the demo stops.
"""

import argparse
import asyncio
import json
import logging
import shutil
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from random import Random

from costtui.demo.budgets import RUN, budgets
from costtui.demo.history import Past, history
from costtui.demo.pipeline import Pipeline
from costtui.demo.provider import SimulatedProvider
from costtui.record.cost import CostTracker
from costtui.record.quality import QualityTracker
from costtui.settings import Recording, Settings, load
from costtui.store import open_writer


def main() -> None:
    """Run the demo in a directory until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m costtui.demo")
    parser.add_argument("store", type=Path)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--temporary", action="store_true", help="remove the store's directory at the end")
    options = parser.parse_args()
    logging.getLogger("costtui").setLevel(logging.ERROR)  # that runs pass their budget is part of the show
    settings = replace(load(), recording=Recording(), budgets=(RUN,))
    try:
        random = Random(options.seed)  # noqa: S311 - traffic, not secrets
        asyncio.run(_demo(options.store, settings, random, options.speed))
    finally:
        if options.temporary:
            shutil.rmtree(options.store.parent, ignore_errors=True)


async def _demo(store: Path, settings: Settings, random: Random, speed: float) -> None:
    ended = _end_of_input()
    tracker = CostTracker(store, settings=settings)
    quality = QualityTracker(store, settings=settings)
    with ExitStack() as stack:
        stack.callback(tracker.close)
        stack.callback(quality.close)
        now_us = time.time_ns() // 1000
        past = history(tracker.recorder.price_book(), random, now_us)
        calls = (call for each in past for call in each.calls)
        chosen = [asdict(budget) for budget in budgets(calls, now_us, settings.zone)]
        sys.stdout.write(json.dumps({"store": str(store), "budgets": chosen}) + "\n")
        sys.stdout.flush()
        _write(store, settings, past)
        provider = stack.enter_context(SimulatedProvider(random.randrange(2**32), speed))
        pipeline = Pipeline(tracker, quality, provider.url, random=random, speed=speed)
        work = [
            asyncio.create_task(pipeline.work()),
            asyncio.create_task(_ask(store, settings, tracker, provider.url, random, speed)),
        ]
        await asyncio.wait({*work, asyncio.create_task(ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
        for each in work:
            if not each.cancel():
                each.result()
        await asyncio.gather(*work, return_exceptions=True)


async def _ask(
    store: Path, settings: Settings, tracker: CostTracker, url: str, random: Random, speed: float
) -> None:
    """Ask questions by an AI Config; what is evaluated and tracked has a writer of its own."""
    from costtui.demo.questions import Asking  # the SDK takes half a second: the rest is at work by then

    with open_writer(store, settings=settings) as writer:
        await Asking(tracker, writer, url, random=random, speed=speed).work()


def _write(store: Path, settings: Settings, past: list[Past]) -> None:
    with open_writer(store, settings=settings) as writer:
        for each in past:
            writer.write(*each.facts())
        writer.flush()


def _end_of_input() -> asyncio.Event:
    """Return an event that is set when standard input ends."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()

    def wait() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait, daemon=True).start()
    return ended


if __name__ == "__main__":
    main()
