"""``python -m costtui`` and the ``costtui`` command."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from costtui.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
