"""The command line: ``costtui [STORE…]`` opens the monitor, ``costtui COMMAND`` does everything else."""

import sys
from collections.abc import Sequence

COMMANDS: dict[str, str] = {
    "monitor": "Watch a store live (what costtui does without a command).",
    "demo": "Watch a simulated pipeline: nothing to set up.",
    "run": "Run a Python program and record its model calls.",
    "price": "Price one raw answer of a provider, line by line.",
    "prices": "Look up, explain and set prices.",
    "budget": "List, set, reset and prove budgets.",
    "reprice": "Price recorded calls again, after showing the difference.",
    "reconcile": "Replace the costs of runs by LangSmith's own figures.",
    "call": "Call a model once: estimate, answer, time and cost.",
    "traffic": "Make many calls for random contexts, and say what counts in the experiment.",
    "matrix": "Show what each context is served by each AI Config, without or with calls.",
    "doctor": "Say what is missing, here or in a program's recording, and the exact fix.",
    "check": "Say why metric events do not reach their experiment.",
    "tap": "Record what LaunchDarkly SDKs send, and pass it on byte for byte.",
    "report": "Report costs, quality and comparisons as text, Markdown, JSON, CSV or HTML.",
    "export": "Write stored calls, runs, steps and quality as CSV or JSON.",
    "import": "Take stores and files of other systems over into a store of ours.",
}
"""Name of each command and what it does in one line; ``costtui.cli.NAME`` (``import_``) holds a function of that name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; errors are one line on standard error, never a traceback."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    from costtui.errors import CosttuiError

    try:
        if argv and (
            argv[0] in COMMANDS or argv[0].startswith(("--help", "--install-completion", "--show-completion"))
        ):
            if argv[0] != "monitor":
                from costtui.cli.commands import run_command

                return run_command(argv)
            del argv[0]
        from costtui.cli.monitor import monitor

        return monitor(argv)
    except CosttuiError as error:
        print(f"costtui: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
