"""``costtui matrix``: what each context is served by each AI Config, and with calls what that costs and whether it counts."""

import json
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from costtui.cli.asking import ask_before
from costtui.errors import CosttuiError
from costtui.format import money
from costtui.settings import load
from costtui.view.matrix import TABLE, Grid, Matrix, records
from costtui.view.room import Payer
from costtui.view.trial import Ask

if TYPE_CHECKING:
    from costtui.trials.bench import Bench

_WIDE = 120
"""Columns of a terminal from which parameters are printed, too."""


def matrix(
    context: Annotated[
        list[str] | None,
        typer.Option(
            help="Contexts, such as 'premium-*' (default: yours, each tier, each tier on each device)."
        ),
    ] = None,
    config: Annotated[
        list[str] | None, typer.Option(help="AI Configs, such as 'support-*' (default: all).")
    ] = None,
    calls: Annotated[
        bool, typer.Option("--calls", help="Make a call for each: cost, latency, verdict.")
    ] = False,
    prompt: Annotated[str, typer.Option(help="With --calls: what to ask.", show_default=False)] = "",
    model: Annotated[
        str, typer.Option("--model", "-m", help="provider/model instead of the one served.")
    ] = "",
    bug: Annotated[
        bool, typer.Option("--bug", help="Evaluate with an allow-list: the historical bug.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    store: Annotated[str, typer.Option(help="Store to record calls into (default: of the settings).")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before money is spent.")] = False,
) -> None:
    """Show what every context is served: variation, reason, model and parameters; no model is called without --calls.

    Exit code: 1 where no context is served a model.

    Example: costtui matrix --context 'premium-*' --context trial
    """
    from costtui.trials.bench import Bench
    from costtui.trials.matrix import served_matrix

    settings = load()
    bench = Bench(store or settings.store_path, settings)
    grid = Grid(tuple(context or ()), tuple(config or ()), prompt, model, bug)
    found = served_matrix(bench, grid)
    if calls:
        found = _called(bench, grid, found, yes)
    if as_json:
        typer.echo(json.dumps(records(found.cells), indent=2))
    else:
        _print(found)
    if found.note:
        raise CosttuiError(found.note)
    if not found.callable:
        raise typer.Exit(1)


def _called(bench: "Bench", grid: Grid, planned: Matrix, yes: bool) -> Matrix:
    """Make the calls, after saying what they may cost. Raises CosttuiError where none can be made."""
    from costtui.trials.matrix import called_matrix

    if not planned.callable:
        raise CosttuiError(planned.cells[0].problem)
    most = "cost unknown" if planned.most_nano is None else f"at most {money(planned.most_nano)}"
    number = len(planned.callable)
    words = f"{number} call{'s' * (number != 1)}, {most}"
    free = planned.most_nano == 0
    ask_before(bench, words, Payer(Ask().node), free=free, yes=yes, question="go?")
    return called_matrix(bench, grid, threading.Event(), lambda tally: None)


def _print(found: Matrix) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    made = any(cell.made for cell in found.cells)
    left_out = set() if made else {"cost", "tracked", "latency"}
    if console.width < _WIDE:
        left_out |= {"parameters"} | ({"model", "cost"} if made else set())
    if len({cell.config for cell in found.cells}) == 1:
        left_out.add("config")
    fields = [field for field in TABLE.fields if field.id not in left_out]
    table = Table(box=None, pad_edge=False, header_style="dim")
    for field in fields:
        table.add_column(field.title, justify=field.align, no_wrap=field.id != "result", overflow="fold")
    for cell in found.cells:
        table.add_row(*(Text(field.cell(cell).text) for field in fields))
    console.print(table)
