"""``costtui run``: runs a program and records its model calls, without changing it."""

import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import typer

from costtui.record.autohook.program import program_name
from costtui.settings import load

CONTEXT = {"allow_interspersed_args": False}
"""Options behind the program are the program's own."""


def run(
    command: Annotated[
        list[str], typer.Argument(help="The program and its arguments; what follows it is its own.")
    ],
    store: Annotated[
        str | None, typer.Option(help="Store to record into (default: that of the settings).")
    ] = None,
    run_id: Annotated[
        str, typer.Option("--run-id", help="Name of the run (default: program and time).")
    ] = "",
    subsystem: Annotated[str, typer.Option(help="Subsystem that the run belongs to.")] = "",
    observe: Annotated[
        bool, typer.Option("--observe", help="Refuse nothing: budgets only count what the program spends.")
    ] = False,
    summary: Annotated[
        bool | None,
        typer.Option("--summary/--no-summary", help="One line of what was spent (default: on a terminal)."),
    ] = None,
) -> None:
    """Run a Python program and record every call to a model that it makes through httpx or httpx2.

    Its output, signals and exit code pass through unchanged.

    A call that a budget has no room for raises BudgetExceeded instead; with --observe it is made.

    Example: costtui run --subsystem support python pipeline.py --fast
    """
    from costtui.record.autohook.outside import Plan, run_recorded
    from costtui.record.autohook.program import end_like

    settings = load()
    if observe:
        settings = replace(settings, recording=replace(settings.recording, enforce=False))
    ended = run_recorded(Plan(command, run_id or default_run_id(command), subsystem, store), settings)
    for failure in ended.failures[:1]:
        typer.echo(f"costtui: {len(ended.failures)} calls were not recorded: {failure}", err=True)
    if summary if summary is not None else sys.stderr.isatty():
        typer.echo(f"costtui: {ended.tally.line()} · run {ended.run_id} · costtui {ended.store}", err=True)
    raise typer.Exit(end_like(ended.code))


def default_run_id(command: list[str]) -> str:
    """Return a name for a run: the program's, the time, and something that makes it unique."""
    return f"{program_name(command)}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:4]}"
