"""All commands but the monitor; only the one that runs is imported."""

from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import typer

from costtui.cli import COMMANDS


def run_command(argv: Sequence[str]) -> int:
    """Run one command, or help and shell completion for all, and return the exit code. Raises CosttuiError."""
    names = [argv[0]] if argv[0] in COMMANDS else [name for name in COMMANDS if name != "monitor"]
    try:
        _application(names)(args=list(argv), prog_name="costtui")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0


def _application(names: Sequence[str]) -> typer.Typer:
    """Return the application with some commands: each module has a function, or a Typer ``app``, of its own.

    A module's ``CONTEXT`` holds settings of the command's parser.
    """
    application = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, callback=_root)
    for name in names:
        of = f"{name}_" if iskeyword(name) else name
        module = import_module(f"costtui.cli.{of}")
        group = getattr(module, "app", None)
        if isinstance(group, typer.Typer):
            application.add_typer(group, name=name, help=COMMANDS[name])
        else:
            context = getattr(module, "CONTEXT", None)
            application.command(name, short_help=COMMANDS[name], context_settings=context)(
                getattr(module, of)
            )
    return application


def _root() -> None:
    """See what LLM pipelines cost, live, and why a metric never reached its experiment.

    costtui [STORE…] opens the monitor; costtui monitor --help lists its options.
    """
