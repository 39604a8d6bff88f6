"""Says before calls what they may cost and what budgets have left, and asks a person before money is spent."""

import sys
from typing import TYPE_CHECKING

import typer

from costtui.view.room import Payer

if TYPE_CHECKING:
    from costtui.trials.bench import Bench


def ask_before(bench: "Bench", words: str, payer: Payer, *, free: bool, yes: bool, question: str) -> None:
    """Print what is planned and every budget that it falls under, the tightest first; ask where it is not free.

    Raises BudgetExceeded where a budget has nothing left, and typer.Exit where the person says no.
    """
    from costtui.trials.budgets import budgets_left, refuse

    typer.echo(words, err=True)
    left = budgets_left(bench, payer)
    for each in left:
        typer.echo(f"budget {each.text()}", err=True)
    refuse(bench, payer, left)
    if not (yes or free) and sys.stdin.isatty() and not typer.confirm(question, default=True, err=True):
        raise typer.Exit(1)
