"""``costtui demo``: the monitor on a simulated pipeline."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer


def demo(
    seed: Annotated[
        int | None,
        typer.Option(help="Make the same history and the same traffic each time.", show_default=False),
    ] = None,
    speed: Annotated[
        float, typer.Option(min=0.1, max=50.0, help="How fast the pipeline works: 2 is twice as fast.")
    ] = 1.0,
    keep: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Keep the store in this directory (it is removed otherwise).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Watch a simulated pipeline: several agents that call a simulated provider, with some days of history.

    Nothing leaves this machine, and nothing is left running.

    Example: costtui demo --speed 3 --keep /tmp/demo
    """
    from costtui.cli.monitor import run_monitor
    from costtui.demo.process import start_demo
    from costtui.settings import load

    settings = load()
    with start_demo(seed=seed, speed=speed, keep=keep) as running:
        code = run_monitor([running.store], replace(settings, budgets=running.budgets), badge="DEMO")
    if keep is not None:
        typer.echo(f"the demo's store is kept: costtui {running.store}")
    raise typer.Exit(code)
