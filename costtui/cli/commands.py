"""All commands but the monitor, each imported when it runs."""

from collections.abc import Sequence
from importlib import import_module

import click
import typer
from typer.core import TyperGroup

from costtui.cli import COMMANDS


class LazyCommands(TyperGroup):
    """Finds a command by its name in the registry and imports only that one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the registry."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a module ``costtui.cli.NAME``: its function NAME, or its Typer ``app``."""
        if cmd_name not in COMMANDS:
            return None
        if cmd_name == "monitor":
            return click.Command("monitor", help=COMMANDS[cmd_name])
        module = import_module(f"costtui.cli.{cmd_name}")
        app = getattr(module, "app", None)
        if not isinstance(app, typer.Typer):
            app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            app.command(name=cmd_name)(getattr(module, cmd_name))
        command = typer.main.get_command(app)
        command.name = cmd_name
        command.short_help = COMMANDS[cmd_name]
        return command


app = typer.Typer(
    cls=LazyCommands, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


@app.callback(epilog="costtui [STORE…] opens the monitor; costtui monitor --help lists its options.")
def root() -> None:
    """See what LLM pipelines cost, live, and why a metric never reached its experiment."""


def run_command(argv: Sequence[str]) -> int:
    """Run one command and return its exit code. Raises CosttuiError for what the user must know."""
    try:
        result = app(args=list(argv), prog_name="costtui", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 130
    return result if isinstance(result, int) else 0
