"""``costtui doctor``: says what is missing on this machine, or in the recording of a program, and the exact fix."""

import os
from typing import Annotated

import typer

from costtui.errors import StoreError, StoreMissing
from costtui.format import age, count
from costtui.settings import Settings, load, settings_path

GOOD, BAD, INFO = "✓", "!", "·"


CONTEXT = {"allow_interspersed_args": False}
"""Options behind the program are the program's own."""


def doctor(
    command: Annotated[
        list[str] | None,
        typer.Argument(help="A program to run and watch; what follows it is its own.", show_default=False),
    ] = None,
    store: Annotated[str | None, typer.Option(help="Store to look at, and to record into.")] = None,
) -> None:
    """Say what is missing and how to fix it: settings, store, keys; with a program: what of its calls can be seen.

    Exits with 1 where something is missing. Example: costtui doctor python pipeline.py --fast
    """
    settings = load()
    problems = 0
    for sign, line in [
        *_settings(settings),
        *_store(store or settings.store_path, settings),
        *_keys(settings),
    ]:
        typer.echo(f"{sign} {line}")
        problems += sign == BAD
    if command:
        problems += _program(command, store, settings)
    raise typer.Exit(1 if problems else 0)


def _settings(settings: Settings) -> list[tuple[str, str]]:
    path = settings.path or settings_path(os.environ)
    lines = [
        (GOOD, f"settings: {path}") if settings.path else (INFO, f"settings: none at {path}; defaults hold")
    ]
    if not settings.recording.enabled:
        lines.append(
            (BAD, "recording is switched off: unset COST_TRACKING_ENABLED, or set enabled in [recording]")
        )
    return lines


def _store(path: str, settings: Settings) -> list[tuple[str, str]]:
    from time import time_ns

    from costtui.sources import open_any

    try:
        with open_any(path, settings) as opened:
            info = opened.reader.info()
    except StoreMissing:
        return [(INFO, f"store: nothing yet at {path}; it is made by the first recorded call")]
    except StoreError as error:
        return [(BAD, f"store: {error}")]
    newest = f", newest {age(time_ns() // 1000 - info.newest_us)} ago" if info.newest_us else ""
    lines = [(GOOD, f"store: {path} ({info.kind}), {count(info.calls)} calls{newest}")]
    if info.dropped:
        lines.append(
            (BAD, f"{count(info.dropped)} calls were dropped: is the disk full, or the store not writable?")
        )
    if info.spooled:
        lines.append((INFO, f"{count(info.spooled)} calls wait in spool files; the next writer stores them"))
    return lines


def _keys(settings: Settings) -> list[tuple[str, str]]:
    from costtui.llm.providers import providers

    known = providers(settings)
    ready = [name for name, one in known.items() if one.key_names and one.ready(os.environ)]
    if ready:
        return [(GOOD, f"keys: {', '.join(ready)}")]
    return [(INFO, "keys: none in the environment; costtui call needs one, watching and recording do not")]


def _program(command: list[str], store: str | None, settings: Settings) -> int:
    """Run a program under observation, print what was found, and return the number of problems."""
    from costtui.cli.run import default_run_id
    from costtui.record.autohook.findings import Findings
    from costtui.record.autohook.outside import Plan, run_recorded

    findings = Findings()
    plan = Plan(command, default_run_id(command), store=store, seen=findings.seen, note=findings.note)
    ended = run_recorded(plan, settings)
    typer.echo(f"{GOOD if ended.code == 0 else INFO} program: ended with {ended.code}, {ended.tally.line()}")
    found = findings.all()
    for finding in found:
        typer.echo(f"{BAD} {finding.what}\n  fix: {finding.fix}")
    for failure in ended.failures:
        typer.echo(f"{BAD} a call was not recorded: {failure}")
    if findings.calls and not found:
        typer.echo(f"{GOOD} every call was seen, with its tokens, its price and its node")
    return len(found) + len(ended.failures)
