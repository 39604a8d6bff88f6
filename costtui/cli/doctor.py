"""``costtui doctor``: says what is missing on this machine, or in the recording of a program, and the exact fix."""

import os
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from costtui.errors import SettingsError, StoreError, StoreMissing
from costtui.format import age, count
from costtui.record.autohook.finder import LIBRARIES
from costtui.record.langsmith import account, tracing_enabled
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
        *_instrumentation(),
        *_keys(settings),
        *_langsmith(),
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
        by_variable = bool(os.environ.get("COST_TRACKING_ENABLED", "").strip())
        way = (
            "unset COST_TRACKING_ENABLED"
            if by_variable
            else f"set enabled = true under [recording] in {path}"
        )
        lines.append((BAD, f"recording is switched off\n  fix: {way}"))
    if not settings.recording.enforce:
        lines.append((INFO, "budgets only count: no call is refused (enforce, COSTTUI_ENFORCE)"))
    return lines


def _instrumentation() -> list[tuple[str, str]]:
    """Say which libraries of this environment are observed; a program's own environment may have others."""
    versions = []
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            versions.append(f"{name} {version(name)}")
    if not versions:
        return [
            (
                INFO,
                "instrumentation: neither httpx nor httpx2 is installed here; the official SDKs bring them",
            )
        ]
    return [(GOOD, f"instrumentation: {' and '.join(versions)} can be observed in this environment")]


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
    routing = settings.routing
    wanted = {one.partition("/")[0] for one in (*routing.simple, *routing.moderate, *routing.complex)}
    missing = [known[name] for name in sorted(wanted & known.keys()) if not known[name].ready(os.environ)]
    ways = "; ".join(f"{one.name}: set {' or '.join(one.key_names)}" for one in missing)
    lines = [(GOOD, f"keys: {', '.join(ready)}")] if ready else []
    if ways:
        why = "costtui call and the router need them, watching and recording do not"
        lines.append((INFO, f"keys: none for {ways} ({why})"))
    return lines


def _langsmith() -> list[tuple[str, str]]:
    try:
        project = account(os.environ).project
    except SettingsError:
        return [
            (INFO, "LangSmith: no key; set LANGSMITH_API_KEY (and LANGSMITH_PROJECT) for costtui reconcile")
        ]
    if tracing_enabled(os.environ):
        return [(GOOD, f"LangSmith: project {project}, programs are traced")]
    return [(INFO, f"LangSmith: project {project}; programs are not traced: set LANGSMITH_TRACING=true")]


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
        fix = finding.fix.replace("\n", "\n       ")
        typer.echo(f"{BAD} {finding.what}\n  fix: {fix}")
    for failure in ended.failures:
        typer.echo(f"{BAD} a call was not recorded: {failure}")
    if findings.calls and not found:
        typer.echo(f"{GOOD} every call was seen, with its tokens, its price and its node")
    return len(found) + len(ended.failures)
