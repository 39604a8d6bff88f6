"""``costtui [STORE…]``: the monitor, or its figures once without a screen."""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from costtui.errors import CosttuiError, StoreMissing
from costtui.settings import Settings, load
from costtui.window import WINDOWS

if TYPE_CHECKING:
    from costtui.feed import Progress
    from costtui.reading import Opened
    from costtui.view.trial import Trial

EXAMPLES = """\
examples:
  costtui                         the default store
  costtui pipeline.db             a store that another process is writing
  costtui checkpoints/costs.db    a store of an earlier system: recognised, followed, never altered
  costtui logs                    a directory with runs/RUN_ID/….json: the files of runs over issues
  costtui pipeline.db --once --json --window 24h
"""


def monitor(argv: Sequence[str]) -> int:
    """Parse the monitor's own options, run it, and return the exit code. Raises CosttuiError."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.version:
        from importlib.metadata import version

        sys.stdout.write(f"costtui {version('costtui')}\n")
        return 0
    settings = _with_options(load(), options)
    paths: list[str] = options.store or [settings.store_path]
    if options.once or options.json:
        from costtui.cli.once import print_once

        _refuse_missing(paths)
        return print_once(paths, settings, as_json=options.json)
    if options.store:
        _refuse_missing(paths, unless_new=True)
    return run_monitor(paths, settings)


def run_monitor(paths: Sequence[str], settings: Settings, *, badge: str = "") -> int:
    """Run the monitor on stores until the user quits, and return its exit code.

    ``badge`` stands in the first line of every screen: what the user must not forget (``DEMO``).
    """
    _refuse_no_terminal()
    # Imports leave little garbage, and looking for it takes a fifth of the start; the feed has it looked for again.
    gc.disable()
    try:
        from costtui.cli.late_feed import LateFeed
        from costtui.ui.app import MonitorApp

        feed = LateFeed(opener(paths, settings), paths, settings, alone=bool(badge))
        app = MonitorApp(
            feed,
            settings=settings,
            title=", ".join(Path(path).name or path for path in paths),
            badge=badge,
            make_trial=partial(_trials, paths[0], settings, bool(badge)),
            bind_price=partial(_bind_price, paths, settings, bool(badge)),
        )
        app.run()
        return app.return_code or 0
    finally:
        gc.enable()


def _refuse_no_terminal() -> None:
    """Raise CosttuiError where nothing can be drawn: a pipe, a job of CI; a driver that is named draws elsewhere."""
    if "TEXTUAL_DRIVER" in os.environ:
        return
    if sys.__stderr__ is None or not sys.__stderr__.isatty():
        raise CosttuiError(
            "there is no terminal to draw on; for the figures without a screen: costtui STORE --once"
        )


def _trials(path: str, settings: Settings, alone: bool) -> "Trial":
    """Return what tries calls and records them into a store (of several: the first)."""
    from costtui.trials.trials import Trials

    return Trials(path, settings, alone=alone)


def _bind_price(
    paths: Sequence[str], settings: Settings, alone: bool, provider: str, model: str, text: str
) -> str:
    """Set the price of a model and price its calls; ``alone``: the settings file stays as it is."""
    from costtui.cli.binding import bind_price

    return bind_price(paths, settings, alone, provider, model, text)


def opener(paths: Sequence[str], settings: Settings) -> Callable[["Progress | None"], "Opened"]:
    """Return what opens the stores for reading; nothing is imported before it is called."""

    def open_stores(progress: "Progress | None") -> "Opened":
        from costtui.sources import open_any

        if len(paths) == 1:
            return open_any(paths[0], settings, progress)
        from costtui.several import SeveralOpened  # it knows facts of every kind

        return SeveralOpened(open_any(path, settings, progress) for path in paths)

    return open_stores


def _with_options(settings: Settings, options: argparse.Namespace) -> Settings:
    """Return the settings with what the command line says instead. Raises SettingsError."""
    monitor = replace(
        settings.monitor,
        window=options.window or settings.monitor.window,
        theme=options.theme or settings.monitor.theme,
    )
    settings = replace(settings, monitor=monitor)
    settings.window  # noqa: B018 - said now, not on a screen
    return settings


def _refuse_missing(paths: Sequence[str], *, unless_new: bool = False) -> None:
    """Raise StoreMissing for a path that looks like a misspelt command or lies in a directory that is not there."""
    from difflib import get_close_matches

    from costtui.cli import COMMANDS

    for path in paths:
        if "://" in path:
            continue
        if Path(path).is_dir():
            _refuse_foreign(path)
        if Path(path).exists():
            continue
        if near := get_close_matches(path, COMMANDS, n=1, cutoff=0.75):
            raise StoreMissing(f"no store at {path!r}; did you mean the command: costtui {near[0]}")
        if not unless_new:
            raise StoreMissing(f"no store at {path!r}; record a call, or see one with: costtui demo")
        if not Path(path).absolute().parent.is_dir():
            raise StoreMissing(
                f"no store at {path!r}, and no directory {str(Path(path).parent)!r} to wait for one"
            )


def _refuse_foreign(path: str) -> None:
    """Raise StoreForeign for a directory without files of runs."""
    from costtui.errors import StoreForeign
    from costtui.sources.detect import foreign_kinds

    if not foreign_kinds(path):
        raise StoreForeign(
            f"{path} is a directory without runs: name a store, or a directory with runs/RUN_ID/metadata.json"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="costtui",
        description="Watch what LLM pipelines cost, live.",
        epilog=f"{EXAMPLES}\ncommands: costtui --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = ", ".join(window.name for window in WINDOWS)
    parser.add_argument("store", nargs="*", metavar="STORE", help="path of a store; it may not exist yet")
    parser.add_argument(
        "--window", metavar="W", help=f"{names}, or START..END such as 2026-11-01..2026-11-15"
    )
    parser.add_argument("--once", action="store_true", help="print the figures once, without a screen")
    parser.add_argument("--json", action="store_true", help="print the figures once, as JSON")
    parser.add_argument("--theme", metavar="NAME", help="costtui-dark, costtui-light, or a theme of Textual")
    parser.add_argument("--version", action="store_true", help="print the version")
    return parser
